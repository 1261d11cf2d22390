"""The abstract syntax of a search, for the parser, the printer and the evaluation.

    aggregate(kind: sum(1)): is(volume) and age > 30d --> is(aws_ec2_instance) limit 5
    -- Aggregate --------  ------------------- Part  Navigation  ------- Part --------

All nodes are immutable and compare by value. Literal values are JSON values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

type Value = Any  # None, bool, int, float, str, or a list or dict of such
type Operator = Literal["==", "!=", "<", "<=", ">", ">=", "=~", "!~", "in", "not in"]
type Quantifier = Literal["all", "any", "none"]
type Direction = Literal["out", "in", "both"]
type Arithmetic = Literal["+", "-", "*", "/"]

# The depth of a navigation without an upper bound: `-[1:]->`.
MAX_DEPTH = 250

FUNCTIONS = ("has_key", "in_subnet", "has_desired_change")
AGGREGATES = ("sum", "count", "min", "max", "avg", "stddev", "variance")


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path. In `indexes`, a number picks that element, and None means any ([*])."""

    name: str
    indexes: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A path. An `absolute` one (/...) starts at the node, any other in its section `reported`."""

    steps: tuple[Step, ...]
    absolute: bool = False

    @property
    def first(self) -> str:
        return self.steps[0].name


@dataclass(frozen=True, slots=True)
class All:
    """Every node."""


@dataclass(frozen=True, slots=True)
class IsKind:
    """`is(a, b)`: the node has one of these kinds or base kinds."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasId:
    """`id(x, y)`: the node has one of these graph ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """`path [all|any|none] op value`; a quantifier applies the test to an array's elements."""

    path: Path
    operator: Operator
    value: Value
    quantifier: Quantifier | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """`has_key(path, "name")`: one of FUNCTIONS, with a path and further arguments."""

    name: str
    path: Path
    arguments: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayContext:
    """`path[*].{ term }`: a single element of the array matches the whole term."""

    path: Path
    term: Term


@dataclass(frozen=True, slots=True)
class FullText:
    """`"text"`: any value of the node contains the text, ignoring case."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """`not term`; binds only to the next simple term."""

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
    """`name: query` attaches the first result, `name[]: query` (`many`) all results."""

    name: str
    query: Query
    many: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """`before { name: query, ... } after`; `after` may use paths such as /name.reported.x."""

    before: Term
    merges: tuple[Merge, ...]
    after: Term | None = None


type Term = (
    All | IsKind | HasId | Predicate | Function | ArrayContext | FullText | Not | And | Or | Merged
)


@dataclass(frozen=True, slots=True)
class Navigation:
    """An arrow such as `-[a:b]->`. Depth 0 is the start itself.

    `out_types` and `in_types` are the edge types to follow out and in; if empty, those of the
    query, else `default`. `edge_filter` is the term in braces before the arrowhead.
    """

    direction: Direction
    minimum: int = 1
    maximum: int = 1
    out_types: tuple[str, ...] = ()
    in_types: tuple[str, ...] = ()
    edge_filter: Term | None = None


@dataclass(frozen=True, slots=True)
class With:
    """`with(empty|any|count op n, navigation [term] [with(...)...])`.

    `empty` is stored as count == 0, `any` as count > 0. `inner` is about the neighbour; `also` is
    about the same node as the clause itself, which must match both.
    """

    operator: Operator
    count: int
    navigation: Navigation
    term: Term = All()
    inner: With | None = None
    also: With | None = None


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
    """`with_usage(start[::end], metric, ...)`; times are texts: a time, or a duration ago."""

    start: str
    metrics: tuple[str, ...]
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a search; its navigation leads to the next part, and only the last has none."""

    term: Term = All()
    usage: Usage | None = None
    with_clause: With | None = None
    tag: str | None = None
    sort: tuple[Sort, ...] = ()
    limit: Limit | None = None
    reverse: bool = False
    navigation: Navigation | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """`"{kind} in {/ancestors.region.reported.name}"` as a sequence of texts and paths."""

    parts: tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of an aggregate. If its path crosses an array, a node counts once per element."""

    by: Path | Template
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """`sum(volume_size * 2 + 1) as total`; operations apply from left to right."""

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
    """A whole search. `edge_types` applies to each navigation that names no types.

    `at` is the time of the snapshot to search, None for the current one; a merge has none.
    """

    parts: tuple[Part, ...]
    aggregate: Aggregate | None = None
    edge_types: tuple[str, ...] = ()
    at: str | None = None
