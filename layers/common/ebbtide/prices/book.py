"""Look up the price of a rate in a region: in the month's Price List, else in the shipped table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import orjson

from ebbtide.model.price import MOST
from ebbtide.prices.rate import EVERYWHERE, service_of

FORMAT = 1
CURRENCY = "USD"
_TABLE = Path(__file__).with_name("table")

type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Price:
    """A price per unit in USD, and its basis: "table 2026-09-19" or "price list 2026-11"."""

    amount: Decimal
    basis: str


def shipped_table(service: str) -> Document | None:
    """Return the shipped table of a service, such as "ec2"; None if there is none."""
    path = _TABLE / f"{service}.json"
    if not path.is_file():
        return None
    found: Document = orjson.loads(path.read_bytes())
    return found


@dataclass(slots=True)
class PriceBook:
    """The known prices; the table of a service is read for the first question about it.

    `month` is what was stored of the Price List: `month`, `rates` by key and region, and what is
    `missing` there. What this month was not asked for yet is looked up in the month `before`.
    `asked` gathers the keys and regions of all questions.
    """

    month: Document | None = None
    table: Callable[[str], Document | None] = shipped_table
    before: Document | None = None
    asked: set[tuple[str, str]] = field(default_factory=set)
    _tables: dict[str, Document | None] = field(default_factory=dict)
    _found: dict[tuple[str, str], Price | None] = field(default_factory=dict)

    def find(self, key: str, region: str) -> Price | None:
        """Return the price of a complete key in a region, or everywhere; None if it is unknown."""
        question = (key, region)
        if question not in self._found:
            self.asked.add(question)
            self._found[question] = self._listed(key, region) or self._shipped(key, region)
        return self._found[question]

    def _listed(self, key: str, region: str) -> Price | None:
        for document in filter(None, (self.month, self.before)):
            prices = document["rates"].get(key, {})
            amount = amount_of(prices.get(region, prices.get(EVERYWHERE)))
            if amount is not None:
                return Price(amount, f"price list {document['month']}")
            if region in document.get("missing", {}).get(key, ()):
                return None
        return None

    def _shipped(self, key: str, region: str) -> Price | None:
        service = service_of(key)
        if service not in self._tables:
            self._tables[service] = self.table(service)
        document = self._tables[service]
        for part in document["parts"] if document else ():
            amount = _in_row(part["regions"], part["rates"].get(key), region)
            if amount is not None:
                assert document is not None  # it has parts
                return Price(amount, f"table {document['sources'][part['source']]['date']}")
        return None


def amount_of(text: Any) -> Decimal | None:
    """Return a price per unit; None if the text is none, such as NaN or a negative number."""
    try:
        amount = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and 0 <= amount <= MOST else None


def _in_row(regions: list[str], row: list[float | None] | None, region: str) -> Decimal | None:
    """Return the price of a region in a row; a row may end before the regions do."""
    for name in (region, EVERYWHERE):
        if row is not None and name in regions:
            place = regions.index(name)
            amount = row[place] if place < len(row) else None
            if amount is not None:
                # The shortest text of a float is the number that the file has.
                return Decimal(repr(amount))
    return None
