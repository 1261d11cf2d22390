"""The reviewed sources of prices, the entries read by hand, and the regions."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

from tools.yaml_files import read_yaml

DATA = Path(__file__).resolve().parent / "prices"
EXTRACTS = DATA / "extracts"
EVERYWHERE = "*"
# What AWS's price pages call that which is sold everywhere.
OTHER_NAMES = {"Any": EVERYWHERE}

# Key of a rate -> region -> price per unit in USD.
type Prices = dict[str, dict[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where prices were read; `date` is the state of the prices."""

    id: str
    title: str
    date: datetime.date
    path: str
    licence: str
    repository: str = ""
    commit: str = ""
    reader: str = ""
    rates: Mapping[str, str] = field(default_factory=dict)
    retired: str = ""
    package: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return where to open the source: a file of a repository, or of a package."""
        if self.repository:
            return f"https://github.com/{self.repository}/blob/{self.commit}/{self.path}"
        return f"{self.package['name']} {self.package['version']}: {self.path}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One price read by hand: `reading` is what the source says, per `unit`."""

    rate: str
    prices: Mapping[str, Decimal]
    unit: str
    source: str
    reading: str


@cache
def sources() -> Mapping[str, Source]:
    """Return the sources by id, the newest first."""
    found = [Source(**one) for one in _yaml("sources.yaml")["sources"]]
    return {one.id: one for one in sorted(found, key=lambda one: (-one.date.toordinal(), one.id))}


@cache
def entries() -> tuple[Entry, ...]:
    """Return the prices read by hand."""
    return tuple(
        Entry(
            rate=one["rate"],
            prices={region: Decimal(str(price)) for region, price in one["prices"].items()},
            unit=one["unit"],
            source=one["source"],
            reading=one["reading"],
        )
        for one in _yaml("entries.yaml")["entries"]
    )


def _yaml(name: str) -> Any:
    return read_yaml(DATA / name)


@cache
def region_names() -> Mapping[str, str]:
    """Return AWS's names of regions of the partition aws, old and new spelling -> code."""
    found = dict(OTHER_NAMES)
    (partition,) = (
        one
        for one in botocore.session.get_session().get_data("endpoints")["partitions"]
        if one["partition"] == "aws"
    )
    for code, region in partition["regions"].items():
        name: str = region["description"]
        found[name] = code
        found[name.replace("Europe (", "EU (")] = code
    return found


def extract_of(source: Source) -> Path:
    return EXTRACTS / f"{source.id}.json"


def text_of(prices: Prices, source: str) -> str:
    """Return prices as JSON, one line per rate, with one price per region.

    null: no price. Regions with the most prices come first, so that most rows end early.
    """
    count = Counter(region for by_region in prices.values() for region in by_region)
    regions = sorted(count, key=lambda region: (-count[region], region))
    lines = [f"{json.dumps(key)}:[{_row(prices[key], regions)}]" for key in sorted(prices)]
    start = (
        f'{{"source":{json.dumps(source)},"regions":{json.dumps(regions, separators=(",", ":"))}'
    )
    return start + ',"rates":{\n' + ",\n".join(lines) + "\n}}"


def _row(by_region: Mapping[str, Decimal], regions: list[str]) -> str:
    last = max(place for place, region in enumerate(regions) if region in by_region)
    return ",".join(number(by_region.get(region)) for region in regions[: last + 1])


def prices_in(part: Mapping[str, Any]) -> Prices:
    """Return the prices of what `text_of` wrote, read with prices as decimals."""
    return {
        key: {
            region: price
            for region, price in zip(part["regions"], row, strict=False)
            if price is not None
        }
        for key, row in part["rates"].items()
    }


def read(text: str) -> Any:
    """Return what a JSON text says, with exact numbers."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def number(price: Decimal | None) -> str:
    """Return a price as the shortest JSON number; null for none."""
    return "null" if price is None else format(price.normalize(), "f")
