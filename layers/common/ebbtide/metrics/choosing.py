"""The metrics of resources that a configuration asks for, with their searches parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ebbtide.config import Config
from ebbtide.config.default_metrics import DEFAULTS
from ebbtide.config.metric_names import cloudwatch_name
from ebbtide.config.metrics import MetricDefinition, series_names
from ebbtide.language import Query, parse_search
from ebbtide.language.rows import group_name
from ebbtide.language.syntax import Aggregate, Path
from ebbtide.metrics.definitions import (
    BUILT_IN,
    FLEET,
    OF_RESOURCES,
    Fold,
    Metric,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A metric of resources: its name, its parsed search, and one series per function."""

    name: str
    query: Query
    metrics: tuple[Metric, ...]

    @property
    def aggregate(self) -> Aggregate:
        assert self.query.aggregate is not None
        return self.query.aggregate

    @property
    def series(self) -> dict[str, Metric]:
        """Return its series, with those that count what is unknown, by name."""
        found: dict[str, Metric] = {}
        for metric, function in zip(self.metrics, self.aggregate.functions, strict=True):
            found[metric.series] = metric
            if isinstance(function.operand, Path) and function.function != "count":
                found[metric.unknown.series] = metric.unknown
        return found


def definitions_of(config: Config) -> dict[str, MetricDefinition]:
    """Return the definitions by name: the defaults, unless replaced or disabled, and the user's."""
    chosen = {**DEFAULTS, **config.metrics.definitions}
    return {name: one for name, one in chosen.items() if name not in config.metrics.disabled}


def choose(config: Config, now: datetime | None = None) -> tuple[Chosen, ...]:
    """Parse the definitions of a configuration, whose model has checked them."""
    return tuple(
        _chosen(name, definition, config.searches, now)
        for name, definition in definitions_of(config).items()
    )


def metrics_of(config: Config) -> dict[str, Metric]:
    """Return all metrics of a run with this configuration, by series."""
    found = {series: one for chosen in choose(config) for series, one in chosen.series.items()}
    return {**found, **{one.series: one for one in (*BUILT_IN, *FLEET)}}


def _chosen(
    name: str, definition: MetricDefinition, searches: Mapping[str, str], now: datetime | None
) -> Chosen:
    query = parse_search(definition.search, dict(searches), now)
    assert query.aggregate is not None
    if definition is DEFAULTS.get(name):
        return Chosen(name, query, (OF_RESOURCES[name],))
    return Chosen(name, query, tuple(_metrics(name, definition, query.aggregate)))


def _metrics(name: str, definition: MetricDefinition, aggregate: Aggregate) -> list[Metric]:
    labels = tuple(map(group_name, aggregate.groups))
    return [
        Metric(
            cloudwatch_name(series),
            series,
            definition.help,
            definition.unit,
            labels,
            _FOLDS.get(function.function),
        )
        for series, function in zip(series_names(name, aggregate), aggregate.functions, strict=True)
    ]


# An average of averages, and a variance of variances, would be wrong.
_FOLDS: Mapping[str, Fold] = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
