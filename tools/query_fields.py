"""Write the property names of each kind for searches, from botocore's shapes; --check compares.

The file leaves out kinds whose names botocore does not know, such as the keys of a map, and kinds
that the collector creates itself. Searches may use any name for these kinds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from ebbtide.base.forms import snake
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import listed, names_of
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "layers" / "common" / "ebbtide" / "language" / "fields.json"


def text_of(kinds: Iterable[Kind]) -> str:
    """Return the JSON text of the file, with one line per kind, sorted by name."""
    known = {kind.name: names for kind in kinds if (names := fields_of(kind)) is not None}
    lines = (f"  {json.dumps(name)}: {json.dumps(names)}" for name, names in sorted(known.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def fields_of(kind: Kind) -> list[str] | None:
    """Return the properties of a kind in snake_case, without its tags; None if unknown."""
    names = names_of(listed(kind)) if kind.list or kind.inside else None
    if names is None:
        return None
    tags = kind.tags.split(".")[0].split("[")[0] if kind.tags else None
    return sorted({snake(name) for name in names - {tags}})


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of(registry().values())}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
