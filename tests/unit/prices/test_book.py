"""The month's Price List comes first, then the shipped table; only what is needed is read."""

from decimal import Decimal
from typing import Any

from ebbtide.prices.book import Document, Price, PriceBook

TABLE: Document = {
    "sources": {"old": {"date": "2025-01-31"}, "new": {"date": "2026-09-19"}},
    "parts": [
        {
            "source": "new",
            "regions": ["us-east-1", "eu-west-1", "sa-east-1"],
            # A row may end before the regions do.
            "rates": {"ebs.storage/gp3": [0.08, None], "ebs.storage/gp2": [0.1]},
        },
        {
            "source": "old",
            "regions": ["eu-west-1", "*"],
            "rates": {"ebs.storage/gp3": [0.088], "ebs.snapshot/standard": [None, 0.05]},
        },
    ],
}
MONTH: Document = {
    "month": "2026-11",
    "rates": {"ebs.storage/gp3": {"us-east-1": "0.079"}, "route53.zone": {"*": "0.5"}},
}


def test_the_price_list_comes_before_the_table() -> None:
    book = PriceBook(MONTH, lambda _: TABLE)
    listed = Price(Decimal("0.079"), "price list 2026-11")
    assert book.find("ebs.storage/gp3", "us-east-1") == listed
    assert book.find("ebs.storage/gp2", "us-east-1") == Price(Decimal("0.1"), "table 2026-09-19")


def test_each_price_has_the_date_of_its_source() -> None:
    book = PriceBook(table=lambda _: TABLE)
    assert book.find("ebs.storage/gp3", "eu-west-1") == Price(Decimal("0.088"), "table 2025-01-31")


def test_prices_without_a_region_hold_everywhere() -> None:
    book = PriceBook(MONTH, lambda _: TABLE)
    assert book.find("ebs.snapshot/standard", "sa-east-1") is not None
    assert book.find("route53.zone", "global") == Price(Decimal("0.5"), "price list 2026-11")


def test_what_nobody_knows_is_unknown() -> None:
    book = PriceBook(MONTH, lambda _: TABLE)
    assert book.find("ebs.storage/gp3", "sa-east-1") is None
    assert book.find("ebs.storage/io2", "us-east-1") is None
    assert PriceBook(table=lambda _: None).find("ebs.storage/gp3", "us-east-1") is None


def test_a_table_is_read_once_and_only_if_it_is_asked_for() -> None:
    read: list[str] = []

    def table(service: str) -> Any:
        read.append(service)
        return TABLE

    book = PriceBook(table=table)
    assert read == []
    for region in ("us-east-1", "eu-west-1", "us-east-1"):
        book.find("ebs.storage/gp3", region)
    assert read == ["ebs"]
    assert book.asked == {("ebs.storage/gp3", "us-east-1"), ("ebs.storage/gp3", "eu-west-1")}
