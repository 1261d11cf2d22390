"""Where a query asks for the prices of resources."""

from __future__ import annotations

from collections.abc import Iterable

from ebbtide.language.rows import function_name, group_name
from ebbtide.language.syntax import Aggregate, AggregateFunction, Part, Path, Query
from ebbtide.language.walking import paths_of, paths_of_aggregate, queries, withs

SECTION = "price"
MONTHLY = "monthly"


def is_monthly(path: Path) -> bool:
    """Return whether a path leads to the monthly price of the resource itself."""
    return path.absolute and [step.name for step in path.steps] == [SECTION, MONTHLY]


def sorts_by_price(part: Part) -> bool:
    """Return whether the price of the resource itself decides the order of a part."""
    return any(is_about_prices(sort.path) and sort.path.first == SECTION for sort in part.sort)


def asks_for_prices(query: Query) -> bool:
    """Return whether any condition, sort or function of a query can read a price."""
    # Conditions on an element, as in /x[*].{price.monthly > 5}, have relative paths.
    return any(step.name == SECTION for path in _paths(query) for step in path.steps)


def is_about_prices(path: Path) -> bool:
    """Return whether a path leads to a price, of the resource itself or of another one."""
    return path.absolute and any(step.name == SECTION for step in path.steps)


def _paths(query: Query) -> Iterable[Path]:
    for one in queries(query):
        for part in one.parts:
            yield from paths_of(part.term)
            yield from (sort.path for sort in part.sort)
            for clause in withs(part):
                yield from paths_of(clause.term)
        if one.aggregate is not None:
            yield from paths_of_aggregate(one.aggregate)


def is_priced(function: AggregateFunction) -> bool:
    """Return whether a function is about the prices of resources."""
    return isinstance(function.operand, Path) and is_monthly(function.operand)


def priced_columns(aggregate: Aggregate) -> frozenset[str]:
    """Return the names of the columns that hold prices, in which null means unknown."""
    groups = {
        group_name(group)
        for group in aggregate.groups
        if isinstance(group.by, Path) and is_monthly(group.by)
    }
    return frozenset(groups | {function_name(one) for one in aggregate.functions if is_priced(one)})
