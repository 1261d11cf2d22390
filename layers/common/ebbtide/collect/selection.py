"""Which kinds a run collects."""

from __future__ import annotations

from ebbtide.config.model import KindFilter
from ebbtide.kind import Kind
from ebbtide.kinds import concrete_kinds, registry

# Every other resource hangs at these two, so they are always collected.
CONTAINERS = frozenset({"aws_account", "aws_region"})


def collected_kinds(chosen: KindFilter) -> list[Kind]:
    """The kinds to list, with the parents that children are listed through."""
    included = concrete_kinds(chosen.include) if chosen.include else frozenset(registry())
    names = (included - concrete_kinds(chosen.exclude)) | CONTAINERS
    parents = {parent for name in names if (parent := registry()[name].each) is not None}
    return [registry()[name] for name in sorted(names | parents)]
