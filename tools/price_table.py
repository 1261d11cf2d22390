"""Write the shipped table of prices from the stored extracts and entries; --check only compares.

Of several prices of one rate and region, the newest counts. The table's format is that of
ebbtide/prices/book.py: one file per service, with the date and place of every price.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from tools.generated import write_or_check
from tools.price_page import page_of
from tools.price_sources import (
    EVERYWHERE,
    Entry,
    Prices,
    Source,
    entries,
    extract_of,
    prices_in,
    read,
    sources,
    text_of,
)

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "layers" / "common" / "ebbtide" / "prices" / "table"
PAGE = ROOT / "docs" / "price-table.md"


def known_to(source: Source, by_hand: tuple[Entry, ...]) -> Prices:
    """Return all prices that are stored of a source."""
    if source.reader:
        return prices_in(read(extract_of(source).read_text()))
    found: Prices = {}
    for entry in by_hand:
        if entry.source == source.id:
            found.setdefault(entry.rate, {}).update(entry.prices)
    return found


def counting(known: Mapping[str, Prices]) -> dict[str, Prices]:
    """Return the prices of each source that count: those that no newer source has.

    `known` has the newest source first.
    """
    taken: dict[str, set[str]] = {}
    found: dict[str, Prices] = {}
    for source, prices in known.items():
        found[source] = {}
        for key, by_region in prices.items():
            regions = taken.setdefault(key, set())
            left = {region: price for region, price in by_region.items() if region not in regions}
            regions.update(left)
            if left:
                found[source][key] = left
    return found


def contradictions(known: Mapping[str, Prices]) -> list[tuple[str, str, dict[str, Decimal]]]:
    """Return the rates and regions that sources price differently, and what each says."""
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for source, prices in known.items():
        for key, by_region in prices.items():
            for region, price in by_region.items():
                found.setdefault((key, region), {})[source] = price
    return [
        (key, region, said)
        for (key, region), said in sorted(found.items())
        if len(set(said.values())) > 1
    ]


def _room(key: str) -> str:
    return key.partition(".")[0]


def _file(room: str, all_sources: Mapping[str, Source], prices: Mapping[str, Prices]) -> str:
    """Return the text of one service's file; its parts are in the order of the sources."""
    parts: list[str] = []
    named: dict[str, dict[str, str]] = {}
    for source, found in prices.items():
        mine = {key: by_region for key, by_region in found.items() if _room(key) == room}
        texts = [text_of(one, source) for one in _by_place(mine) if one]
        parts += texts
        if texts:
            named[source] = _named(all_sources[source])
    head = f'"format":1,"currency":"USD","sources":{json.dumps(named, indent=0)}'
    return f'{{{head},"parts":[\n' + ",\n".join(parts) + "\n]}\n"


def _by_place(prices: Prices) -> tuple[Prices, Prices]:
    """Return the prices by region, and those that are the same everywhere."""
    everywhere = {key: found for key, found in prices.items() if EVERYWHERE in found}
    return {key: found for key, found in prices.items() if key not in everywhere}, everywhere


def _named(source: Source) -> dict[str, str]:
    return {
        "title": source.title,
        "address": source.address,
        "date": source.date.isoformat(),
        "licence": source.licence,
    }


def files() -> dict[Path, str]:
    """Return the files of the table and their texts."""
    all_sources, by_hand = sources(), entries()
    prices = counting({one.id: known_to(one, by_hand) for one in all_sources.values()})
    rooms = sorted({_room(key) for found in prices.values() for key in found})
    table = {TABLE / f"{room}.json": _file(room, all_sources, prices) for room in rooms}
    return {**table, PAGE: page_of(all_sources, prices)}


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__, files(), sys.argv[1:]))
