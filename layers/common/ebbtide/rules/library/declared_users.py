"""The part of a search that says that nothing declared uses a resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# Kind -> the kinds that must be gone before one of it, and the kinds that would break without it.
# tools/rule_users.py writes the file from the declared relations.
_FILE = Path(__file__).with_name("users.json")


@cache
def _users() -> Mapping[str, tuple[list[str], list[str]]]:
    found: Mapping[str, tuple[list[str], list[str]]] = json.loads(_FILE.read_text())
    return found


def nothing_uses(kind: str) -> str:
    """Return clauses that hold if no resource of any kind that may use one of `kind` does."""
    types = zip(("delete", "needed"), _users()[kind], strict=True)
    return " ".join(
        f"with(empty, -{type}-> is({', '.join(users)}))" for type, users in types if users
    )
