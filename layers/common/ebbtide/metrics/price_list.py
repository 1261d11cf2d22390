"""Ask AWS's Price List for the rates that the current snapshot uses; once a month each.

What was answered is stored as it comes, so that an invocation may be killed anywhere, and the next
one continues. The Price List API is free of charge and has its own regions:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ebbtide.aws import AccountSession, call_answer, own_session
from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import CallError
from ebbtide.deployment.settings import Settings
from ebbtide.graph.manifest import current_manifest
from ebbtide.graph.pricing import stored_prices
from ebbtide.model.call import Call
from ebbtide.prices.book import CURRENCY, FORMAT
from ebbtide.prices.rate import EVERYWHERE, Query
from ebbtide.prices.rates import RATES, prices_of
from ebbtide.store.keys import RunKeys, month_of_prices, prices_key

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

PARTITION = "aws"
PRICING_REGION = "us-east-1"
GET_PRODUCTS = Call(
    "pricing",
    "get_products",
    "PriceList[]",
    ServiceCode="{service}",
    Filters="{filters}",
    FormatVersion="aws_v1",
    MaxResults=100,
)
# Seconds that must be left to begin another question; questions after which answers are stored.
_RESERVE = 60.0
_BETWEEN_WRITES = 25
# A question that AWS never answers must not keep the others from being asked.
_MOST_FAILURES = 3


@dataclass(slots=True)
class MonthOfPrices:
    """What the Price List has answered in a month: prices as texts, and what it does not sell."""

    month: str
    rates: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)

    def is_answered(self, key: str, region: str) -> bool:
        """Say whether the Price List was asked for a rate in a region."""
        known = self.rates.get(key, {})
        return region in known or EVERYWHERE in known or region in self.missing.get(key, ())

    def to_json(self, at: datetime, complete: bool) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "month": self.month,
            "currency": CURRENCY,
            "updated": to_text(at),
            "complete": complete,
            "rates": self.rates,
            "missing": self.missing,
        }


def refresh_prices(
    bucket: Bucket, settings: Settings, deadline: Deadline, now: datetime
) -> dict[str, Any]:
    """Store the prices of this month that are still missing.

    It stops early if its time is over or AWS refuses to answer several times in a row; what is
    missing then is asked next time, and until then priced from the month before or the table.
    """
    if settings.partition != PARTITION:
        return {"asked": 0, "left": 0}
    known = _known(bucket, month_of_prices(now))
    wanted = [one for one in sorted(wanted_rates(bucket)) if not known.is_answered(*one)]
    if not wanted:
        return {"asked": 0, "left": 0}
    asking = _Asking(own_session(settings.account_id, settings.partition), known)
    failure, in_a_row = "", 0
    for number, (key, region) in enumerate(wanted, 1):
        if deadline.remaining_seconds < _RESERVE or in_a_row == _MOST_FAILURES:
            break
        try:
            asking.ask(key, region)
            in_a_row = 0
        except CallError as error:
            failure, in_a_row = failure or str(error), in_a_row + 1
        if number % _BETWEEN_WRITES == 0:
            _write(bucket, known, now, complete=False)
    left = sum(not known.is_answered(*one) for one in wanted)
    _write(bucket, known, now, complete=not left)
    found = {"asked": len(asking.done), "left": left}
    return {**found, "failure": failure} if failure else found


def wanted_rates(bucket: Bucket) -> set[tuple[str, str]]:
    """Return the rates that the resources of the current snapshot use, with their regions."""
    manifest = current_manifest(bucket)
    keys = (
        RunKeys(entry.run_id).graph(entry.account, "rates.json")
        for entry in (manifest.accounts if manifest else ())
    )
    documents = (bucket.find_json(key) or {"rates": {}} for key in keys)
    return {
        (key, region)
        for document in documents
        for key, regions in document["rates"].items()
        for region in regions
    }


@dataclass(slots=True)
class _Asking:
    """Asks each question once, and keeps all prices of its answer."""

    session: AccountSession
    known: MonthOfPrices
    done: set[Query] = field(default_factory=set)

    def ask(self, key: str, region: str) -> None:
        """Have a rate answered in a region. Raises CallError."""
        for query in _queries(key, region):
            if self.known.is_answered(key, region):
                return
            if query not in self.done:
                self._keep(self._products(query))
                self.done.add(query)
        if not self.known.is_answered(key, region):
            self.known.missing.setdefault(key, []).append(region)

    def _products(self, query: Query) -> Iterator[dict[str, Any]]:
        filters = [
            {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in query.filters
        ]
        document = {"service": query.service, "filters": filters}
        for product in call_answer(self.session, GET_PRODUCTS, PRICING_REGION, document):
            yield _parsed(product)

    def _keep(self, products: Iterable[dict[str, Any]]) -> None:
        for (key, region), price in prices_of(products).items():
            self.known.rates.setdefault(key, {})[region] = str(price)


def _parsed(product: Any) -> dict[str, Any]:
    """Return a product of an answer; an empty one if it is no JSON object."""
    try:
        found = json.loads(product) if isinstance(product, str) else product
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _queries(key: str, region: str) -> Iterator[Query]:
    for rate in RATES:
        query = rate.query(key, region)
        if query is not None:
            yield query


def _known(bucket: Bucket, month: str) -> MonthOfPrices:
    found = stored_prices(bucket, month)
    if found is None:
        return MonthOfPrices(month)
    return MonthOfPrices(month, dict(found["rates"]), dict(found["missing"]))


def _write(bucket: Bucket, known: MonthOfPrices, now: datetime, *, complete: bool) -> None:
    bucket.write_lines(prices_key(known.month), [known.to_json(now, complete)])
