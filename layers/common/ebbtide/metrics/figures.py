"""Partial results of metrics: figures per combination of labels, which accounts add together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ebbtide.search.aggregation import is_number
from ebbtide.search.truth import NOT_KNOWN

type Labels = tuple[str, ...]

# Of one metric in one account: what has more would fill memory, and no reader could show it.
MOST_SERIES = 10_000
# The value of a label whose group has no value, or one that could not be read. Prometheus would
# take an empty one for a missing label.
NONE, UNKNOWN = "none", "unknown"

# What is stored of a figure, by its function.
_STORED: Mapping[str, tuple[str, ...]] = {
    "count": ("known",),
    "sum": ("known", "unknown", "total"),
    "avg": ("known", "unknown", "total"),
    "min": ("known", "unknown", "low"),
    "max": ("known", "unknown", "high"),
    "variance": ("known", "unknown", "mean", "spread"),
    "stddev": ("known", "unknown", "mean", "spread"),
}


# The functions of whose figures only the first fields are stored: numbers of values, and their sum.
SUMMED = frozenset({"count", "sum", "avg"})


class TooManySeriesError(Exception):
    """A metric has more combinations of labels than anybody can look at."""


@dataclass(slots=True)
class Figure:
    """What is known of the values of one function: enough for any of them, and to be combined.

    `unknown` counts what has no number. Mean and spread combine as Chan, Golub and LeVeque show.
    """

    known: int = 0
    unknown: int = 0
    total: float = 0
    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    spread: float = 0.0

    def add(self, value: Any) -> None:
        """Add one value; what is not a number is unknown."""
        if not is_number(value):
            self.unknown += 1
            return
        self.known += 1
        self.total += value
        self.low = value if self.low is None or value < self.low else self.low
        self.high = value if self.high is None or value > self.high else self.high
        off = value - self.mean
        self.mean += off / self.known
        self.spread += off * (value - self.mean)

    def add_counted(self, value: Any) -> None:
        """Add one value of the function `count`, which counts values of any type."""
        self.known += is_value(value)

    def add_sum(self, known: int, unknown: int, total: float) -> None:
        """Add values of which no more is known: enough for the functions of SUMMED."""
        self.known += known
        self.unknown += unknown
        self.total += total

    def add_repeated(self, function: str, value: Any, count: int) -> None:
        """Add one value of a function `count` times."""
        if function == "count":
            self.add_sum(count if is_value(value) else 0, 0, 0)
        elif not is_number(value):
            self.unknown += count
        elif function in SUMMED:
            self.add_sum(count, 0, value * count)
        else:
            self.combine(Figure(count, 0, value * count, value, value, value))

    def combine(self, other: Figure) -> None:
        """Add the values of another figure."""
        known, off = self.known + other.known, other.mean - self.mean
        if other.known:
            self.spread += other.spread + off * off * self.known * other.known / known
            self.mean += off * other.known / known
            self.low = _end(min, self.low, other.low)
            self.high = _end(max, self.high, other.high)
        self.known, self.unknown = known, self.unknown + other.unknown
        self.total += other.total

    def result(self, function: str) -> float | None:
        """Return the value of a function; None if nothing, or nothing of it, is known."""
        if function == "count":
            return self.known
        if not self.known:
            return 0 if function == "sum" and not self.unknown else None
        match function:
            case "sum":
                return self.total
            case "avg":
                return self.total / self.known
            case "min":
                return self.low
            case "max":
                return self.high
        variance = max(0.0, self.spread / self.known)
        return variance if function == "variance" else math.sqrt(variance)

    def stored(self, function: str) -> list[Any]:
        if function == "sum":
            return [self.known, self.unknown, self.total]
        return [getattr(self, name) for name in _STORED[function]]

    @classmethod
    def restored(cls, function: str, values: Sequence[Any]) -> Self:
        if function in SUMMED:
            return cls(*values)
        return cls(**dict(zip(_STORED[function], values, strict=True)))


def is_value(value: Any) -> bool:
    """Return whether the function `count` counts a value."""
    return value is not None and value is not NOT_KNOWN


def _end(better: Any, one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    found: float = better(one, other)
    return found


@dataclass(slots=True)
class Table:
    """The figures of a metric: one per function, by the values of its labels."""

    functions: tuple[str, ...]
    rows: dict[Labels, list[Figure]] = field(default_factory=dict)

    def of(self, labels: Labels) -> list[Figure]:
        """Return the figures of a combination of labels. Raises TooManySeriesError."""
        found = self.rows.get(labels)
        if found is None:
            if len(self.rows) >= MOST_SERIES:
                raise TooManySeriesError(
                    f"more than {MOST_SERIES:,} combinations of labels; group by fewer values"
                )
            found = self.rows[labels] = [Figure() for _ in self.functions]
        return found

    def add(self, labels: Labels, values: Sequence[Iterable[Any]]) -> None:
        """Add a resource: the values of each function."""
        for figure, function, found in zip(self.of(labels), self.functions, values, strict=True):
            for value in found:
                if function == "count":
                    figure.add_counted(value)
                else:
                    figure.add(value)

    def combine(self, rows: Iterable[tuple[Labels, list[Figure]]]) -> None:
        """Add rows, whose figures nothing else may change from then on."""
        for labels, figures in rows:
            found = self.rows.setdefault(labels, figures)
            if found is not figures:
                for own, other in zip(found, figures, strict=True):
                    own.combine(other)

    def to_json(self) -> list[Any]:
        return [
            [list(labels), [one.stored(f) for one, f in zip(row, self.functions, strict=True)]]
            for labels, row in sorted(self.rows.items())
        ]

    def restored(self, rows: Iterable[Any]) -> Iterator[tuple[Labels, list[Figure]]]:
        """Yield the rows that `to_json` returned."""
        for labels, figures in rows:
            functions = zip(self.functions, figures, strict=True)
            yield tuple(labels), [Figure.restored(*one) for one in functions]


def label_of(value: Any) -> str:
    """Return a value as the value of a label."""
    if isinstance(value, str):
        return value or NONE
    if value is None:
        return NONE
    if value is NOT_KNOWN:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
