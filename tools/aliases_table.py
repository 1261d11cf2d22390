"""Write docs/resoto-names.md from the aliases of the search language; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ebbtide.language.aliases import table
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "resoto-names.md"
INTRODUCTION = """\
# Resoto's names of fields

<!-- Written by tools/aliases_table.py from layers/common/ebbtide/language/aliases.json. -->

Searches, sorts, aggregates and columns accept these names of Resoto for fields that Ebbtide names
as AWS does, in snake_case ([search.md](search.md#differences-from-resoto)). A dot joins the name
of a field and a name below it.
"""
_UNREAD = """
## Values that Ebbtide does not read

A search for one of these fields is an error.

| kind | fields |
| --- | --- |
"""


def text_of() -> str:
    """Return the whole page."""
    known = sorted(table().items())
    lines = [INTRODUCTION, "| kind | Resoto: Ebbtide |", "| --- | --- |"]
    lines += [
        f"| `{kind}` | {', '.join(_pairs(found['aliases']))} |"
        for kind, found in known
        if found["aliases"]
    ]
    unread = [
        f"| `{kind}` | {', '.join(f'`{name}`' for name in found['unread'])} |"
        for kind, found in known
        if found["unread"]
    ]
    return "\n".join(lines) + "\n" + _UNREAD + "\n".join(unread) + "\n"


def _pairs(tree: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if not name:
            continue
        target = value if isinstance(value, str) else value.get("", "")
        if target:
            yield f"`{above}{name}`: `{target}`"
        if not isinstance(value, str):
            yield from _pairs(value, f"{above}{name}.")


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
