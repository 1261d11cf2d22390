"""Write index.json, which names all kinds, their modules and base kinds; --check only compares."""

from __future__ import annotations

import json
import sys

from ebbtide.kinds import INDEX, MODULES, declared_by
from tools.generated import write_or_check


def text_of() -> str:
    """Return the text of index.json. Raises ValueError if two kinds share a name."""
    found: dict[str, list[str]] = {}
    declared = [(module, kind) for module in MODULES for kind in declared_by(module)]
    for module, kind in declared:
        if kind.name in found:
            raise ValueError(f"kind declared twice: {kind.name}")
        found[kind.name] = [module, *kind.kinds[1:]]
    lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {INDEX: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
