"""Samples: single values of a metric with their labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ebbtide.metrics.definitions import Metric


@dataclass(frozen=True, slots=True)
class Sample:
    series: str
    labels: Mapping[str, str]
    value: float

    def to_json(self) -> dict[str, Any]:
        return {"series": self.series, "labels": dict(self.labels), "value": self.value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(value["series"], value["labels"], value["value"])


@dataclass(slots=True)
class SampleSums:
    """Adds up values per metric and labels."""

    _values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(
        default_factory=lambda: defaultdict(float)
    )

    def add(self, metric: Metric, labels: Mapping[str, Any], value: float = 1) -> None:
        """Add a value under the labels that the metric declares; other labels are ignored."""
        key = tuple((name, str(labels.get(name) or "")) for name in metric.labels)
        self._values[metric.series, key] += value

    def samples(self) -> Iterator[Sample]:
        for (series, labels), value in sorted(self._values.items()):
            yield Sample(series, dict(labels), value)
