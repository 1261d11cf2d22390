"""The price of a resource: what it costs a month at list price while idle, or why not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict

CURRENCY: Final = "USD"


class PriceLine(TypedDict):
    """The section `price` of a resource's line (docs/data.md).

    `monthly` is in `currency` for 730 hours; None if it is unknown, and then `why` says so. `basis`
    names the list of prices and its date.
    """

    monthly: float | None
    currency: str
    basis: NotRequired[str]
    why: NotRequired[str]


# The price of a resource whose line has none, such as in the snapshots of older versions.
NO_PRICE: Final[PriceLine] = {
    "monthly": None,
    "currency": CURRENCY,
    "why": "the snapshot has no price for it",
}
# Nothing costs more USD a month; sums of such prices stay exact to a hundredth of a cent.
MOST: Final = 1e9
NAMES: Final = ("monthly", "currency", "basis", "why")


def price_of(line: Mapping[str, Any]) -> PriceLine:
    """Return the price that the line of a resource has.

    What is no price, such as a negative amount or one in another currency, is unknown: in a sum, it
    would hide what others cost.
    """
    found: PriceLine | None = line.get("price")
    if found is None:
        return NO_PRICE
    if not isinstance(found, Mapping):
        return _no_price("the snapshot has something else as its price")
    monthly = found.get("monthly")
    if monthly is None:
        return found if "monthly" in found and "currency" in found else NO_PRICE
    if found.get("currency") != CURRENCY:
        return _no_price(f"the snapshot has its price in {found.get('currency')}")
    if not is_price(monthly):
        return _no_price(f"the snapshot has {monthly!r} as its price")
    return found


def is_price(monthly: Any) -> bool:
    """Return whether a value can be a monthly price in USD; NaN cannot, as it is not comparable."""
    return type(monthly) in (int, float) and 0 <= monthly <= MOST


def _no_price(why: str) -> PriceLine:
    return {"monthly": None, "currency": CURRENCY, "why": why}


def price_words(price: PriceLine) -> str:
    """Return a price as a part of a sentence about a resource."""
    if price["monthly"] is None:
        return f"its price is unknown: {price.get('why') or 'nobody said why'}"
    if price["monthly"] == 0:
        return "it costs nothing while idle"
    return f"it costs about {amount(price['monthly'])} a month"


def amount(money: float) -> str:
    """Return an amount of money with its currency, such as `1,234.50 USD`; small ones in full."""
    digits = 2 if money == 0 or abs(money) >= 0.01 else 4
    return f"{money:,.{digits}f} {CURRENCY}"
