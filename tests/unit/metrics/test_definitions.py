"""Every metric of resources measures something that its kinds have."""

from __future__ import annotations

import re

import pytest

from ebbtide.kinds import concrete_kinds, known_kinds, registry
from ebbtide.metrics.aggregation import count_resources
from ebbtide.metrics.definitions import FLEET, PLACE, RESOURCE_METRICS, SUMMED, ResourceMetric
from ebbtide.metrics.sample import SampleSums
from ebbtide_cli.properties import promised_fields_of, properties_of
from tests.support.builders import resource

GIVEN = {*PLACE, "kind"}

per_metric = pytest.mark.parametrize("measured", RESOURCE_METRICS, ids=lambda one: one.metric.name)


def test_names_are_unique_and_follow_the_pattern() -> None:
    metrics = (*SUMMED, *FLEET)
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert len({metric.series for metric in metrics}) == len(metrics)
    for metric in metrics:
        assert re.fullmatch(r"([A-Z][a-z]+)+", metric.name), f"{metric.name}: write PascalCase"
        assert re.fullmatch(r"ebbtide_[a-z]+(_[a-z]+)*", metric.series), (
            f"{metric.series}: write ebbtide_snake_case"
        )


@per_metric
def test_kinds_are_known_and_have_what_is_measured(measured: ResourceMetric) -> None:
    unknown = set(measured.kinds) - known_kinds()
    assert not unknown, f"no kind and no base kind of docs/kinds.md: {sorted(unknown)}"
    asked = {*measured.metric.labels, *measured.where} - GIVEN
    asked |= {measured.property} if measured.property else set()
    for name in concrete_kinds(measured.kinds):
        kind = registry()[name]
        missing = asked - {*properties_of(kind), *promised_fields_of(kind)}
        assert not missing, (
            f"{name} has no property {', '.join(sorted(missing))}; `ebbtide kinds {name}` lists all"
        )


@per_metric
def test_two_resources_of_the_kind_are_added_up(measured: ResourceMetric) -> None:
    kind = min(concrete_kinds(measured.kinds))
    properties = {**measured.where, measured.property or "unused": 3}
    found = [resource(kind, id, properties=properties) for id in ("one", "two")]
    others = [
        resource(kind, f"not {value}", properties={**properties, name: f"not {value}"})
        for name, value in measured.where.items()
    ]
    tally = SampleSums()
    count_resources(tally, [one.to_line() for one in (*found, *others)])
    values = [one.value for one in tally.samples() if one.series == measured.metric.series]
    assert values == [2 * (3 if measured.property else 1) * measured.factor]
