"""Decides which kinds a run reads, and in which slices it reads each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ebbtide.config.model import Config, KindFilter
from ebbtide.kinds import concrete_kinds, registry
from ebbtide.model.containers import CONTAINERS, REGION
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL


def collected_kinds(chosen: KindFilter) -> list[Kind]:
    """Return the kinds to read, including the parents needed to list their children."""
    if chosen.include:
        included = concrete_kinds(chosen.include)
    else:
        included = frozenset(name for name, kind in registry().items() if not kind.optional)
    included |= concrete_kinds(chosen.also)
    excluded = concrete_kinds(chosen.exclude)
    # A kind that is listed through an excluded kind is excluded with it.
    names = {name for name in included - excluded if not excluded & set(_parents(name))}
    names |= CONTAINERS
    parents = frozenset(parent for name in names for parent in _parents(name))
    return [registry()[name] for name in sorted(names | parents)]


def _parents(name: str) -> Iterator[str]:
    parent = registry()[name].each
    if parent is not None:
        yield parent
        yield from _parents(parent)


def root_of(kind: Kind) -> Kind:
    """Return the topmost parent of a kind, or the kind itself if it has no parent."""
    return kind if kind.each is None else root_of(registry()[kind.each])


def services_of(roots: Iterable[str]) -> frozenset[str]:
    """Return the services that are called to read these kinds and their children."""
    wanted = frozenset(roots)
    kinds = (kind for kind in registry().values() if root_of(kind).name in wanted)
    return frozenset(
        call.service
        for kind in kinds
        for call in (kind.list, *(detail.call for detail in kind.details))
        if call is not None
    )


def is_skippable(kind: Kind) -> bool:
    """Say whether a kind is skipped in regions that look empty."""
    return kind.name not in CONTAINERS and not root_of(kind).everywhere


def in_region(kind: Kind, region: str) -> bool:
    """Say whether a kind is read in a slice: by its scope, except that each region has itself."""
    if kind.name == REGION:
        return True
    return kind.scope == "both" or (region == GLOBAL) == (kind.scope == "global")


def kinds_whose_use_matters(config: Config) -> frozenset[str]:
    """Return the kinds whose last use the configuration or an enabled rule needs."""
    wanted = set(config.collect.last_use.kinds)
    for rule, options in (*config.rules.every(), *config.rules.advising()):
        if options.enabled:
            wanted.update(rule.last_use(options))
    return concrete_kinds(wanted)
