"""The field names that a search may use, apart from the properties of a single kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ebbtide.kinds import registry
from ebbtide.language.shapes import (
    ANY_NAME,
    BOOLEAN,
    NUMBER,
    SPAN,
    TEXT,
    TIME,
    Choice,
    Code,
    known_regions,
    properties_of,
)

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
    "price",
)
# How a cleanup can end for a resource.
ENDINGS = ("gone", "failed", "skipped", "left_behind", "would_delete")
# The names below /metadata.
METADATA: Mapping[str, Code] = {
    "cleaned": BOOLEAN,
    "deleting_since": TIME,
    "ended": BOOLEAN,
    "ending": Choice("an ending", "|".join(ENDINGS), ENDINGS),
    "ending_new": BOOLEAN,
    "ending_reason": TEXT,
    "ending_rule": TEXT,
    "ending_run": TEXT,
    "expires": TIME,
    "first_seen": TIME,
    "keep_reason": TEXT,
    "last_seen": TIME,
    "orphaned_since": TIME,
    "pending": BOOLEAN,
    "protected": BOOLEAN,
    "protected_reason": TEXT,
    "stale_since": TIME,
}
# The names below /desired.
DESIRED: Mapping[str, Code] = {
    "clean": BOOLEAN,
    "reason": TEXT,
    "refused": TEXT,
    "reported": BOOLEAN,
    "rule": TEXT,
    "rules": [TEXT],
    "stays_because": TEXT,
    "undecided": TEXT,
}
# The names below /price.
PRICE: Mapping[str, Code] = {
    "basis": TEXT,
    "currency": TEXT,
    "monthly": NUMBER,
    "why": TEXT,
}
STATISTICS: Mapping[str, Code] = {"avg": NUMBER, "max": NUMBER, "min": NUMBER}
# Ancestors that every resource has; used as a field, each means its name.
SHORTCUTS = ("cloud", "account", "region", "zone")
# The fields of these ancestors that are known without reading their own nodes.
OF_SHORTCUTS = ("id", "name")
# Fields of every resource, in addition to its properties.
COMMON: Mapping[str, Code] = {
    "id": TEXT,
    "name": TEXT,
    "arn": TEXT,
    "tags": {ANY_NAME: TEXT},
    "ctime": TIME,
    "mtime": TIME,
    "atime": TIME,
    "age": SPAN,
    "last_update": SPAN,
    "last_access": SPAN,
    "last_used": TIME,
    "last_use_known_since": TIME,
}

_REGION = r"[a-z]+(-[a-z]+)+-\d+"
GRAPH_ID = Choice(
    "a graph id",
    r"[^/]+/[^/]+/[^/]+/.+",
    advice='a graph id is account/region/kind/id; for the id that AWS gives, write id = "..."',
)
ACCOUNT_ID = Choice(
    "the id of an account", r"\d{12}", advice="for the name of an account, write account = ..."
)
ACCOUNT_NAME = Choice(
    "the name of an account", r"(?!\d{12}$).*", advice="for its id, write account.id = ..."
)


@cache
def kind_names() -> Choice:
    """Return what `kind` can be: one of the declared kinds, but no base kind."""
    known = tuple(sorted(registry()))
    return Choice("a kind", "|".join(known), known)


@cache
def of_shortcut(level: str) -> Mapping[str, Code]:
    """Return the fields of a cloud, account, region or zone."""
    match level:
        case "cloud":
            cloud = Choice("a cloud that is collected", "aws", ("aws",))
            return {"id": cloud, "name": cloud}
        case "account":
            return {"id": ACCOUNT_ID, "name": TEXT}
        case "region":
            region = Choice(
                "a region",
                rf"{_REGION}|global",
                (*known_regions(), "global"),
                "a region is like us-east-1",
            )
            return {"id": region, "name": region}
    zone = Choice("an availability zone", rf"{_REGION}.*[a-z]", advice="it is like us-east-1a")
    return {"id": zone, "name": zone}


def known_fields(name: str) -> frozenset[str]:
    """Return the names under `reported` of a declared kind."""
    return frozenset({"kind", "usage", *COMMON, *SHORTCUTS, *properties_of(name)})
