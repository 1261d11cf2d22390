"""Sums of monthly prices of what is, or was, deleted: of all, and by rule, account and owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import fsum
from typing import Any, Final, NamedTuple

from ebbtide.model.price import CURRENCY, amount

# By what sums are divided.
PARTS: Final = ("rule", "account", "owner", "kind")
# The owner, or rule, of what has none.
NOBODY: Final = ""


class Saved(NamedTuple):
    """One resource: its monthly price, None if it is unknown, and what it counts for.

    It counts once, for the first rule that selected it.
    """

    monthly: float | None
    rule: str
    account: str
    owner: str
    kind: str


class Money(NamedTuple):
    """The known ones of the monthly prices of `resources`, of which `unknown` have none.

    `monthly` is their sum, for arithmetic; what people and files are told is `known`.
    """

    monthly: float = 0.0
    unknown: int = 0
    resources: int = 0

    @classmethod
    def of(cls, prices: Iterable[float | None]) -> Money:
        found = list(prices)
        known = [price for price in found if price is not None]
        # The exact sum is rounded once, so that the order of the prices does not matter.
        return cls(round(fsum(known), 4), len(found) - len(known), len(found))

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Money:
        found = value or {}
        monthly = found.get("monthly") or 0.0
        return cls(monthly, found.get("unknown", 0), found.get("resources", 0))

    @property
    def known(self) -> float | None:
        """The sum; None if there is something, and no price of it is known."""
        return None if self.resources and self.unknown == self.resources else self.monthly

    @property
    def words(self) -> str:
        """Say the sum, and how many prices are not in it."""
        if not self.unknown:
            return f"about {amount(self.monthly)} a month"
        if self.unknown == self.resources:
            return f"an unknown amount ({_priceless(self.unknown)})"
        return f"at least about {amount(self.monthly)} a month ({_priceless(self.unknown)})"

    def to_json(self) -> dict[str, Any]:
        """Return the sum; `monthly` is None if there is something, and no price of it is known."""
        return {
            "monthly": self.known,
            "unknown": self.unknown,
            "resources": self.resources,
            "currency": CURRENCY,
        }


def _priceless(number: int) -> str:
    return f"the price of {number:,} {'resource is' if number == 1 else 'resources is'} unknown"


def sums_by(part: str, saved: Iterable[Saved]) -> dict[str, Money]:
    """Return the sums by rule, account, owner or kind, the largest first."""
    prices: dict[str, list[float | None]] = defaultdict(list)
    for one in saved:
        prices[getattr(one, part)].append(one.monthly)
    found = {name: Money.of(several) for name, several in prices.items()}
    return dict(sorted(found.items(), key=lambda entry: (-entry[1].monthly, entry[0])))


def savings(saved: Iterable[Saved]) -> dict[str, Any]:
    """Return the sum of all as JSON, with the sums of each division below `by`."""
    found = list(saved)
    return {
        **Money.of(one.monthly for one in found).to_json(),
        "by": {
            part: {name: sum.to_json() for name, sum in sums_by(part, found).items()}
            for part in PARTS
        },
    }
