"""Which columns of a resource's line a metric reads, if it needs no more than a few of them.

Resources that are equal in these columns count together, so that most lines cost one look into a
dictionary, however many metrics there are. A metric that reads anything else, such as ages, ids,
nested values or marks, looks at each resource by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.operands import DURATIONS
from ebbtide.language.syntax import (
    AggregateFunction,
    All,
    And,
    Group,
    IsKind,
    Not,
    Or,
    Path,
    Predicate,
    Query,
    Template,
)
from ebbtide.language.walking import terms
from ebbtide.search.fields import OWN
from ebbtide.search.node import TIMES


class Column(NamedTuple):
    """A value of a line: of the line itself, or of one of its sections."""

    section: Literal["line", "properties", "tags", "price"]
    name: str


# Hardly any line has one of these, and a stale one is known only in part: lines that have some are
# counted apart from the others, for all metrics.
SEEN = (Column("line", "stale_since"), Column("line", "orphaned_since"))


@dataclass(frozen=True, slots=True)
class Reads:
    """What a metric reads of a line.

    `key`: what decides, beside SEEN, whether and under which labels it counts. `values`: what each
    function adds up, None for a value that follows from the key; `factors`: what that is multiplied
    by.
    """

    key: frozenset[Column]
    values: tuple[Column | None, ...]
    factors: tuple[float, ...]


class _NoColumnError(Exception):
    """A path leads to more than a column."""


_SIMPLE = (All, And, IsKind, Not, Or, Predicate)
_SPECIAL = frozenset({"usage", *OWN, *TIMES, *DURATIONS} - {"kind"})
_OF_METADATA = ("stale_since", "orphaned_since")


def reads_of(query: Query) -> Reads | None:
    """Return what a search with an aggregate reads; None if that is more than columns."""
    part, aggregate = query.parts[-1], query.aggregate
    assert aggregate is not None
    if len(query.parts) > 1 or part.with_clause is not None or part.usage is not None:
        return None
    found = list(terms(part.term))
    if not all(isinstance(term, _SIMPLE) for term in found):
        return None
    paths = [term.path for term in found if isinstance(term, Predicate)]
    paths += [path for group in aggregate.groups for path in _paths(group)]
    try:
        key = set(_columns(paths))
        values = tuple(_value(function, key) for function in aggregate.functions)
    except _NoColumnError:
        return None
    return Reads(frozenset(key.difference(SEEN)), values, tuple(map(_factor, aggregate.functions)))


def _paths(group: Group) -> Iterator[Path]:
    parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
    return (part for part in parts if isinstance(part, Path))


def _columns(paths: Iterable[Path]) -> Iterator[Column]:
    return (column for path in paths if (column := _column(path)) is not None)


def _value(function: AggregateFunction, key: set[Column]) -> Column | None:
    """Return the column that a function adds up; what `count` looks at becomes part of the key."""
    operand = function.operand
    if not isinstance(operand, Path):
        return None
    column = _column(operand)
    if function.function == "count" and not function.operations:
        key |= set() if column is None else {column}
        return None
    scaled = all(sign in "*/" and number for sign, number in function.operations)
    if function.function not in ("sum", "avg") or not scaled or column is None:
        raise _NoColumnError
    return column


def _factor(function: AggregateFunction) -> float:
    factor: float = 1
    for sign, number in function.operations:
        if isinstance(function.operand, Path):
            factor = factor * number if sign == "*" else factor / number
    return factor


def _column(path: Path) -> Column | None:
    """Return the column that a path leads to; None if it is the same for all of a file and kind."""
    names = [step.name for step in path.steps]
    if any(step.indexes for step in path.steps):
        raise _NoColumnError
    if not path.absolute:
        return _of_reported(names, shortcuts=True)
    match names:
        case ["reported", *rest] if rest:
            return _of_reported(rest, shortcuts=False)
        case ["ancestors", level, "reported", "id" | "name"]:
            return _of_ancestor(level)
        case ["metadata", name] if name in _OF_METADATA:
            return Column("line", name)
        case ["price", name]:
            return Column("price", name)
    raise _NoColumnError


def _of_reported(names: list[str], *, shortcuts: bool) -> Column | None:
    match names:
        case [level] | [level, "id" | "name"] if shortcuts and level in SHORTCUTS:
            return _of_ancestor(level)
        case ["kind"]:
            return None
        case ["tags", key]:
            return Column("tags", key)
        case [name] if name not in _SPECIAL:
            return Column("properties", name)
    raise _NoColumnError


def _of_ancestor(level: str) -> Column | None:
    if level == "region":
        return Column("line", "region")
    if level in ("cloud", "account"):
        return None
    raise _NoColumnError
