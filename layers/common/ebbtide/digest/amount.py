"""Sums of monthly prices, of which some may be unknown; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

UNKNOWN = "price unknown"


@dataclass(frozen=True, slots=True)
class Amount:
    """What `count` resources cost in US dollars a month.

    `unknown` of them have a price that is unknown, and that the sum lacks.
    """

    monthly: float = 0.0
    count: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, prices: Iterable[float | None]) -> Self:
        known = list(prices)
        found = [price for price in known if price is not None]
        return cls(round(sum(found), 4), len(known), len(known) - len(found))

    @property
    def words(self) -> str:
        """Say the sum, and how many prices it lacks."""
        if self.unknown == self.count:
            return UNKNOWN if self.count else price(0.0)
        if not self.unknown:
            return price(self.monthly)
        of_count = f"{self.unknown} of {self.count}"
        return f"at least {price(self.monthly)}; the price of {of_count} is unknown"

    @property
    def saving(self) -> str:
        """Say what their deletion saves."""
        if self.count and self.unknown == self.count:
            return "savings unknown"
        return f"saves {self.words}"


def price(monthly: float | None) -> str:
    """Return a price in words."""
    return UNKNOWN if monthly is None else f"{monthly:,.2f} USD a month"
