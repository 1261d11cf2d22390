"""The field names that a search may use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ebbtide.kinds import registry
from ebbtide.model.bases import BASES

# Sections of a resource's document; a path that starts with a slash starts with one of them.
SECTIONS = (
    "id",
    "kinds",
    "reported",
    "desired",
    "metadata",
    "ancestors",
    "descendants",
    "usage",
)
# The names below /metadata.
METADATA = (
    "cleaned",
    "ended",
    "ending",
    "ending_reason",
    "ending_rule",
    "ending_run",
    "expires",
    "first_seen",
    "keep_reason",
    "last_seen",
    "orphaned_since",
    "protected",
    "protected_reason",
    "stale_since",
)
# The names below /desired.
DESIRED = (
    "clean",
    "reason",
    "refused",
    "reported",
    "rule",
    "rules",
    "stays_because",
    "undecided",
)
# Ancestors that every resource has; used as a field, each means its name.
SHORTCUTS = ("cloud", "account", "region", "zone")
# The fields of these ancestors that are known without reading their own nodes.
OF_SHORTCUTS = ("id", "name")
COMMON = frozenset(
    {
        "kind",
        "id",
        "name",
        "arn",
        "tags",
        "ctime",
        "mtime",
        "atime",
        "age",
        "last_update",
        "last_access",
        "last_used",
        "last_use_known_since",
        "usage",
        *SHORTCUTS,
    }
)


@cache
def known_fields(name: str) -> frozenset[str] | None:
    """Return the names under `reported` of a declared kind; None if AWS's answer is unknown."""
    answered = _answered().get(name)
    if answered is None:
        return None
    kind = registry()[name]
    promised = (field for base in kind.bases for field in BASES.get(base, ()))
    return COMMON.union(answered, kind.fields, kind.computed, promised)


@cache
def _answered() -> Mapping[str, list[str]]:
    """Load the fields of AWS's answers by kind; tools/query_fields.py writes them from botocore."""
    found: Mapping[str, list[str]] = json.loads(
        (files("ebbtide.language") / "fields.json").read_bytes()
    )
    return found
