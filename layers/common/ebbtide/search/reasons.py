"""Say why it is unknown whether a resource matches a search."""

from __future__ import annotations

from ebbtide.model.lines import ResourceLine
from ebbtide.model.price import price_of, price_words
from ebbtide.search.node import Context

NO_TAGS = "its tags could not be read"
NO_COMPARISON = "it has a value that cannot be compared with the one in the search"
BESIDE = (
    "it depends on a resource that could not be read completely, or on a value that cannot be "
    "compared with the one in the search"
)


def why_uncertain(line: ResourceLine, context: Context) -> str:
    """Return why a resource may have changed or gone since it was read; "" if it has not."""
    since = line["stale_since"] or context.stale.get(line["account"])
    if since:
        return f"it could not be read since {since}"
    calls = "; ".join(f"{call}: {error}" for call, error in line.get("unread", {}).items())
    return f"it could not be read completely: {calls}" if calls else ""


def why_unknown(line: ResourceLine, context: Context, *, alone: bool, priced: bool = False) -> str:
    """Return why it is unknown whether a resource matches a search.

    `alone`: the search depends on nothing but the resource. `priced`: it asks for prices.
    """
    uncertain = why_uncertain(line, context)
    if uncertain:
        return uncertain
    if line["tags"] is None:
        return NO_TAGS
    price = price_of(line)
    if priced and price["monthly"] is None:
        return price_words(price)
    if priced and not alone:
        return f"{BESIDE}, or on one whose price is unknown"
    return NO_COMPARISON if alone else BESIDE
