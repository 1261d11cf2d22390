"""Aggregates: a tally per group, to which accounts add their nodes; tallies can be combined."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any, Self

from ebbtide.language.prices import is_about_prices, is_monthly, is_priced
from ebbtide.language.rows import RowOrder, RowSort, function_name, group_name
from ebbtide.language.syntax import Aggregate, AggregateFunction, Group, Path, Template
from ebbtide.model.lines import ResourceLine
from ebbtide.search.fields import compile_field
from ebbtide.search.node import Context
from ebbtide.search.prices import monthly_of
from ebbtide.search.truth import NOT_KNOWN
from ebbtide.search.values import sort_key

# What stands in the text of a template for a price that is not known.
UNKNOWN = "unknown"

# The values of a row's groups, and the results of its functions.
type Row = tuple[tuple[Any, ...], list[Any]]
type Reader = Callable[[ResourceLine], Any]
type ValuesReader = Callable[[ResourceLine], Iterable[Any]]

_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
}


class Count:
    """The number of nodes that have a value."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def add(self, value: Any) -> None:
        if value is not None and value is not NOT_KNOWN:
            self.count += 1

    def combine(self, other: Self) -> None:
        self.count += other.count

    def result(self) -> float | int | None:
        return self.count


class Sum:
    """The sum of all values that are numbers; 0 if there are none, None if all are not known."""

    __slots__ = ("some", "total", "unknown")

    def __init__(self) -> None:
        self.total: float = 0
        self.some = self.unknown = False

    def add(self, value: Any) -> None:
        if is_number(value):
            self.total += value
            self.some = True
        elif value is NOT_KNOWN:
            self.unknown = True

    def combine(self, other: Self) -> None:
        self.total += other.total
        self.some |= other.some
        self.unknown |= other.unknown

    def result(self) -> float | int | None:
        return None if self.unknown and not self.some else self.total


class Least:
    """The smallest number; None if there are none."""

    __slots__ = ("end",)
    better = staticmethod(min)

    def __init__(self) -> None:
        self.end: float | None = None

    def add(self, value: Any) -> None:
        if is_number(value):
            self.end = value if self.end is None else self.better(self.end, value)

    def combine(self, other: Self) -> None:
        self.add(other.end)

    def result(self) -> float | int | None:
        return self.end


class Most(Least):
    """The largest number; None if there are none."""

    __slots__ = ()
    better = staticmethod(max)


class Variance:
    """The population variance, not that of a sample; None without any number.

    Two partial results combine exactly (Chan, Golub and LeVeque 1979).
    """

    __slots__ = ("count", "mean", "spread")

    def __init__(self) -> None:
        self.count, self.mean, self.spread = 0, 0.0, 0.0

    def add(self, value: Any) -> None:
        if is_number(value):
            self.count += 1
            off = value - self.mean
            self.mean += off / self.count
            self.spread += off * (value - self.mean)

    def combine(self, other: Self) -> None:
        if not other.count:
            return
        count, off = self.count + other.count, other.mean - self.mean
        self.spread += other.spread + off * off * self.count * other.count / count
        self.mean += off * other.count / count
        self.count = count

    def result(self) -> float | int | None:
        return max(0.0, self.spread / self.count) if self.count else None


class Deviation(Variance):
    """The population standard deviation; None without any number."""

    __slots__ = ()

    def result(self) -> float | int | None:
        variance = super().result()
        return None if variance is None else math.sqrt(variance)


class Mean:
    """The arithmetic mean of all values that are numbers; None if there are none."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count, self.total = 0, 0.0

    def add(self, value: Any) -> None:
        if is_number(value):
            self.count += 1
            self.total += value

    def combine(self, other: Self) -> None:
        self.count += other.count
        self.total += other.total

    def result(self) -> float | int | None:
        return self.total / self.count if self.count else None


def is_number(value: Any) -> bool:
    """Return whether a value is a number in the range of floats; booleans are not numbers."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and -sys.float_info.max <= value <= sys.float_info.max
    )


ACCUMULATORS: Mapping[str, Callable[[], Any]] = {
    "avg": Mean,
    "count": Count,
    "max": Most,
    "min": Least,
    "stddev": Deviation,
    "sum": Sum,
    "variance": Variance,
}


class Tally:
    """The results of an aggregate's functions, by group.

    `unpriced` counts the nodes whose prices are asked for and not known: they are left out of sums
    and the other functions of prices.
    """

    def __init__(self, aggregate: Aggregate, context: Context) -> None:
        self._aggregate = aggregate
        self._groups = [_group_reader(group, context) for group in aggregate.groups]
        self._single = not any(many for _, many in self._groups)
        self._readers = [_values_reader(function, context) for function in aggregate.functions]
        self._priced = any(is_priced(function) for function in aggregate.functions)
        self.unpriced = 0
        self._makers = [ACCUMULATORS[function.function] for function in aggregate.functions]
        self._found: dict[tuple[Any, ...], list[Any]] = {}
        self._shown: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add(self, line: ResourceLine) -> None:
        """Add a node, once for each combination of elements if its groups are arrays."""
        if self._priced and monthly_of(line) is None:
            self.unpriced += 1
        values = [reader(line) for reader in self._readers]
        if self._single:
            self._add(tuple(reader(line) for reader, _ in self._groups), values)
            return
        choices = [reader(line) if many else [reader(line)] for reader, many in self._groups]
        for chosen in product(*choices):
            self._add(chosen, values)

    def _add(self, groups: tuple[Any, ...], values: list[Iterable[Any]]) -> None:
        for own, found in zip(self._own(groups), values, strict=True):
            for value in found:
                own.add(value)

    def _own(self, groups: tuple[Any, ...]) -> list[Any]:
        """Return the accumulators of a group; create them for a new one."""
        # Type and text make a key of values that are not hashable, and tell 1 from True.
        key = tuple(
            [value if type(value) is str else (type(value), str(value)) for value in groups]
        )
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = [make() for make in self._makers]
            self._shown[key] = groups
        return found

    def combine(self, other: Tally) -> None:
        """Add the results of another tally of the same aggregate."""
        self.unpriced += other.unpriced
        for key, theirs in other._found.items():
            for own, more in zip(self._own(other._shown[key]), theirs, strict=True):
                own.combine(more)

    def rows(self, order: RowOrder | None = None) -> list[dict[str, Any]]:
        """Return one row per group, sorted by the values of the groups unless told otherwise."""
        found = [(self._shown[key], own) for key, own in self._found.items()]
        # Without groups there is one row, even if nothing matches.
        if not self._aggregate.groups and not found:
            found = [((), self._own(()))]
        rows = [(groups, [one.result() for one in own]) for groups, own in found]
        rows.sort(key=lambda row: list(map(sort_key, row[0])))
        if order is not None:
            rows = _ordered(rows, order)
        return [self._row(*row) for row in rows]

    def _row(self, groups: tuple[Any, ...], results: list[Any]) -> dict[str, Any]:
        names = [group_name(group) for group in self._aggregate.groups]
        row: dict[str, Any] = {"group": dict(zip(names, groups, strict=True))}
        for function, result in zip(self._aggregate.functions, results, strict=True):
            row[function_name(function)] = result
        return row


def _ordered(rows: list[Row], order: RowOrder) -> list[Row]:
    # Sorting is stable, so begin with the least important column.
    for column in reversed(order.sort):
        rows = _sorted(rows, column)
    if order.reverse:
        rows = rows[::-1]
    limit = order.limit
    return rows if limit is None else rows[limit.offset : limit.offset + limit.length]


def _sorted(rows: list[Row], column: RowSort) -> list[Row]:
    place = 0 if column.group else 1
    return sorted(
        rows, key=lambda row: sort_key(row[place][column.position]), reverse=column.descending
    )


def _group_reader(group: Group, context: Context) -> tuple[Reader, bool]:
    if isinstance(group.by, Template):
        return _template_reader(group.by, context), False
    field = compile_field(group.by, context)
    if not field.many:
        return field.get, False
    get = field.get
    if group.by.absolute and group.by.first == "ancestors":
        # The merge for an ancestor finds at most one.
        return lambda line: next(iter(get(line)), None), False
    return get, True


def _template_reader(template: Template, context: Context) -> Reader:
    parts: list[str | Reader] = [
        part
        if isinstance(part, str)
        else _one(compile_field(part, context, graded=is_about_prices(part)).get)
        for part in template.parts
    ]
    return lambda line: "".join(
        part if isinstance(part, str) else _written(part(line)) for part in parts
    )


def _written(value: Any) -> str:
    """Write a value as in the search language: `true`, not `True`; of a price, also `unknown`."""
    if value is NOT_KNOWN:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=lambda _: UNKNOWN)


def _one(get: Reader) -> Reader:
    def one(line: ResourceLine) -> Any:
        found = get(line)
        if isinstance(found, list):
            found = next(iter(found), None)
        return found

    return one


def _values_reader(function: AggregateFunction, context: Context) -> ValuesReader:
    """Return a function from a node to the values that it adds.

    A path through an array adds the values of all elements, except that `count` counts the node
    once if any element has a value.
    """
    operand = function.operand
    if not isinstance(operand, Path):
        constant = (_computed(operand, function),)
        return lambda _: constant
    field = compile_field(operand, context, graded=is_monthly(operand))
    get = field.get
    if not field.many:
        return lambda line: (_computed(get(line), function),)
    if function.function == "count":
        return lambda line: (
            next((one for one in get(line) if _computed(one, function) is not None), None),
        )
    return lambda line: [_computed(one, function) for one in get(line)]


def _computed(value: Any, function: AggregateFunction) -> Any:
    """Apply a function's operations to a value; None if it is not a number or out of range."""
    if value is NOT_KNOWN:
        return value
    for sign, number in function.operations:
        if not is_number(value):
            return None
        if sign == "/" and number == 0:
            return None
        try:
            value = _OPERATIONS[sign](value, number)
        except OverflowError:
            return None
    return value


def group_readers(aggregate: Aggregate, context: Context) -> list[tuple[Reader, bool]]:
    """Return a function from a node to the value of each group, and whether that is a list."""
    return [_group_reader(group, context) for group in aggregate.groups]


def values_readers(aggregate: Aggregate, context: Context) -> list[ValuesReader]:
    """Return a function from a node to the values that each function adds."""
    return [_values_reader(function, context) for function in aggregate.functions]
