"""Replace the paths of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ebbtide.language.syntax import (
    Aggregate,
    AggregateFunction,
    And,
    ArrayContext,
    Function,
    Group,
    Merged,
    Not,
    Or,
    Path,
    Predicate,
    Sort,
    Template,
    Term,
)

type Rename = Callable[[Path], Path]


def with_paths(term: Term, rename: Rename) -> Term:
    """Return a term with its paths replaced, but not those of its merges or in array contexts."""
    match term:
        case Predicate(path) | Function(_, path) | ArrayContext(path):
            return replace(term, path=rename(path))
        case Not(inner):
            return Not(with_paths(inner, rename))
        case And(left, right) | Or(left, right):
            return type(term)(with_paths(left, rename), with_paths(right, rename))
        case Merged(before, _, after):
            return replace(
                term,
                before=with_paths(before, rename),
                after=None if after is None else with_paths(after, rename),
            )
        case _:
            return term


def sorts_with_paths(sorts: tuple[Sort, ...], rename: Rename) -> tuple[Sort, ...]:
    return tuple(replace(sort, path=rename(sort.path)) for sort in sorts)


def aggregate_with_paths(aggregate: Aggregate, rename: Rename) -> Aggregate:
    """Return an aggregate with its paths replaced; its rows keep the names that were typed."""
    return Aggregate(
        tuple(_group(group, rename) for group in aggregate.groups),
        tuple(_function(function, rename) for function in aggregate.functions),
    )


def _group(group: Group, rename: Rename) -> Group:
    if isinstance(group.by, Path):
        return replace(group, by=rename(group.by))
    parts = tuple(rename(part) if isinstance(part, Path) else part for part in group.by.parts)
    return replace(group, by=Template(parts))


def _function(function: AggregateFunction, rename: Rename) -> AggregateFunction:
    operand = function.operand
    return replace(function, operand=rename(operand) if isinstance(operand, Path) else operand)
