"""Metrics over all accounts, as numbers and as text that others read."""

from datetime import UTC, datetime

from ebbtide.graph import Manifest
from ebbtide.metrics.combining import fleet_samples
from ebbtide.metrics.definitions import COVERAGE, RESOURCES
from ebbtide.metrics.sample import Sample
from tests.support.builders import instance, resource, volume
from tests.support.measuring import measured_lines

STARTED = datetime(2026, 11, 22, 10, tzinfo=UTC)


def counted() -> list[Sample]:
    world = [
        instance("i-1"),
        instance("i-2", "stopped"),
        volume("vol-1"),
        volume("vol-2", "in-use"),
        resource("aws_s3_bucket", "b", region="global"),
        resource("aws_alb", "lb", properties={"lb_type": "application"}),
    ]
    return measured_lines([entry.to_line() for entry in world])


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
    assert total(samples, "ebbtide_instances_total") == 2
    assert total(samples, "ebbtide_cores_total") == 2
    assert total(samples, "ebbtide_volume_bytes", status="available") == 8 * 1024**3
    assert total(samples, "ebbtide_load_balancers_total", type="application") == 1
    assert total(samples, "ebbtide_buckets_total") == 1


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
