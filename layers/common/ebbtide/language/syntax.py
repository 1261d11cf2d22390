"""The abstract syntax of a search: the parser makes it, the printer and the evaluation read it.

    aggregate(kind: sum(1)): is(volume) and age > 30d --> is(aws_ec2_instance) limit 5
    -- Aggregate --------  ------------------- Part  Navigation  ------- Part --------

All of it is immutable and compares by value. Values are those of JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

type Value = Any  # None, bool, int, float, str, or a list or dict of such
type Operator = Literal["==", "!=", "<", "<=", ">", ">=", "=~", "!~", "in", "not in"]
type Quantifier = Literal["all", "any", "none"]
type Direction = Literal["out", "in", "both"]
type Arithmetic = Literal["+", "-", "*", "/"]

# Navigation to any depth: `-[1:]->`.
MAX_DEPTH = 250

FUNCTIONS = ("has_key", "in_subnet", "has_desired_change")
AGGREGATES = ("sum", "count", "min", "max", "avg", "stddev", "variance")


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path. `indexes`: a number picks that element, None stands for any ([*])."""

    name: str
    indexes: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """`absolute` paths begin with a slash at the node, all others in its section `reported`."""

    steps: tuple[Step, ...]
    absolute: bool = False

    @property
    def first(self) -> str:
        return self.steps[0].name


# --- terms: what a node must be like -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every node."""


@dataclass(frozen=True, slots=True)
class IsKind:
    """`is(a, b)`: of one of these kinds or base kinds."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasId:
    """`id(x, y)`: one of these graph ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """`path [all|any|none] op value`; the quantifier asks that of the elements of an array."""

    path: Path
    operator: Operator
    value: Value
    quantifier: Quantifier | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """`has_key(path, "name")`: one of FUNCTIONS, with its path and further arguments."""

    name: str
    path: Path
    arguments: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayContext:
    """`path[*].{ term }`: one and the same element of the array fulfils all of the term."""

    path: Path
    term: Term


@dataclass(frozen=True, slots=True)
class FullText:
    """`"text"`: stands in any value of the node, whatever the case."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """Negates the next simple term only."""

    term: Term


@dataclass(frozen=True, slots=True)
class And:
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Or:
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Merge:
    """`name: query` or `name[]: query`: attaches the first result, or all with `many`."""

    name: str
    query: Query
    many: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """`before { name: query, ... } after`: `after` may ask for /name.reported.x."""

    before: Term
    merges: tuple[Merge, ...]
    after: Term | None = None


type Term = (
    All | IsKind | HasId | Predicate | Function | ArrayContext | FullText | Not | And | Or | Merged
)


# --- parts: from term to term along the edges ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Navigation:
    """`-[a:b]->` and its like. Depth 0 is the start itself.

    The types of edges that are walked out and in; empty: those of the query, else `default`.
    `edge_filter` is the term in braces before the arrow's head.
    """

    direction: Direction
    minimum: int = 1
    maximum: int = 1
    out_types: tuple[str, ...] = ()
    in_types: tuple[str, ...] = ()
    edge_filter: Term | None = None


@dataclass(frozen=True, slots=True)
class With:
    """`with(empty|any|count op n, navigation [term] [with(...)])`: empty is count == 0, any > 0."""

    operator: Operator
    count: int
    navigation: Navigation
    term: Term = All()
    inner: With | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    length: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """`with_usage(start[::end], metric, ...)`; the times are texts: durations ago or dates."""

    start: str
    metrics: tuple[str, ...]
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked for, and the way to the next part; only the last part has no navigation."""

    term: Term = All()
    usage: Usage | None = None
    with_clause: With | None = None
    tag: str | None = None
    sort: tuple[Sort, ...] = ()
    limit: Limit | None = None
    reverse: bool = False
    navigation: Navigation | None = None


# --- aggregates ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Template:
    """`"{kind} in {/ancestors.region.reported.name}"`: texts and paths in turn."""

    parts: tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A path through an array unfolds: the node counts once per element."""

    by: Path | Template
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """`sum(volume_size * 2 + 1) as total`: operations apply from left to right."""

    function: str
    operand: Path | int | float
    operations: tuple[tuple[Arithmetic, int | float], ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    groups: tuple[Group, ...]
    functions: tuple[AggregateFunction, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search. `edge_types` hold for each navigation that names none."""

    parts: tuple[Part, ...]
    aggregate: Aggregate | None = None
    edge_types: tuple[str, ...] = ()
