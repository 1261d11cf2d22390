"""Metrics over all accounts, as numbers."""

from datetime import UTC, datetime

from ebbtide.graph import Manifest
from ebbtide.metrics.aggregation import count_resources
from ebbtide.metrics.definitions import COVERAGE, GIBIBYTE, RESOURCES
from ebbtide.metrics.publishing import fleet_samples
from ebbtide.metrics.sample import Sample, SampleSums
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
