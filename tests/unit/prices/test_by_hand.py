"""Estimates equal, to the cent, what was priced by hand from other sources than the table's."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest

from ebbtide.model.lines import ResourceLine
from ebbtide.prices.book import CURRENCY, PriceBook
from ebbtide.prices.estimating import Estimator, estimate
from tests.support.each_case import for_each
from tests.support.paths import REPOSITORY
from tools.price_sources import sources
from tools.yaml_files import read_yaml

CENT = Decimal("0.01")
OPERATORS: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@cache
def by_hand() -> Mapping[str, Any]:
    path = REPOSITORY / "tests" / "data" / "prices" / "by_hand.yaml"
    found: Mapping[str, Any] = read_yaml(path)
    return found


CASES = by_hand()["cases"]


def named(case: Mapping[str, Any]) -> str:
    return f"{case['kind']} in {case['region']}, {case['sum']}"


def line(kind: str, region: str, properties: Mapping[str, Any], **other: Any) -> ResourceLine:
    return {  # type: ignore[typeddict-item]
        "kind": kind,
        "region": region,
        "properties": properties,
        "account": "111122223333",
        "arn": None,
        "ended": False,
        **other,
    }


def result(text: str) -> Decimal:
    """Return the result of a sum, calculated exactly."""

    def of(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        return Decimal(ast.get_source_segment(text, node) or "")

    return of(ast.parse(text, mode="eval").body)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len({case["kind"] for case in CASES}) >= 35
    assert len({case["region"] for case in CASES}) >= 6


@for_each("case", CASES, named=named)
def test_sum_is_calculated_right(case: Mapping[str, Any]) -> None:
    assert result(case["sum"]).quantize(CENT, ROUND_HALF_UP) == Decimal(case["monthly"])


@for_each("case", CASES, named=named)
def test_estimate_equals_the_price_by_hand(case: Mapping[str, Any]) -> None:
    found = estimate(line(case["kind"], case["region"], case["properties"]), PriceBook())
    assert found.monthly is not None, found.why
    assert found.monthly.quantize(CENT, ROUND_HALF_UP) == Decimal(case["monthly"])
    assert found.basis.startswith("table ")


@for_each("case", CASES, named=named)
def test_case_was_priced_from_another_source_than_the_table(case: Mapping[str, Any]) -> None:
    book = PriceBook()
    estimate(line(case["kind"], case["region"], case["properties"]), book)
    mine = by_hand()["sources"][case["source"]]
    for key, region in book.asked:
        theirs = sources()[source_of(book, key, region)]
        assert (theirs.repository, theirs.path) != (mine["repository"], mine["path"])


def source_of(book: PriceBook, key: str, region: str) -> str:
    """Return which source the price in the table has."""
    document = book.table(key.partition(".")[0])
    assert document is not None
    for part in document["parts"]:
        for name in (region, "*"):
            if name in part["regions"] and key in part["rates"]:
                row = part["rates"][key]
                place = part["regions"].index(name)
                if place < len(row) and row[place] is not None:
                    return str(part["source"])
    raise AssertionError(f"{key} in {region} has no price")


def test_every_source_is_used_and_can_be_opened() -> None:
    assert {case["source"] for case in CASES} == set(by_hand()["sources"])
    for source in by_hand()["sources"].values():
        assert source["repository"].count("/") == 1
        assert len(source["commit"]) == 40
        assert source["path"] and source["date"]


VOLUME = {"volume_type": "gp3", "size": 100, "iops": 3000, "throughput": 125}
DATABASE = {
    "engine": "postgres",
    "db_instance_class": "db.t3.large",
    "db_instance_status": "available",
    "multi_az": False,
    "storage_type": "gp2",
    "allocated_storage": 20,
}
APP = {"instance_configuration": {"memory": "2048"}, "status": "RUNNING"}


def without(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != name}


@pytest.mark.parametrize(
    ("kind", "region", "properties", "why"),
    [
        ("aws_ec2_volume", "xx-east-9", VOLUME, "no price of ebs.storage/gp3 in xx-east-9"),
        (
            "aws_ec2_volume",
            "us-east-1",
            VOLUME | {"volume_type": "gp9"},
            "no price of ebs.storage/gp9 in us-east-1",
        ),
        ("aws_ec2_volume", "us-east-1", without(VOLUME, "size"), "its size was not read"),
        ("aws_ec2_volume", "us-east-1", without(VOLUME, "volume_type"), "its type was not read"),
        ("aws_ec2_volume", "us-gov-west-1", VOLUME, "outside of the partition aws"),
        (
            "aws_rds_instance",
            "us-east-1",
            DATABASE | {"db_instance_class": "db.t99.large"},
            "no price of rds.instance/postgres/single-az/db.t99.large in us-east-1",
        ),
        ("aws_rds_instance", "us-east-1", DATABASE | {"engine": "other"}, "its engine is other"),
        ("aws_rds_instance", "us-east-1", without(DATABASE, "multi_az"), "was not read"),
        # No source was found for these: nothing is filled in from memory.
        ("aws_secretsmanager_secret", "sa-east-1", {"name": "shop"}, "no price of secrets.secret"),
        ("aws_apprunner_service", "us-east-1", APP, "no price of apprunner.memory"),
        ("aws_nothing_known", "us-east-1", {}, "its kind is not declared"),
    ],
)
def test_what_has_no_price_is_unknown_and_says_why(
    kind: str, region: str, properties: Mapping[str, Any], why: str
) -> None:
    section = Estimator(PriceBook()).section(line(kind, region, properties))
    assert section["monthly"] is None
    assert section["currency"] == CURRENCY
    assert why in section["why"]
    assert "basis" not in section


def test_one_missing_price_makes_the_whole_estimate_unknown() -> None:
    """A volume is not priced by its size alone if nothing is known of its IOPS."""

    def only_storage(_: str) -> Mapping[str, Any]:
        return {
            "sources": {"one": {"date": "2026-01-01"}},
            "parts": [
                {"source": "one", "regions": ["us-east-1"], "rates": {"ebs.storage/gp3": [0.08]}}
            ],
        }

    book = PriceBook(table=only_storage)
    slow, fast = VOLUME, VOLUME | {"iops": 4000}
    assert estimate(line("aws_ec2_volume", "us-east-1", slow), book).monthly == 8
    found = estimate(line("aws_ec2_volume", "us-east-1", fast), book)
    assert found.monthly is None
    assert found.why == "no price of ebs.iops/gp3 in us-east-1"
