"""Which kinds a run reads, and in which slices each of them lies."""

from __future__ import annotations

from ebbtide.config.model import KindFilter
from ebbtide.kind import Kind
from ebbtide.kinds import concrete_kinds, registry
from ebbtide.resource import GLOBAL

# Every other resource hangs at these two, so they are always collected.
CONTAINERS = frozenset({"aws_account", "aws_region"})


def collected_kinds(chosen: KindFilter) -> list[Kind]:
    """The kinds to list, with the parents that children are listed through."""
    included = concrete_kinds(chosen.include) if chosen.include else frozenset(registry())
    names = (included - concrete_kinds(chosen.exclude)) | CONTAINERS
    parents = {parent for name in names if (parent := registry()[name].each) is not None}
    return [registry()[name] for name in sorted(names | parents)]


def in_region(kind: Kind, region: str) -> bool:
    """Whether this kind is read in that slice; the account is global, a region is in its own."""
    if kind.name == "aws_region":
        return True
    return (region == GLOBAL) == (kind.scope == "global")
