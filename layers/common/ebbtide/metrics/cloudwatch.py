"""Which values of a run go to CloudWatch, in the order of their importance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ebbtide.config import CloudWatchConfig, MetricsConfig
from ebbtide.config.metric_names import NOT_IN_CLOUDWATCH
from ebbtide.metrics.budget import affordable, monthly_price
from ebbtide.metrics.definitions import (
    FLEET,
    RESOURCES,
    TODAY,
    Fold,
    Metric,
)
from ebbtide.metrics.sample import Sample

# The ten sums that CloudWatch's free tier covers; docs/metrics.md, the dashboard and the alarms
# name them.
DEFAULT_SERIES = (
    "ResourcesFound",
    "ResourcesPlanned",
    "ResourcesRefused",
    "ResourcesUndecided",
    "ResourcesCleaned",
    "DeletesFailed",
    "ResourcesHeld",
    "AccountsIncomplete",
    "CoveragePercent",
    "SavingsPlanned",
)
PREFIX = "ebbtide_"
# Counts the accounts in which a metric could not be calculated; its only label names the metric.
FAILED_SERIES = "ebbtide_metrics_failed"
# What is left out of a metric because its value is unknown is counted beside it, by this series.
UNKNOWN_SUFFIX = "_unknown"
# CloudWatch accepts no empty value of a dimension, and none that is longer.
EMPTY, LONGEST_VALUE = "none", 1024
# CloudWatch has no unit of money.
UNITS = {"USD": "None"}

type Labels = tuple[tuple[str, str], ...]
# The labels and the value of each sample, by series.
type Found = Mapping[str, Sequence[tuple[Labels, float]]]


@dataclass(frozen=True, slots=True)
class Value:
    """One metric of CloudWatch: its definition, the values of its dimensions, and its value."""

    metric: Metric
    labels: Labels
    value: float

    def datum(self, time: datetime) -> dict[str, Any]:
        """Return it as PutMetricData takes it; `time` is the start of the run."""
        unit = UNITS.get(self.metric.unit, self.metric.unit)
        datum = {
            "MetricName": self.metric.name,
            "Timestamp": time,
            "Value": self.value,
            "Unit": unit,
        }
        if not self.labels:
            return datum
        dimensions = [{"Name": dimension(name), "Value": value} for name, value in self.labels]
        return {**datum, "Dimensions": dimensions}


@dataclass(frozen=True, slots=True)
class Selection:
    """The values that the budget pays for, those that it does not, and names without a metric."""

    written: Sequence[Value]
    left_out: Sequence[Value]
    unknown: tuple[str, ...]

    def to_json(self, config: CloudWatchConfig) -> dict[str, Any]:
        """Return what people need to know about it, without the values."""
        groups: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
        for values, key in ((self.written, "written"), (self.left_out, "left_out")):
            for one in values:
                by = tuple(name for name, _ in one.labels)
                empty = {"metric": one.metric.name, "by": list(by), "written": 0, "left_out": 0}
                groups.setdefault((one.metric.name, by), empty)[key] += 1
        total = len(self.written) + len(self.left_out)
        return {
            "format": 1,
            "currency": "USD",
            "metrics": len(self.written),
            "monthly": monthly_price(len(self.written)),
            "budget": config.budget_usd,
            "wanted": total,
            "wanted_monthly": monthly_price(total),
            "groups": list(groups.values()),
            "unknown": list(self.unknown),
        }


def dimension(label: str) -> str:
    """Return the name of the dimension for a label: `instance_type` is `InstanceType`."""
    return "".join(part.capitalize() for part in label.split("_"))


def accepted(value: str) -> str:
    """Return a value that a dimension may have: up to 1,024 characters of printable ASCII.

    Others are escaped (API reference, Dimension), because one of them fails the whole call.
    """
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in value)
    return text.encode("ascii", "backslashreplace").decode()[:LONGEST_VALUE].strip() or EMPTY


def select(
    samples: Iterable[Sample], metrics: Mapping[str, Metric], config: MetricsConfig
) -> Selection:
    """Fold the samples of a run to what the configuration wants, and cut that to its budget.

    `metrics` are all metrics of the run by series. A sum without samples is 0, so that alarms have
    data, unless it could not be calculated.
    """
    by_name = {metric.name: metric for metric in metrics.values()}
    offered = {name: metric for name, metric in by_name.items() if is_offered(metric)}
    found = by_series(samples)
    names, grouped = names_of(config, offered), groups_of(config)
    wanted = [
        value
        for metric, by in _wanted(names, grouped, offered)
        for value in values_of(metric, by, found, accepted)
    ]
    written, left_out = affordable(wanted, config.cloudwatch.budget_usd)
    return Selection(written, left_out, tuple(unknown_in(config.cloudwatch, offered)))


def unknown_in(config: CloudWatchConfig, offered: Mapping[str, Metric]) -> Iterator[str]:
    """Yield the names in the configuration that no metric has, and labels as `Name.label`."""
    names = () if isinstance(config.series, str) else config.series
    yield from (name for name in dict.fromkeys((*names, *config.by)) if name not in offered)
    for name, labels in config.by.items():
        known = offered[name].labels if name in offered else labels
        yield from (f"{name}.{label}" for label in labels if label not in known)


def names_of(config: MetricsConfig, offered: Iterable[str]) -> tuple[str, ...]:
    """Return the names whose sums are wanted, the most important first."""
    match config.cloudwatch.series:
        case "none":
            return ()
        case "default":
            return DEFAULT_SERIES
        case "classic":
            return tuple(dict.fromkeys((*DEFAULT_SERIES, *(metric.name for metric in TODAY))))
        case "all":
            return tuple(dict.fromkeys((*DEFAULT_SERIES, *offered)))
        case names:
            return tuple(dict.fromkeys(names))


def groups_of(config: MetricsConfig) -> dict[str, tuple[str, ...]]:
    """Return the labels of each name that is wanted by labels, too."""
    grouped = dict(config.cloudwatch.by)
    if config.cloudwatch.series == "classic" or (config.by_kind and config.cloudwatch.is_default):
        grouped.setdefault(RESOURCES.name, ("kind",))
    return grouped


def is_offered(metric: Metric) -> bool:
    """Return whether a metric can go to CloudWatch."""
    return metric.fold is not None and metric.series not in NOT_IN_CLOUDWATCH


def _wanted(
    names: Iterable[str], grouped: Mapping[str, tuple[str, ...]], offered: Mapping[str, Metric]
) -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """Yield the sums, then what is wanted by labels; a label that a metric lacks is left out."""
    for name in names:
        if name in offered:
            yield offered[name], ()
    for name, labels in grouped.items():
        if name in offered:
            own = tuple(label for label in labels if label in offered[name].labels)
            if own:
                yield offered[name], own


def by_series(samples: Iterable[Sample]) -> dict[str, list[tuple[Labels, float]]]:
    """Return the labels and the value of all samples, by series."""
    found: dict[str, list[tuple[Labels, float]]] = {}
    for sample in samples:
        found.setdefault(sample.series, []).append((tuple(sample.labels.items()), sample.value))
    return found


def values_of(
    metric: Metric, by: Sequence[str], found: Found, spelled: Callable[[str], str] = str
) -> Iterator[Value]:
    """Yield the values of a metric for each combination of values of the labels, in their order.

    Without labels, that is one value for all accounts together: 0 for a sum that nothing adds to,
    none if that is unknown. What is `spelled` the same is one value.
    """
    values: dict[Labels, list[float]] = {}
    for labels, value in found.get(metric.series, ()):
        given = dict(labels)
        key = tuple((name, spelled(given.get(name, "")) or EMPTY) for name in by)
        values.setdefault(key, []).append(value)
    if not values and not by and _is_zero(metric, found):
        values[()] = []
    for key, group in sorted(values.items()):
        yield Value(metric, key, _fold(metric.fold, group))


def _is_zero(metric: Metric, found: Found) -> bool:
    """Return whether a metric without samples is 0, and neither failed nor unknown.

    A metric may have several series, whose names begin with its own.
    """
    if metric.fold != "sum" or metric in FLEET or metric.series + UNKNOWN_SUFFIX in found:
        return False
    failed = [value for labels, _ in found.get(FAILED_SERIES, ()) for _, value in labels]
    return not any(metric.series.startswith(PREFIX + name) for name in failed)


def _fold(fold: Fold, values: Sequence[float]) -> float:
    if fold == "max":
        return max(values)
    return min(values) if fold == "min" else sum(values)
