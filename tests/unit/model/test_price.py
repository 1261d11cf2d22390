"""The price that the line of a resource has: known, unknown with a reason, or absent."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.model.price import CURRENCY, MOST, NO_PRICE, price_of, price_words

KNOWN = {"monthly": 8.1, "currency": CURRENCY, "basis": "list price of 2026-09-19"}
UNKNOWN = {"monthly": None, "currency": CURRENCY, "why": "its region has no price"}


def test_a_known_price_is_what_the_line_says() -> None:
    assert price_of({"id": "vol-1", "price": KNOWN}) == KNOWN
    assert price_words(price_of({"price": KNOWN})) == "it costs about 8.10 USD a month"


@pytest.mark.parametrize("monthly", [0, 0.0, MOST])
def test_free_and_the_highest_prices_are_known(monthly: float) -> None:
    assert price_of({"price": {**KNOWN, "monthly": monthly}})["monthly"] == monthly


def test_an_unknown_price_keeps_its_reason() -> None:
    assert price_of({"price": UNKNOWN}) == UNKNOWN
    words = price_words(price_of({"price": UNKNOWN}))
    assert words == "its price is unknown: its region has no price"


@pytest.mark.parametrize("line", [{}, {"price": None}, {"price": {}}, {"price": {"monthly": None}}])
def test_a_line_without_a_price_has_an_unknown_one(line: dict[str, Any]) -> None:
    assert price_of(line) == NO_PRICE
    assert price_of(line)["monthly"] is None


@pytest.mark.parametrize(
    "price",
    [
        {**KNOWN, "currency": "EUR"},
        {**KNOWN, "monthly": -1},
        {**KNOWN, "monthly": float("nan")},
        {**KNOWN, "monthly": MOST * 2},
        {**KNOWN, "monthly": "8.1"},
        {**KNOWN, "monthly": True},
        "8.1",
    ],
)
def test_what_is_no_price_is_unknown_and_says_why(price: Any) -> None:
    found = price_of({"price": price})
    assert found["monthly"] is None
    assert found["why"].startswith("the snapshot has")
