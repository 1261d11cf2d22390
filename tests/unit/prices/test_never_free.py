"""What bills although nobody uses it is never 0, and what is no price is never added."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.prices.book import PriceBook
from ebbtide.prices.estimating import Estimator
from ebbtide.prices.rates import first_price, prices_of
from tests.support.price_list import product
from tests.unit.prices.test_estimating import REGION, estimate, line

_VPC = {"vpc_configuration_description": {"vpc_id": "vpc-1"}}
_QUERY = {"metrics": [{"expression": 'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2")'}]}


@pytest.mark.parametrize(
    ("kind", "properties", "why"),
    [
        ("aws_appsync_graphql_api", {}, "cache"),
        ("aws_backup_framework", {}, "evaluate"),
        ("aws_backup_restore_testing_plan", {}, "schedule"),
        ("aws_config_rule", {"maximum_execution_frequency": "One_Hour"}, "periodically"),
        ("aws_cloudwatch_alarm", _QUERY, "query"),
        ("aws_ec2_elastic_ip", {"public_ipv4_pool": "ipam-pool-1"}, "pool"),
        ("aws_ec2_reserved_instances", {"state": "active"}, "used or not"),
        ("aws_ecs_container_instance", {"ec2_instance_id": "mi-1"}, "outside of AWS"),
        ("aws_eks_addon", {"marketplace_information": {"product_id": "1"}}, "Marketplace"),
        ("aws_lambda_event_source_mapping", {"provisioned_poller_config": {"a": 1}}, "pollers"),
        ("aws_network_firewall", {"transit_gateway_id": "t", "subnet_mappings": []}, "zones"),
        *(
            ("aws_firehose_delivery_stream", {"destinations": [{name: _VPC}]}, "VPC")
            for name in (
                "amazonopensearchservice_destination_description",
                "elasticsearch_destination_description",
                "amazon_open_search_serverless_destination_description",
            )
        ),
    ],
)
def test_what_bills_while_nobody_uses_it_is_not_free(
    kind: str, properties: dict[str, Any], why: str
) -> None:
    found = estimate(kind, properties)
    assert found.monthly is None
    assert why in found.why


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("aws_config_rule", {}),
        ("aws_ecs_container_instance", {"ec2_instance_id": "i-1"}),
        ("aws_eks_addon", {}),
        ("aws_firehose_delivery_stream", {"destinations": [{"s3_destination_description": {}}]}),
        ("aws_lambda_event_source_mapping", {}),
    ],
)
def test_what_does_not_bill_costs_nothing(kind: str, properties: dict[str, Any]) -> None:
    assert estimate(kind, properties).monthly == 0


@pytest.mark.parametrize("kind", ["aws_rds_snapshot", "aws_rds_cluster_snapshot"])
def test_snapshots_of_aws_backup_bill(kind: str) -> None:
    properties = {
        "engine": "aurora-mysql",
        "snapshot_type": "awsbackup",
        "volume_size": 100,
        "allocated_storage": 100,
    }
    found = Estimator(PriceBook()).estimate(line(kind, properties, region="us-east-1"))
    assert found.monthly is None or found.monthly > 0


CLUSTERED = {
    "engine": "mysql",
    "status": "available",
    "storage_type": "gp3",
    "allocated_storage": 400,
    "iops": 14000,
    "storage_throughput": 600,
}


def test_a_cluster_pays_for_more_than_gp3_includes_and_its_members_do_not() -> None:
    prices = {
        "rds.instance/mysql/cluster/db.m5d.large": "0.5",
        "rds.storage/gp3/cluster": "0.2",
        "rds.iops/gp3/cluster": "0.05",
        "rds.throughput/gp3/cluster": "0.1",
    }
    month = {"month": "2026-11", "rates": {key: {REGION: one} for key, one in prices.items()}}
    estimator = Estimator(PriceBook(month, lambda _: None))
    cluster = {**CLUSTERED, "db_cluster_instance_class": "db.m5d.large"}
    whole = estimator.estimate(line("aws_rds_cluster", cluster)).monthly
    assert whole == Decimal("0.5") * 730 + 80 + 2000 * Decimal("0.05") + 100 * Decimal("0.1")
    member = {
        **CLUSTERED,
        "db_cluster_identifier": "shop",
        "db_instance_class": "db.m5d.large",
        "db_instance_status": "available",
        "multi_az": False,
    }
    assert estimator.estimate(line("aws_rds_instance", member)).monthly == 0


@given(st.sampled_from(["1e30", "1e999", 10**400, 1e308, float("inf"), float("nan"), -1, "_"]))
def test_a_size_that_cannot_be_makes_the_price_unknown(size: Any) -> None:
    found = estimate("aws_ec2_volume", {"volume_type": "gp2", "size": size})
    assert found.monthly is None
    assert found.why


def test_what_cannot_be_added_makes_the_price_unknown() -> None:
    shards = [{"number_of_nodes": 2}, {"number_of_nodes": "two"}]
    properties = {"engine": "redis", "node_type": "db.t4g.small", "shards": shards}
    where = line("aws_memorydb_cluster", properties, region="us-east-1")
    assert Estimator(PriceBook()).section(where)["monthly"] is None
    assert Estimator(PriceBook()).estimate(where).monthly is None


@pytest.mark.parametrize("price", ["NaN", "-1", "Infinity", "1e40", "free", "", 1, None, []])
def test_what_is_no_price_falls_back_to_the_table(price: Any) -> None:
    table = {
        "sources": {"made-up": {"date": "2026-09-19"}},
        "parts": [{"source": "made-up", "regions": [REGION], "rates": {"ebs.storage/gp2": [0.1]}}],
    }
    month = {"month": "2026-11", "rates": {"ebs.storage/gp2": {REGION: price}}}
    found = PriceBook(month, lambda _: table).find("ebs.storage/gp2", REGION)
    assert found is not None
    assert (found.amount, found.basis) == (Decimal("0.1"), "table 2026-09-19")


@pytest.mark.parametrize(
    "prices",
    [
        [("0", "0.1"), ("0", "0.2")],
        [("0", "NaN")],
        [("0", "Infinity")],
        [("0", "-1")],
        [("0", "0.1"), ("100", "cheap")],
        [("many", "0.1")],
        [("0", None)],
    ],
)
def test_prices_that_are_ambiguous_or_none_are_left_out(prices: Any) -> None:
    entry = product("AmazonEC2", "Storage", "GB-Mo", *prices)
    assert first_price(entry["terms"], "GB-Mo") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inside: (
            st.lists(inside, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["OnDemand", "a", "priceDimensions", "pricePerUnit", "USD", "unit"]
                ),
                inside,
                max_size=4,
            )
        ),
    )
)
def test_products_of_another_form_are_left_out(odd: Any) -> None:
    good = product(
        "AmazonEC2",
        "Storage",
        "GB-Mo",
        ("0", "0.08"),
        usagetype="EBS:VolumeUsage.gp3",
        volumeApiName="gp3",
    )
    other = {**good, "terms": odd}
    bad = [{**good, "product": odd}, {**good, "product": {"attributes": odd}}]
    found = prices_of([{}, other, {**good, "serviceCode": odd}, *bad, good])
    assert found == {("ebs.storage/gp3", "us-east-1"): Decimal("0.08")}
