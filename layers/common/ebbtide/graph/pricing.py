"""Write the price of each resource into its line, and note which rates the account uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import MissingError
from ebbtide.model.lines import ResourceLine
from ebbtide.prices.book import FORMAT, PriceBook
from ebbtide.prices.estimating import Estimator
from ebbtide.store.keys import month_of_prices, prices_key

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket
    from ebbtide.store.readable import Readable

UNKNOWN = "unknown"


def read_book(bucket: Readable, at: datetime) -> PriceBook:
    """Return the prices at a time: those of the month or of the month before, and the table."""
    first = at.replace(day=1)
    for month in (at, first - timedelta(days=1)):
        found = stored_prices(bucket, month_of_prices(month))
        if found is not None:
            return PriceBook(found)
    return PriceBook()


def stored_prices(bucket: Readable, month: str) -> Mapping[str, Any] | None:
    """Return what was stored of the Price List in a month; None if nothing of this format was."""
    try:
        (found,) = bucket.read_lines(prices_key(month))
    except MissingError:
        return None
    document: Mapping[str, Any] = found
    return document if document.get("format") == FORMAT else None


def price_lines(lines: Mapping[str, ResourceLine], book: PriceBook) -> dict[str, int]:
    """Set the section `price` of each line; return the number of resources by basis."""
    estimator = Estimator(book, lines.get)
    bases: Counter[str] = Counter()
    for line in lines.values():
        section = line["price"] = estimator.section(line)
        bases[section["basis"] if section["monthly"] is not None else UNKNOWN] += 1
    return dict(sorted(bases.items()))


def write_rates(bucket: Bucket, key: str, asked: Iterable[tuple[str, str]]) -> None:
    """Write the rates that an account's resources use, for the refresh of the prices."""
    by_rate: dict[str, list[str]] = {}
    for rate, region in sorted(asked):
        by_rate.setdefault(rate, []).append(region)
    bucket.write_json(key, {"format": FORMAT, "rates": by_rate})
