"""Write rules/library/users.json: what may use each kind, as declared; --check only compares.

Searches of rules ask for these kinds, and must be known without loading the declarations of all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ebbtide.kinds import dependent_kinds, needing_kinds, registry
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "layers" / "common" / "ebbtide" / "rules" / "library" / "users.json"


def text_of() -> str:
    """Return a line per deletable kind: those that must go first, and those that would break."""
    return "{\n" + ",\n".join(lines()) + "\n}\n"


def lines() -> Iterator[str]:
    for name, kind in sorted(registry().items()):
        if kind.delete:
            users = [sorted(dependent_kinds(name)), sorted(needing_kinds(name))]
            yield f"{json.dumps(name)}: {json.dumps(users)}"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
