"""The merge writes the price of each resource; a new price is no change of the resource."""

from datetime import UTC, datetime
from typing import Any

import pytest
import zstandard

from ebbtide.base.json_lines import encode_line
from ebbtide.graph.merged_lines import merge_lines
from ebbtide.graph.pricing import price_lines, read_book, write_rates
from ebbtide.model.coverage import Coverage
from ebbtide.prices.book import PriceBook
from ebbtide.store.bucket import Bucket
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.memory_s3 import MemoryS3
from tests.support.memory_store import MemoryStore

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
GP = ("ebs.storage/gp2", "ebs.storage/gp3")
VOLUME = {"volume_type": "gp2", "size": 100, "availability_zone": f"{REGION}a"}


def document(month: str, price: str = "0.1", **other: Any) -> dict[str, Any]:
    rates = {"ebs.storage/gp2": {REGION: price}}
    return {"format": 1, "month": month, "rates": rates, "missing": {}} | other


def book(price: str) -> PriceBook:
    return PriceBook(document("2026-11", price), lambda _: None)


def line() -> Any:
    return resource("aws_ec2_volume", "vol-1", properties=dict(VOLUME)).to_line()


def test_each_line_gets_a_price_and_the_account_its_bases() -> None:
    bucket = resource("aws_s3_bucket", "shop").to_line()
    lines = {one["graph_id"]: one for one in (line(), bucket)}
    found = price_lines(lines, book("0.1"))
    assert [one["price"] for one in lines.values()] == [
        {"monthly": 10.0, "currency": "USD", "basis": "price list 2026-11"},
        {
            "monthly": None,
            "currency": "USD",
            "why": "the size of a bucket is not in the answers of the S3 API",
        },
    ]
    assert found == {"price list 2026-11": 1, "unknown": 1}


def test_a_new_price_is_no_change() -> None:
    coverage = [Coverage(ACCOUNT, REGION, "aws_ec2_volume", "complete")]
    first = merge_lines([line()], {}, coverage, "2026-11-22T10:00:00Z")
    price_lines(first.lines, book("0.1"))
    second = merge_lines([line()], first.lines, coverage, "2026-11-22T11:00:00Z")
    price_lines(second.lines, book("0.2"))
    (before,), (after,) = first.lines.values(), second.lines.values()
    assert before["price"]["monthly"] != after["price"]["monthly"]
    assert second.changes == []
    assert after["updated"] == before["updated"]


def test_what_is_carried_over_is_priced_again() -> None:
    failed = [Coverage(ACCOUNT, REGION, "aws_ec2_volume", "failed")]
    first = merge_lines([line()], {}, failed, "2026-11-22T10:00:00Z")
    price_lines(first.lines, book("0.1"))
    second = merge_lines([], first.lines, failed, "2026-11-22T11:00:00Z")
    price_lines(second.lines, book("0.2"))
    (stale,) = second.lines.values()
    assert stale["stale_since"]
    assert stale["price"]["monthly"] == 20.0


@pytest.mark.parametrize(
    ("stored", "basis"),
    [
        (["2026-11", "2026-10"], "price list 2026-11"),
        (["2026-10"], "price list 2026-10"),
        (["2026-09"], None),
        ([], None),
    ],
)
def test_the_book_is_that_of_the_month_or_of_the_one_before(
    stored: list[str], basis: str | None
) -> None:
    store = MemoryStore({f"prices/{month}.json.zst": [document(month)] for month in stored})
    found = read_book(store, AT)
    found.table = lambda _: None
    price = found.find("ebs.storage/gp2", REGION)
    assert (price.basis if price else None) == basis


def test_a_book_of_another_format_is_none() -> None:
    store = MemoryStore({"prices/2026-11.json.zst": [document("2026-11", format=2)]})
    assert read_book(store, AT).month is None


def test_what_a_new_month_does_not_know_yet_is_that_of_the_month_before() -> None:
    new = document("2026-11", rates={}, missing={"ebs.storage/gp3": [REGION]})
    old = document("2026-10", rates={name: {REGION: "0.1"} for name in GP})
    stored = {f"prices/{one['month']}.json.zst": [one] for one in (new, old)}
    found = read_book(MemoryStore(stored), AT)
    found.table = lambda _: None
    price = found.find("ebs.storage/gp2", REGION)
    assert price is not None and price.basis == "price list 2026-10"
    # AWS has answered this month that it does not sell it.
    assert found.find("ebs.storage/gp3", REGION) is None


@pytest.mark.parametrize(
    "odd",
    [
        [],
        [1],
        [document("2026-11"), document("2026-11")],
        [document("2026-12")],
        [{"format": 1}],
        [document("2026-11", rates=None)],
        [document("2026-11", rates={"ebs.storage/gp2": "0.1"})],
        [document("2026-11", missing=[])],
        [document("2026-11", missing={"ebs.storage/gp2": 1})],
    ],
)
def test_prices_of_another_form_are_none(odd: list[Any]) -> None:
    assert read_book(MemoryStore({"prices/2026-11.json.zst": odd}), AT).month is None


@pytest.mark.parametrize("body", [b"", b"not compressed", "cut", "no json"])
def test_prices_that_cannot_be_read_leave_the_table(body: bytes | str) -> None:
    if body == "cut":
        body = zstandard.compress(encode_line(document("2026-11")))[:-9]
    elif body == "no json":
        body = zstandard.compress(b'{"format": 1,')
    bucket = Bucket(MemoryS3(), "bucket")
    bucket._client.put_object(Bucket="bucket", Key="prices/2026-11.json.zst", Body=body)
    (one,) = lines = [line()]
    found = price_lines({one["graph_id"]: one}, read_book(bucket, AT))
    assert lines[0]["price"]["monthly"] is not None
    assert [basis.partition(" ")[0] for basis in found] == ["table"]


def test_the_rates_of_an_account_are_kept_for_the_refresh() -> None:
    store: Any = MemoryStore()
    write_rates(store, "rates", {("b", "us-east-1"), ("a", "sa-east-1"), ("b", "eu-west-1")})
    assert store.objects["rates"] == {
        "format": 1,
        "rates": {"a": ["sa-east-1"], "b": ["eu-west-1", "us-east-1"]},
    }
