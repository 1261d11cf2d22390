"""What a resource costs while it idles: sums by hand, and what holds for any resource."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL
from ebbtide.prices.book import Document, PriceBook
from ebbtide.prices.decisions import DECISIONS
from ebbtide.prices.estimating import Estimate, Estimator

REGION = "eu-central-1"
# USD; not those of AWS, but such that sums show what was multiplied by what.
RATES = {
    "ec2.instance/linux/shared/m5.large": 0.1,
    "ec2.instance/windows/shared/m5.large": 0.2,
    "ebs.storage/gp2": 0.1,
    "ebs.storage/gp3": 0.08,
    "ebs.iops/gp3": 0.005,
    "ebs.throughput/gp3": 40.96,
    "ebs.storage/io2": 0.125,
    "ebs.iops/io2": 0.065,
    "ebs.iops/io2-above-32000": 0.0455,
    "ebs.iops/io2-above-64000": 0.032,
    "ebs.snapshot/standard": 0.05,
    "vpc.address/in-use": 0.005,
    "rds.instance/postgres/single-az/db.t3.micro": 0.018,
    "rds.instance/postgres/multi-az/db.t3.micro": 0.036,
    "rds.instance/oracle-se2-license-included/single-az/db.t3.micro": 0.05,
    "rds.instance/aurora-mysql/io-optimized/db.r5.large": 0.4,
    "rds.acu/aurora-mysql/standard": 0.12,
    "rds.storage/gp3/single-az": 0.115,
    "rds.storage/gp3/multi-az": 0.23,
    "rds.iops/gp3/single-az": 0.02,
    "rds.iops/gp3/multi-az": 0.04,
    "rds.throughput/gp3/single-az": 0.08,
    "rds.throughput/gp3/multi-az": 0.16,
    "dynamodb.read/standard": 0.00013,
    "dynamodb.write/standard": 0.00065,
    "dynamodb.storage/standard": 0.25,
    "fargate.cpu/x86_64": 0.04,
    "fargate.memory/x86_64": 0.004,
    "sagemaker.hosting/ml.m5.large": 0.12,
    "cloudwatch.alarm/standard": 0.1,
    "waf.acl": 5,
    "waf.rule": 1,
    "route53.zone": 0.5,
}
TABLE: Document = {
    "sources": {"made-up": {"date": "2026-09-19"}},
    "parts": [
        {
            "source": "made-up",
            "regions": [REGION, "us-east-1"],
            "rates": {key: [price, price] for key, price in RATES.items() if key != "route53.zone"},
        },
        {"source": "made-up", "regions": ["*"], "rates": {"route53.zone": [0.5]}},
    ],
}


def book() -> PriceBook:
    return PriceBook(table=lambda _: TABLE)


def line(kind: str, properties: dict[str, Any] | None = None, **rest: Any) -> ResourceLine:
    region = rest.pop("region", REGION)
    id = rest.pop("id", "one")
    return {  # type: ignore[return-value]
        "graph_id": f"111122223333/{region}/{kind}/{id}",
        "kind": kind,
        "account": "111122223333",
        "region": region,
        "arn": f"arn:aws:any:{region}:111122223333:{id}",
        "ended": False,
        "properties": properties or {},
        **rest,
    }


def estimate(kind: str, properties: dict[str, Any], *others: ResourceLine, **rest: Any) -> Estimate:
    known = {one["graph_id"]: one for one in others}
    return Estimator(book(), known.get).estimate(line(kind, properties, **rest))


INSTANCE = {
    "instance_type": "m5.large",
    "usage_operation": "RunInstances",
    "placement": {"tenancy": "default", "availability_zone": f"{REGION}a"},
    "instance_status": "running",
}
VOLUME = {
    "volume_type": "gp3",
    "size": 100,
    "iops": 4000,
    "throughput": 250,
    "availability_zone": f"{REGION}a",
}
DATABASE = {
    "engine": "postgres",
    "multi_az": False,
    "db_instance_class": "db.t3.micro",
    "db_instance_status": "available",
    "storage_type": "gp3",
    "allocated_storage": 100,
    "iops": 3000,
    "storage_throughput": 125,
}
# One of its own, an elastic one, and one without a public address.
ADDRESSES = [
    {"association": {"public_ip": "192.0.2.1", "ip_owner_id": "amazon"}},
    {"association": {"public_ip": "192.0.2.2", "allocation_id": "eipalloc-1"}},
    {"private_ip_address": "10.0.0.1"},
]
TASK = {"launch_type": "FARGATE", "last_status": "RUNNING", "cpu": "512", "memory": "1024"}
TABLE_OF_DYNAMODB = {
    "provisioned_throughput": {"read_capacity_units": 10, "write_capacity_units": 5},
    "global_secondary_indexes": [
        {
            "provisioned_throughput": {"read_capacity_units": 1, "write_capacity_units": 2},
            "index_size_bytes": 2**30,
        }
    ],
    "table_size_bytes": 2 * 2**30,
}


@pytest.mark.parametrize(
    ("kind", "properties", "monthly"),
    [
        ("aws_ec2_instance", INSTANCE, "73"),
        ("aws_ec2_instance", {**INSTANCE, "usage_operation": "RunInstances:0002"}, "146"),
        (
            "aws_ec2_instance",
            {**INSTANCE, "usage_operation": None, "platform_details": "Windows"},
            "146",
        ),
        ("aws_ec2_instance", {**INSTANCE, "instance_status": "stopped"}, "0"),
        ("aws_ec2_instance", {**INSTANCE, "placement": {"tenancy": "host"}}, "0"),
        # 100 * 0.08 + 1000 * 0.005 + 125 / 1024 * 40.96
        ("aws_ec2_volume", VOLUME, "18"),
        ("aws_ec2_volume", {**VOLUME, "iops": 3000, "throughput": 125}, "8"),
        ("aws_ec2_volume", {"volume_type": "gp2", "size": 100}, "10"),
        # 10 * 0.125 + 32000 * 0.065 + 32000 * 0.0455 + 1000 * 0.032
        ("aws_ec2_volume", {"volume_type": "io2", "size": 10, "iops": 65000}, "3569.25"),
        ("aws_ec2_snapshot", {"volume_size": 8}, "0.4"),
        ("aws_ec2_snapshot", {"volume_size": 8, "full_snapshot_size_in_bytes": 2**30}, "0.05"),
        # The hours, and 100 * 0.115 for storage.
        ("aws_rds_instance", DATABASE, "24.64"),
        ("aws_rds_instance", {**DATABASE, "db_instance_status": "stopped"}, "11.5"),
        # 730 * 0.036 + 100 * 0.23 + 1000 * 0.04 + 125 * 0.16
        (
            "aws_rds_instance",
            {**DATABASE, "multi_az": True, "iops": 4000, "storage_throughput": 250},
            "109.28",
        ),
        # From 400 GiB on, gp3 has 12,000 IOPS and 500 MB/s: 730 * 0.018 + 400 * 0.115
        (
            "aws_rds_instance",
            {**DATABASE, "allocated_storage": 400, "iops": 12000, "storage_throughput": 500},
            "59.14",
        ),
        # With a license: 730 * 0.05 + 100 * 0.115
        (
            "aws_rds_instance",
            {**DATABASE, "engine": "oracle-se2", "license_model": "license-included"},
            "48",
        ),
        (
            "aws_rds_instance",
            {
                "engine": "aurora-mysql",
                "db_cluster_identifier": "shop",
                "db_instance_class": "db.r5.large",
                "db_instance_status": "available",
                "storage_type": "aurora-iopt1",
            },
            "292",
        ),
        # 730 hours of 11 reads at 0.00013 and 7 writes at 0.00065, and 3 GiB at 0.25.
        ("aws_dynamodb_table", TABLE_OF_DYNAMODB, "5.1154"),
        (
            "aws_dynamodb_table",
            {**TABLE_OF_DYNAMODB, "billing_mode_summary": {"billing_mode": "PAY_PER_REQUEST"}},
            "0.75",
        ),
        # 730 hours of half a CPU and of 1 GiB.
        ("aws_ecs_task", TASK, "17.52"),
        ("aws_ecs_task", {"launch_type": "EC2", "last_status": "RUNNING"}, "0"),
        ("aws_cloudwatch_alarm", {"period": 300}, "0.1"),
        ("aws_cloudwatch_alarm", {"metrics": [{"metric_stat": {"period": 60}}] * 2}, "0.2"),
        ("aws_ec2_network_interface", {"private_ip_addresses": ADDRESSES}, "3.65"),
        ("aws_ec2_network_interface", {"private_ip_addresses": []}, "0"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway", "state": "available"}, "0"),
        ("aws_security_group_of_nobody", {}, None),
    ],
)
def test_sums_are_those_by_hand(kind: str, properties: dict[str, Any], monthly: str | None) -> None:
    expected = None if monthly is None else Decimal(monthly)
    assert estimate(kind, properties).monthly == expected


def test_rates_without_a_region_hold_everywhere() -> None:
    assert estimate("aws_route53_zone", {}, region=GLOBAL).monthly == Decimal("0.5")


def test_global_resources_may_have_the_rates_of_a_region() -> None:
    assert estimate("aws_waf_web_acl", {"rules": [{}, {}]}, region=GLOBAL).monthly == 7


def test_values_of_other_resources_count() -> None:
    config = line(
        "aws_sagemaker_endpoint_config",
        {"production_variants": [{"instance_type": "ml.m5.large"}]},
        id="shop",
    )
    endpoint = {
        "endpoint_config_name": "shop",
        "production_variants": [{"current_instance_count": 2}],
    }
    assert estimate("aws_sagemaker_endpoint", endpoint, config).monthly == Decimal("175.2")
    assert estimate("aws_sagemaker_endpoint", endpoint).why == "its type was not read"


def test_serverless_instances_of_aurora_cost_their_least_capacity() -> None:
    scaling = {"serverless_v2_scaling_configuration": {"min_capacity": 0.5}}
    instance = {
        "engine": "aurora-mysql",
        "db_cluster_identifier": "shop",
        "db_instance_class": "db.serverless",
        "db_instance_status": "available",
        "storage_type": "aurora",
    }
    cluster = line("aws_rds_cluster", scaling, id="shop")
    assert estimate("aws_rds_instance", instance, cluster).monthly == Decimal("43.8")
    assert estimate("aws_rds_instance", instance).monthly is None


@pytest.mark.parametrize(
    ("kind", "properties", "rest", "why"),
    [
        ("aws_ec2_instance", {**INSTANCE, "instance_lifecycle": "spot"}, {}, "spot prices change"),
        ("aws_ec2_instance", {**INSTANCE, "outpost_arn": "arn:"}, {}, "it is on an Outpost"),
        (
            "aws_ec2_instance",
            {**INSTANCE, "instance_type": "m5.metal"},
            {},
            "no price of ec2.instance/linux/shared/m5.metal in eu-central-1",
        ),
        (
            "aws_ec2_instance",
            {**INSTANCE, "usage_operation": "RunInstances:9999"},
            {},
            "its platform is RunInstances:9999, whose price is not declared",
        ),
        ("aws_ec2_volume", VOLUME, {"region": "cn-north-1"}, "outside of the partition aws"),
        ("aws_ec2_volume", VOLUME, {"arn": "arn:aws-us-gov:ec2:x:1:v"}, "partition aws"),
        (
            "aws_ec2_volume",
            {**VOLUME, "availability_zone": "eu-central-1-ham-1a"},
            {},
            "prices of the zone eu-central-1-ham-1a are not known",
        ),
        ("aws_ec2_volume", {**VOLUME, "size": "much"}, {}, "its size is not a number"),
        ("aws_ec2_volume", {**VOLUME, "size": -1}, {}, "its size is not a number"),
        # What AWS leaves out means something only if all was read.
        ("aws_ec2_snapshot", {"volume_size": 8}, {"unread": {"Describe": "no"}}, "tier was not"),
        ("aws_s3_bucket", {}, {}, "size of a bucket"),
        ("no_such_kind", {}, {}, "its kind is not declared"),
    ],
)
def test_what_cannot_be_told_is_unknown(
    kind: str, properties: dict[str, Any], rest: dict[str, Any], why: str
) -> None:
    found = estimate(kind, properties, **rest)
    assert found.monthly is None
    assert why in found.why
    assert found.section() == {"monthly": None, "currency": "USD", "why": found.why}


def test_structures_in_place_of_texts_are_unknown() -> None:
    section = Estimator(book()).section(line("aws_ec2_volume", {**VOLUME, "size": [1]}))
    assert section["monthly"] is None


def test_known_prices_name_their_basis() -> None:
    assert estimate("aws_ec2_volume", VOLUME).section() == {
        "monthly": 18.0,
        "currency": "USD",
        "basis": "table 2026-09-19",
    }
    assert estimate("aws_iam_role", {}).basis == "AWS does not charge for it"


def test_what_has_ended_costs_nothing() -> None:
    found = estimate("aws_ec2_instance", {**INSTANCE, "instance_lifecycle": "spot"}, ended=True)
    assert (found.monthly, found.basis) == (0, "it has ended")


NUMBERS = {
    "aws_ec2_volume": (VOLUME, ("size", "iops", "throughput")),
    "aws_ec2_snapshot": ({"volume_size": 1}, ("volume_size",)),
    "aws_rds_instance": (DATABASE, ("iops", "storage_throughput")),
    "aws_dynamodb_table": (TABLE_OF_DYNAMODB, ("table_size_bytes",)),
    "aws_ecs_task": (TASK, ("cpu", "memory")),
}
NAMES = [(kind, name) for kind, (_, names) in NUMBERS.items() for name in names]


@given(st.sampled_from(NAMES), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_never_costs_less(which: tuple[str, str], one: int, other: int) -> None:
    kind, name = which
    least, most = sorted((one, other))
    properties = NUMBERS[kind][0]
    small = estimate(kind, {**properties, name: least}).monthly
    large = estimate(kind, {**properties, name: most}).monthly
    assert small is not None and large is not None
    assert 0 <= small <= large


REQUIRED = [
    (kind, name)
    for kind, (properties, _) in NUMBERS.items()
    for name in properties
    # These have a meaning if AWS leaves them out.
    if name not in ("availability_zone", "global_secondary_indexes", "provisioned_throughput")
]


@given(st.sampled_from(REQUIRED))
def test_what_was_not_read_makes_no_price(which: tuple[str, str]) -> None:
    kind, name = which
    properties = {key: value for key, value in NUMBERS[kind][0].items() if key != name}
    assert estimate(kind, properties).monthly is None


@given(st.sets(st.sampled_from(sorted(RATES))))
def test_without_a_price_nothing_is_known(lost: set[str]) -> None:
    """Of two books, the one that knows less never knows a price that the other one does not."""
    part = {**TABLE["parts"][0]}
    part["rates"] = {key: row for key, row in part["rates"].items() if key not in lost}
    less = PriceBook(table=lambda _: {**TABLE, "parts": [part]})
    for kind, (properties, _) in NUMBERS.items():
        found = Estimator(less).estimate(line(kind, properties)).monthly
        assert found is None or found == estimate(kind, properties).monthly


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), st.data())
def test_resources_that_share_an_estimate_have_their_own_price(
    names: list[tuple[str, str]], data: st.DataObject
) -> None:
    """An estimator that has seen others answers as a new one does."""
    shared = Estimator(book())
    for kind, name in names:
        # AWS writes one path always as one type; but a number may be whole or not.
        value = data.draw(st.sampled_from([0, 1, 1.0, "1", None, 5000]))
        one = line(kind, {**NUMBERS[kind][0], name: value})
        assert shared.section(one) == Estimator(book()).section(one)


def test_every_kind_can_be_asked() -> None:
    estimator = Estimator(book())
    for kind in DECISIONS:
        section = estimator.section(line(kind))
        assert ("basis" in section) == (section["monthly"] is not None)
        assert ("why" in section) == (section["monthly"] is None)
