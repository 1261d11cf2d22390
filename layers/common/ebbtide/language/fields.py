"""The names that a search may use of a resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ebbtide.kinds import registry
from ebbtide.model.bases import BASES

# Of the document of a resource; a path that begins with a slash begins with one of them.
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
    "expires",
    "first_seen",
    "keep_reason",
    "last_seen",
    "protected",
    "stale_since",
)
# Ancestors that every resource has, and that stand for their names.
SHORTCUTS = ("cloud", "account", "region", "zone")
# What is known of those without a look at their own nodes.
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
    """The names under `reported` of a declared kind; None where AWS's answer is not known."""
    answered = _answered().get(name)
    if answered is None:
        return None
    kind = registry()[name]
    promised = (field for base in kind.bases for field in BASES.get(base, ()))
    return COMMON.union(answered, kind.fields, kind.computed, promised)


@cache
def _answered() -> Mapping[str, list[str]]:
    """What AWS answers per kind, as tools/query_fields.py finds it in botocore."""
    found: Mapping[str, list[str]] = json.loads(
        (files("ebbtide.language") / "fields.json").read_bytes()
    )
    return found
