"""Builds the resource that a reference of another one means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ebbtide.kinds import registry
from ebbtide.model.kind import Relation
from ebbtide.model.resource import GLOBAL, Resource
from tests.support.builders import resource


def within(path: str, value: str) -> Any:
    """Return the properties in which an alias's path finds the value."""
    # Of several alternatives, [a, b][], the first one will do.
    first = re.sub(r"^\[(\w+)[^]]*\]\[\]$", r"\1[]", path)
    joined = re.search(r"^(.+)\.join\('/', \[(\w+), (\w+)\]\)$", first)
    found: Any = value
    if joined:
        first, *names = joined.groups()
        found = dict(zip(names, value.split("/", 1), strict=True))
    for name in reversed(first.split(".")):
        found = {name.removesuffix("[]"): [found] if name.endswith("[]") else found}
    return found


def referred_to(
    relation: Relation, value: str, region: str, tags: Mapping[str, str] | None = None
) -> Resource:
    """Return a resource that has the identity by which the relation names it.

    A resource of a global kind lies in no region.
    """
    kind = registry()[relation.kind]
    identity: dict[str, Any] = {}
    if relation.by in ("arn", "name"):
        identity[relation.by] = value
    elif relation.by != "id":
        identity["properties"] = within(kind.aliases[relation.by], value)
    return resource(
        relation.kind,
        value if relation.by == "id" else "used",
        region=GLOBAL if kind.scope == "global" else region,
        tags=tags,
        **identity,
    )
