"""The price of a resource: what it costs a month at list price while idle, or why not known."""

from __future__ import annotations

from typing import Final, NotRequired, TypedDict

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
NAMES: Final = ("monthly", "currency", "basis", "why")


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
