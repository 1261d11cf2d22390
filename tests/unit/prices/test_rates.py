"""A rate finds its products in the Price List, and no others."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from ebbtide.prices.rates import RATES, first_price, prices_of
from tests.support.price_list import instance, product

GP3 = {"volumeApiName": "gp3", "operation": ""}


def test_prices_have_a_key_and_a_region() -> None:
    found = prices_of(
        [
            instance("m5.large", "0.0960000000"),
            instance(
                "m5.large", "0.1150000000", "eu-central-1", usagetype="EUC1-BoxUsage:m5.large"
            ),
            instance("m5.large", "0.1880000000", operation="RunInstances:0002"),
            instance("m5.large", "0.1020000000", tenancy="Dedicated"),
            product(
                "AmazonEC2",
                "Storage",
                "GB-Mo",
                ("0", "0.0800000000"),
                usagetype="EBS:VolumeUsage.gp3",
                **GP3,
            ),
        ]
    )
    assert found == {
        ("ec2.instance/linux/shared/m5.large", "us-east-1"): Decimal("0.096"),
        ("ec2.instance/linux/shared/m5.large", "eu-central-1"): Decimal("0.115"),
        ("ec2.instance/windows/shared/m5.large", "us-east-1"): Decimal("0.188"),
        ("ec2.instance/linux/dedicated/m5.large", "us-east-1"): Decimal("0.102"),
        ("ebs.storage/gp3", "us-east-1"): Decimal("0.08"),
    }


@pytest.mark.parametrize(
    "other",
    [
        {"capacitystatus": "UnusedCapacityReservation"},
        {"marketoption": "Spot"},
        {"operation": "RunInstances:FFFF"},
        {"tenancy": "Host", "price": "0.0000000000"},
    ],
)
def test_other_products_are_left_out(other: dict[str, str]) -> None:
    assert prices_of([instance("m5.large", **{"price": "0.09", **other})]) == {}


@pytest.mark.parametrize(
    ("usage", "key"),
    [
        ("EBS:VolumeP-IOPS.piops", "ebs.iops/io1"),
        ("EUW1-EBS:VolumeP-IOPS.io2", "ebs.iops/io2"),
        ("EBS:VolumeP-IOPS.io2.tier2", "ebs.iops/io2-above-32000"),
        ("APN1-EBS:VolumeP-IOPS.gp3", "ebs.iops/gp3"),
        ("EBS:VolumeIOUsage", None),
    ],
)
def test_usage_types_may_begin_with_a_region(usage: str, key: str | None) -> None:
    sold = product(
        "AmazonEC2", "System Operation", "IOPS-Mo", ("0", "0.0650000000"), usagetype=usage
    )
    assert [name for name, _ in prices_of([sold])] == ([key] if key else [])


def test_products_without_a_region_are_sold_everywhere() -> None:
    zone = product(
        "AmazonRoute53",
        "DNS Zone",
        "HostedZone",
        ("0", "0.5000000000"),
        ("25", "0.1000000000"),
        region="",
        usagetype="HostedZone",
    )
    assert prices_of([zone]) == {("route53.zone", "*"): Decimal("0.5")}


def test_the_free_tier_is_left_out() -> None:
    dashboard = product(
        "AmazonCloudWatch",
        "Dashboard",
        "Dashboards",
        ("0", "0.0000000000"),
        ("3", "3.0000000000"),
        region="",
        usagetype="DashboardsUsageHour",
    )
    assert prices_of([dashboard]) == {("cloudwatch.dashboard", "*"): Decimal(3)}


def test_two_prices_of_one_rate_are_none() -> None:
    both = [instance("m5.large", "0.1"), instance("m5.large", "0.2", licenseModel="other")]
    assert prices_of(both) == {}
    assert len(prices_of([both[0], both[0]])) == 1


def test_another_unit_or_currency_is_no_price() -> None:
    terms: Any = instance("m5.large", "0.1")["terms"]
    assert first_price(terms, "Hrs") == Decimal("0.1")
    assert first_price(terms, "GB-Mo") is None
    (term,) = terms["OnDemand"].values()
    for dimension in term["priceDimensions"].values():
        dimension["pricePerUnit"] = {"CNY": "1"}
    assert first_price(terms, "Hrs") is None
    assert first_price({}, "Hrs") is None


def test_questions_name_the_type_of_an_instance() -> None:
    key = "rds.instance/postgres/multi-az/db.r6g.large"
    (query,) = [one for one in (rate.query(key, "us-west-2") for rate in RATES) if one]
    assert query.service == "AmazonRDS"
    assert dict(query.filters) == {
        "productFamily": "Database Instance",
        "regionCode": "us-west-2",
        "instanceType": "db.r6g.large",
    }


def test_questions_about_rates_of_no_region_name_none() -> None:
    (query,) = [one for one in (rate.query("route53.zone", "global") for rate in RATES) if one]
    assert "regionCode" not in dict(query.filters)


def test_each_rate_is_declared_once() -> None:
    seen = Counter((rate.key, rate.family) for rate in RATES)
    assert [one for one, count in seen.items() if count > 1] == []
    assert all(rate.unit and rate.service for rate in RATES)
