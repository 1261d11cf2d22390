"""The rows of an aggregate: their names, and the order that a search asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ebbtide.language.syntax import Aggregate, AggregateFunction, Group, Limit, Path, Query, Sort
from ebbtide.language.texts import write_path

_WORDS = {"+": "plus", "-": "minus", "*": "times", "/": "divided_by"}


@dataclass(frozen=True, slots=True)
class RowSort:
    """The column to sort by: a group or the result of a function, by its position among those."""

    group: bool
    position: int
    descending: bool


@dataclass(frozen=True, slots=True)
class RowOrder:
    """How the rows of an aggregate are sorted and cut."""

    sort: tuple[RowSort, ...]
    reverse: bool = False
    limit: Limit | None = None


def group_name(group: Group) -> str:
    """Return the name of a group in a row: its alias, else its path or template as written."""
    if group.name is not None:
        return group.name
    if isinstance(group.by, Path):
        return write_path(group.by)
    return "".join(
        part if isinstance(part, str) else f"{{{write_path(part)}}}" for part in group.by.parts
    )


def function_name(function: AggregateFunction) -> str:
    """Return a function's alias, else a name such as sum_of_volume_size_times_2."""
    if function.name is not None:
        return function.name
    operand = function.operand
    text = write_path(operand) if isinstance(operand, Path) else str(operand)
    words = [f"{_WORDS[sign]}_{number}" for sign, number in function.operations]
    return "_".join([function.function, "of", text, *words])


def names_of_rows(aggregate: Aggregate) -> list[str]:
    """Return the names of the columns: groups first, then functions."""
    return [*map(group_name, aggregate.groups), *map(function_name, aggregate.functions)]


def row_sort(aggregate: Aggregate, sort: Sort) -> RowSort | None:
    """Return the column that a sort names, with or without a slash; None if it names none."""
    names = _names(sort.path)
    for position, group in enumerate(aggregate.groups):
        if group_name(group) in names:
            return RowSort(True, position, sort.descending)
    for position, function in enumerate(aggregate.functions):
        if function_name(function) in names:
            return RowSort(False, position, sort.descending)
    return None


def _names(path: Path) -> frozenset[str]:
    written = write_path(path)
    names = {written, written.removeprefix("/")}
    if len(path.steps) == 1 and not path.steps[0].indexes:
        # A name that is no plain word stands in back-ticks.
        names.add(path.first)
    return frozenset(names)


def order_of_rows(query: Query) -> tuple[Query, RowOrder | None]:
    """Split an aggregate into the search without an order of rows, and that order.

    A sort by columns of the rows sorts, reverses and cuts the rows. Any other sort or limit selects
    the resources that are counted, and the order is None.
    """
    last = query.parts[-1]
    if query.aggregate is None or not last.sort:
        return query, None
    columns = [row_sort(query.aggregate, sort) for sort in last.sort]
    named = tuple(column for column in columns if column is not None)
    if len(named) < len(columns):
        return query, None
    rest = replace(last, sort=(), limit=None, reverse=False)
    order = RowOrder(named, last.reverse, last.limit)
    return replace(query, parts=(*query.parts[:-1], rest)), order
