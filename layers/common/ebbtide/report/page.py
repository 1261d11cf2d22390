"""Make the page of a report: one HTML file with its data and its pictures, without any network.

The parts of the page lie in `web/`. Data and library are gzipped and written in base64, so that no
text of a resource can end the element that holds it; the page unpacks both, and writes every text
as text. The policy of the page allows its own two scripts by their hashes, and no address.
"""

from __future__ import annotations

import gzip
import html
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

from ebbtide.base.json_lines import encode_line

# In this order: each part uses only what stands before it.
SCRIPTS = (
    "dom",
    "format",
    "estate",
    "csv",
    "grid",
    "tables",
    "charts",
    "cost",
    "runs",
    "waves",
    "summary",
    "details",
    "plan",
    "layout",
    "traces",
    "graph",
    "inventory",
    "coverage",
    "main",
)
STYLES = ("page", "summary", "tables", "pictures", "media")
LIBRARY = "plotly"
_BUNDLE = "plotly/package_data/plotly.min.js"
# Texts of one resource, side by side: an ARN repeats its id, and gzip looks back only 32 KiB.
TEXTS = ("id", "name", "arn", "creator", "tags")
_NUMBERS = ("kind", "account", "region", "owner", "created", "monthly")
# Levels of gzip: of data, the smallest is 4 % smaller and takes 5 times as long.
_FAST, _SMALL = 6, 9
_SLOT = re.compile(r"\[\[(\w+)\]\]")


@dataclass(frozen=True, slots=True)
class _Library:
    """The charting library as the page holds it: packed, with its hash, version and licence."""

    packed: str
    digest: str
    version: str
    licence: str


def page(data: Mapping[str, Any]) -> str:
    """Return the HTML of the report whose data (docs/data.md, `report`) is given."""
    library, script = _library(), _script()
    parts = {
        "policy": _policy(_digest(script), library.digest),
        "title": html.escape(_whole(f"Ebbtide report: {data['run']['id']}")),
        "style": "".join(_read(f"{name}.css") for name in STYLES),
        "script": script,
        "library": library.packed,
        "data": _packed(encode_line(encoded(data)), _FAST),
        "version": html.escape(library.version),
        "licence": html.escape(library.licence),
    }
    return _SLOT.sub(lambda slot: parts[slot[1]], _read("page.html"))


def _whole(text: str) -> str:
    """Return a text without half characters, which UTF-8 does not have; the data may have them."""
    return text.encode(errors="replace").decode()


def encoded(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with resources and edges in the form that packs best."""
    return {
        **data,
        "resources": _resources(data["resources"]),
        "edges": _edges(*data["edges"]),
    }


def _resources(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    count = len(columns["id"])
    texts = [columns.get(name) or [None] * count for name in TEXTS]
    side_by_side = [text for row in zip(*texts, strict=True) for text in row]
    return {"texts": side_by_side, **{name: list(columns[name]) for name in _NUMBERS}}


def _edges(
    sources: Sequence[int], targets: Sequence[int], types: Sequence[int]
) -> dict[str, list[int]]:
    """Return the edges sorted; sources and targets as differences, which are small numbers."""
    order = sorted(range(len(sources)), key=lambda edge: (sources[edge], targets[edge]))
    steps, distances, previous = [], [], 0
    for edge in order:
        steps.append(sources[edge] - previous)
        distances.append(targets[edge] - sources[edge])
        previous = sources[edge]
    return {"steps": steps, "distances": distances, "types": [types[edge] for edge in order]}


def _policy(*digests: str) -> str:
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _script() -> str:
    parts = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


@cache
def _read(name: str) -> str:
    return (files(__package__) / "web" / name).read_text(encoding="utf-8")


@cache
def _library() -> _Library:
    """Read the library from its package, which is not imported: only this file of it is used."""
    package = distribution(LIBRARY)
    bundle = Path(str(package.locate_file(_BUNDLE))).read_text(encoding="utf-8")
    licence = package.read_text("licenses/LICENSE.txt") or "MIT, Copyright Plotly, Inc."
    return _Library(_packed(bundle.encode(), _SMALL), _digest(bundle), package.version, licence)


def _digest(script: str) -> str:
    """Return the hash of a script as content security policies write it."""
    return b64encode(sha256(script.encode()).digest()).decode()


def _packed(content: bytes, level: int) -> str:
    return b64encode(gzip.compress(content, mtime=0, compresslevel=level)).decode()
