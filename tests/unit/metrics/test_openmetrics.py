"""Metrics over all accounts, as numbers and as text that others read."""

from datetime import UTC, datetime

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ebbtide.config import Config, MetricsConfig
from ebbtide.graph import Manifest
from ebbtide.metrics.aggregation import count_resources
from ebbtide.metrics.definitions import COVERAGE, GIBIBYTE, METRICS, RESOURCES
from ebbtide.metrics.openmetrics import openmetrics_text
from ebbtide.metrics.publishing import cloudwatch_data, fleet_samples
from ebbtide.metrics.sample import Sample, SampleSums
from ebbtide.store.run import Run
from tests.support.builders import instance, resource, volume

STARTED = datetime(2026, 11, 22, 10, tzinfo=UTC)


def counted() -> list[Sample]:
    tally = SampleSums()
    world = [
        instance("i-1"),
        instance("i-2", "stopped"),
        volume("vol-1"),
        volume("vol-2", "in-use"),
        resource("aws_s3_bucket", "b", region="global"),
        resource("aws_alb", "lb", properties={"lb_type": "application"}),
    ]
    count_resources(tally, [entry.to_line() for entry in world])
    return list(tally.samples())


def total(samples: list[Sample], series: str, **labels: str) -> float:
    return sum(
        sample.value
        for sample in samples
        if sample.series == series and labels.items() <= sample.labels.items()
    )


def test_resources_are_counted_and_measured() -> None:
    samples = counted()
    assert total(samples, "ebbtide_resources") == 6
    assert total(samples, "ebbtide_resources", kind="aws_ec2_volume") == 2
    assert total(samples, "ebbtide_instances") == 2
    assert total(samples, "ebbtide_instance_cores") == 2
    assert total(samples, "ebbtide_volume_bytes", volume_status="available") == 8 * GIBIBYTE
    assert total(samples, "ebbtide_load_balancers", lb_type="application") == 1
    assert total(samples, "ebbtide_buckets") == 1


def test_the_text_is_openmetrics_and_holds_every_sample() -> None:
    samples = counted()
    families = list(text_string_to_metric_families(openmetrics_text(samples, STARTED.timestamp())))
    read = [sample for family in families for sample in family.samples]
    assert {family.name for family in families} == set(METRICS)
    assert sorted((s.name, tuple(sorted(s.labels.items())), s.value) for s in read) == sorted(
        (s.series, tuple(sorted(s.labels.items())), s.value) for s in samples
    )


def run(**metrics: bool) -> Run:
    return Run("run", "metrics", STARTED, Config(metrics=MetricsConfig(**metrics)))


def test_cloudwatch_gets_fleet_totals_without_accounts_or_regions() -> None:
    data = list(cloudwatch_data(counted(), run()))
    dimensions = {entry["Name"] for datum in data for entry in datum.get("Dimensions", ())}
    assert dimensions == {"Kind"}
    totals = {datum["MetricName"]: datum["Value"] for datum in data if "Dimensions" not in datum}
    assert totals["ResourcesFound"] == 6
    assert totals["InstanceCores"] == 2
    assert totals["ResourcesPlanned"] == 0
    assert {datum["Timestamp"] for datum in data} == {STARTED}


def test_series_per_kind_can_be_switched_off() -> None:
    data = list(cloudwatch_data(counted(), run(by_kind=False)))
    assert not any("Dimensions" in datum for datum in data)


def test_coverage_is_a_percentage_of_the_fleet() -> None:
    samples = [
        Sample(COVERAGE.series, {"account": "1", "region": "r", "state": "complete"}, 3),
        Sample(COVERAGE.series, {"account": "2", "region": "r", "state": "denied"}, 1),
        Sample(RESOURCES.series, {"account": "1", "region": "r", "kind": "k"}, 9),
    ]
    manifest = Manifest("run", "", None, (), missing=("3",))
    found = {sample.series: sample.value for sample in fleet_samples(samples, manifest, {"4"})}
    assert found["ebbtide_coverage_percent"] == 75
    assert found["ebbtide_accounts_incomplete"] == 3
