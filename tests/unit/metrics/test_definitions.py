"""The metrics that Ebbtide has by itself: their names, labels and searches fit together."""

from __future__ import annotations

import re

import pytest

from ebbtide.config import Config, MetricsConfig
from ebbtide.config.cloudwatch_names import offered
from ebbtide.config.default_metrics import DEFAULTS, OF_RESOTO
from ebbtide.config.metric_names import BUILT_IN_SERIES
from ebbtide.config.metrics import MetricDefinition, problem_of
from ebbtide.metrics.choosing import choose, metrics_of
from ebbtide.metrics.cloudwatch import is_offered
from ebbtide.metrics.definitions import (
    BUILT_IN,
    FLEET,
    METRICS,
    OF_RESOURCES,
    RENAMED,
    SUMMED,
    TODAY,
)
from ebbtide.metrics.neighbours import needs_neighbours
from tests.support.measuring import config_of

# The names of version 0.1, which dashboards and alarms use.
OLD_NAMES = [
    "ResourcesFound",
    "ResourcesStale",
    "Instances",
    "InstanceCores",
    "Volumes",
    "VolumeBytes",
    "LoadBalancers",
    "Buckets",
    "Databases",
    "Snapshots",
    "ResourcesPlanned",
    "ResourcesRefused",
    "ResourcesUndecided",
    "ResourcesCleaned",
    "DeletesSimulated",
    "DeletesSkipped",
    "DeletesLeftBehind",
    "DeletesFailed",
    "DeletesPending",
    "DeletesNewlyFailed",
    "AccountsCollected",
    "AccountsIncomplete",
    "CoveragePercent",
]


def test_names_are_unique_and_follow_the_pattern() -> None:
    metrics = (*SUMMED, *FLEET)
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert len({metric.series for metric in metrics}) == len(metrics)
    for metric in metrics:
        assert re.fullmatch(r"([A-Z][a-z]+)+", metric.name), f"{metric.name}: write PascalCase"
        assert re.fullmatch(r"ebbtide_[a-z]+(_[a-z]+)*", metric.series), (
            f"{metric.series}: write ebbtide_snake_case"
        )


def test_names_of_the_last_version_are_kept() -> None:
    assert [metric.name for metric in TODAY] == OLD_NAMES
    assert set(RENAMED.values()) <= METRICS.keys()
    assert not RENAMED.keys() & METRICS.keys()


def test_names_that_definitions_must_not_take_are_those_of_the_built_in_metrics() -> None:
    built_in = {metric.series: metric.labels for metric in (*BUILT_IN, *FLEET)}
    assert dict(BUILT_IN_SERIES) == built_in


FUNCTIONS = "sum(volume_size) as sum, avg(volume_size) as mean, count(name) as named, min(1) as one"
OWN = {
    "sizes": f"aggregate(region as place, volume_type as type: {FUNCTIONS}): is(volume)",
    "volumes_total": "aggregate(sum(1)): is(volume)",
    "volume_bytes": "aggregate(kind: sum(volume_size)): is(volume)",
}


@pytest.mark.parametrize("definitions", [{}, OWN])
@pytest.mark.parametrize("disabled", [(), ("resources", "monthly_cost", "volume_bytes")])
def test_names_that_may_go_to_cloudwatch_are_those_of_all_metrics_that_can_be_folded(
    definitions: dict[str, str], disabled: tuple[str, ...]
) -> None:
    config = config_of(**definitions)
    metrics = config.metrics.model_copy(update={"disabled": disabled})
    config = config.model_copy(update={"metrics": metrics})
    found = metrics_of(config).values()
    expected = {metric.name: metric.labels for metric in found if is_offered(metric)}
    assert offered(metrics.definitions, disabled, {}) == expected


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_can_be_copied(name: str) -> None:
    """Each default is a valid definition, and has the labels that its search says."""
    assert problem_of(DEFAULTS[name].search) == ""
    (copied,) = (one for one in choose(config_of(copy=DEFAULTS[name].search)) if one.name == "copy")
    assert copied.metrics[0].labels == OF_RESOURCES[name].labels
    assert not needs_neighbours(copied.query), "this would load the edges of every account"


def test_metrics_of_a_run_are_the_defaults_and_those_of_the_configuration() -> None:
    assert METRICS.items() <= metrics_of(Config()).items()
    replaced = MetricDefinition(search="aggregate(region: sum(1)): is(volume)", help="Ours")
    own = MetricDefinition(
        search="aggregate(region: avg(volume_size) as size, min(volume_size) as least): is(volume)",
        help="Sizes",
        unit="Bytes",
    )
    config = Config(
        metrics=MetricsConfig(
            definitions={"volumes_total": replaced, "sizes": own}, disabled=("volume_bytes",)
        )
    )
    found = metrics_of(config)
    assert "ebbtide_volume_bytes" not in found
    assert "ebbtide_volume_bytes_unknown" not in found
    assert found["ebbtide_volumes_total"].labels == ("region",)
    assert found["ebbtide_sizes_size"].fold is None
    assert found["ebbtide_sizes_least"].fold == "min"
    assert found["ebbtide_sizes_least"].unit == "Bytes"
    assert found["ebbtide_sizes_size_unknown"].unit == "Count"
    assert found["ebbtide_sizes_size"].name == "SizesSize"


def test_most_of_the_metrics_of_resoto_are_there() -> None:
    assert len(OF_RESOTO) == 38
