"""Write the price of each resource into its line, and note which rates the account uses."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zstandard import ZstdError

from ebbtide.base.errors import MissingError
from ebbtide.model.lines import ResourceLine
from ebbtide.prices.book import FORMAT, PriceBook
from ebbtide.prices.estimating import Estimator
from ebbtide.store.keys import month_of_prices, prices_key

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket
    from ebbtide.store.readable import Readable

UNKNOWN = "unknown"
logger = logging.getLogger(__name__)


def read_book(bucket: Readable, at: datetime) -> PriceBook:
    """Return the prices at a time: those of the month, of the month before, and of the table."""
    months = (at, at.replace(day=1) - timedelta(days=1))
    month, before = (stored_prices(bucket, month_of_prices(one)) for one in months)
    return PriceBook(month, before=before)


def stored_prices(bucket: Readable, month: str) -> Mapping[str, Any] | None:
    """Return what was stored of the Price List in a month; None if nothing of this format was.

    Prices are not needed to merge: an object that cannot be read is as good as none.
    """
    key = prices_key(month)
    try:
        found = list(bucket.read_lines(key))
    except MissingError:
        return None
    except (ValueError, ZstdError) as error:
        logger.warning("prices cannot be read", extra={"key": key, "error": str(error)})
        return None
    if len(found) == 1 and _is_month(found[0], month):
        document: Mapping[str, Any] = found[0]
        return document
    logger.warning("prices have another form", extra={"key": key})
    return None


def _is_month(found: Any, month: str) -> bool:
    """Return whether an object has the form of stored prices; their texts are read one by one."""
    if not isinstance(found, dict) or (found.get("format"), found.get("month")) != (FORMAT, month):
        return False
    parts = ((found.get("rates"), dict), (found.get("missing"), list))
    return all(
        isinstance(part, dict) and all(isinstance(one, form) for one in part.values())
        for part, form in parts
    )


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
