"""Sums of monthly prices. Unknown prices are counted beside them, and never added as 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.model.owning_account import owning_account
from ebbtide.model.price import price_of

CURRENCY = "USD"
# A table of owners can be as long as the estate: the rest of it is one row.
MOST_ROWS = 2_000
OTHERS = "all others"
# Prices are in cents; more digits are only the noise of adding floats.
DIGITS = 6

type Row = list[Any]


@dataclass(slots=True)
class Sum:
    """What some resources cost a month: the sum of the known prices, and how many are unknown."""

    monthly: float = 0.0
    count: int = 0
    unknown: int = 0

    def add(self, monthly: float | None) -> None:
        self.count += 1
        if monthly is None:
            self.unknown += 1
        else:
            self.monthly += monthly

    def join(self, other: Sum) -> None:
        self.monthly += other.monthly
        self.count += other.count
        self.unknown += other.unknown

    @property
    def value(self) -> float | None:
        """The sum; None if there is something, and no price of it is known."""
        known = self.count > self.unknown or not self.count
        return round(self.monthly, DIGITS) if known else None


def price_in(line: Mapping[str, Any]) -> float | None:
    """Return what a resource costs its account a month; None if that is unknown.

    What another account shares is paid there, so here it costs nothing. A price in another
    currency could not be added to the others, and counts as unknown.
    """
    if owning_account(line) != line["account"]:
        return 0.0
    return monthly_in(price_of(line))


def monthly_in(value: Mapping[str, Any]) -> float | None:
    """Return the field `monthly` of a price, an entry or a sum; None if missing or null."""
    found = value.get("monthly")
    return None if found is None else float(found)


@dataclass(slots=True)
class Table:
    """Sums by the names of something, such as owners."""

    sums: dict[str, Sum] = field(default_factory=dict)

    def add(self, name: str, monthly: float | None) -> None:
        self._of(name).add(monthly)

    def join(self, name: str, other: Sum) -> None:
        self._of(name).join(other)

    def _of(self, name: str) -> Sum:
        found = self.sums.get(name)
        if found is None:
            found = self.sums[name] = Sum()
        return found

    def rows(self, most: int = MOST_ROWS) -> list[Row]:
        """Return `[name, monthly, count, unknown]`, the dearest first; null if none is known."""
        found = sorted(self.sums.items(), key=lambda one: (-one[1].monthly, one[0]))
        rest = Sum()
        for _, one in found[most:]:
            rest.join(one)
        shown = [*found[:most], *([(OTHERS, rest)] if rest.count else [])]
        return [[name, one.value, one.count, one.unknown] for name, one in shown]


@dataclass(slots=True)
class Costs:
    """What all resources cost, whether or not the report shows each of them."""

    total: Sum = field(default_factory=Sum)
    by_kind: Table = field(default_factory=Table)
    by_account: Table = field(default_factory=Table)
    by_owner: Table = field(default_factory=Table)
    # Currency -> number of resources with a price in it that could not be added.
    foreign: dict[str, int] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any], monthly: float | None, owner: str) -> None:
        """Add a resource, unless it is another account's."""
        if owning_account(line) != line["account"]:
            return
        self.total.add(monthly)
        self.by_kind.add(line["kind"], monthly)
        self.by_account.add(line["account"], monthly)
        self.by_owner.add(owner, monthly)
        price = line.get("price")
        currency = price.get("currency", CURRENCY) if isinstance(price, Mapping) else CURRENCY
        if isinstance(currency, str) and currency != CURRENCY:
            self.foreign[currency] = self.foreign.get(currency, 0) + 1

    def add_unread(self, account: str, counts: Mapping[str, int]) -> None:
        """Add resources whose lines are missing, by kind; whose they are is unknown as well."""
        for kind, count in counts.items():
            missing = Sum(count=count, unknown=count)
            self.total.join(missing)
            self.by_kind.join(kind, missing)
            self.by_account.join(account, missing)


def notes(costs: Costs, planned: Sum, realised: Sum) -> list[str]:
    """Say what the sums leave out."""
    found = []
    for what, one in (
        ("resources", costs.total),
        ("planned resources", planned),
        ("deleted resources", realised),
    ):
        if one.unknown:
            found.append(
                f"The price of {one.unknown:,} of {one.count:,} {what} is not known; the sum "
                "leaves them out."
            )
    found += [
        f"The prices of {number:,} resources are in {currency}; the sum leaves them out."
        for currency, number in sorted(costs.foreign.items())
    ]
    return found
