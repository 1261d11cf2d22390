"""The registry of kinds: every Kind that a module of this package declares, by name.

index.json names them, so that a search imports only the declarations that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from ebbtide.model.kind import Kind, Relation

INDEX = Path(__file__).with_name("index.json")
MODULES = tuple(sorted(found.name for found in iter_modules(__path__) if found.name[0] != "_"))


class Listed(NamedTuple):
    """What index.json says of a kind: the module that declares it, and what else it is."""

    module: str
    kinds: tuple[str, ...]


class _Registry(Mapping[str, "Kind"]):
    """Every declared kind by name. A module is imported for the first of its kinds."""

    def __init__(self, listed: Mapping[str, Listed]) -> None:
        self._listed = listed
        self._declared: dict[str, Kind] = {}

    def __getitem__(self, name: str) -> Kind:
        try:
            return self._declared[name]
        except KeyError:
            self._declared |= {one.name: one for one in declared_by(self._listed[name].module)}
            return self._declared[name]

    def __contains__(self, name: object) -> bool:
        return name in self._listed

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


@cache
def index() -> Mapping[str, Listed]:
    """Return what index.json says of every kind, by name; tools/kinds_index.py writes it."""
    found = orjson.loads(INDEX.read_bytes())
    return MappingProxyType(
        {name: Listed(module, (name, *kinds)) for name, (module, *kinds) in found.items()}
    )


@cache
def registry() -> Mapping[str, Kind]:
    """Return every declared kind by name; each is imported when it is asked for."""
    return _Registry(index())


def declared_by(module: str) -> list[Kind]:
    """Return the kinds that a module of this package declares."""
    # A search that names no field of a kind needs the index alone.
    from ebbtide.model.kind import Kind

    values = vars(import_module(f"{__name__}.{module}")).values()
    return [value for value in values if isinstance(value, Kind)]


@cache
def declared_in() -> Mapping[str, str]:
    """Return the module that declares each kind, e.g. `ec2_storage`, by name of the kind."""
    return MappingProxyType({name: one.module for name, one in index().items()})


@cache
def known_kinds() -> frozenset[str]:
    """Return the names that `is()`, rules and filters accept: kinds and their base kinds."""
    return frozenset(name for one in index().values() for name in one.kinds)


def concrete_kinds(names: Iterable[str]) -> frozenset[str]:
    """Return the declared kinds that are, or have as a base kind, one of these names."""
    return _concrete_kinds(frozenset(names))


@cache
def _concrete_kinds(wanted: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name, one in index().items() if not wanted.isdisjoint(one.kinds))


@cache
def dependent_kinds(name: str) -> frozenset[str]:
    """Return the kinds whose resources may have to be deleted before one of this kind."""
    own = {relation.kind for relation in registry()[name].relations if relation.deleted_after}
    others = {
        kind.name
        for kind in registry().values()
        for relation in kind.relations
        if relation.kind == name and relation.deleted_before
    }
    return frozenset(own | others)


@cache
def staying_with(name: str) -> frozenset[str]:
    """Return the kinds with whose resources one of this kind stays, if these are kept."""
    return frozenset(one.kind for one in registry()[name].relations if one.stays_with)


@cache
def needing_kinds(name: str) -> frozenset[str]:
    """Return the kinds whose resources may break without one of this kind."""
    return frozenset(
        kind.name
        for kind in registry().values()
        for relation in kind.relations
        if relation.kind == name and relation.strength == "needed"
    )


def evidence_kinds(name: str) -> frozenset[str]:
    """Return the kinds that show, read completely, that nothing uses a resource of this kind."""
    return dependent_kinds(name) | needing_kinds(name)


@cache
def why_needed(name: str, user: str) -> str:
    """Return how a resource of kind `user` breaks without one of kind `name`, in a few words."""
    found = (
        relation.why
        for relation in registry()[user].relations
        if relation.kind == name and relation.strength == "needed"
    )
    return "; or ".join(dict.fromkeys(found))


@cache
def using_from_afar(name: str) -> frozenset[str]:
    """Return the kinds whose resources may use one of this kind from another region."""
    return frozenset(
        kind.name
        for kind in registry().values()
        for relation in kind.relations
        if relation.kind == name and relation.across_regions
    )


@cache
def parts_of(name: str) -> Mapping[str, str]:
    """Return the kinds of parts of a kind, and whether each is `plain` or holds `data`."""
    return MappingProxyType(
        {
            kind.name: relations[0].part
            for kind in registry().values()
            if (relations := part_relations(name, kind.name))
        }
    )


@cache
def kinds_of_parts() -> frozenset[str]:
    """Return the kinds whose resources may be parts of others."""
    return frozenset(
        kind.name
        for kind in registry().values()
        if any(relation.part for relation in kind.relations)
    )


@cache
def part_relations(whole: str, part: str) -> tuple[Relation, ...]:
    """Return the relations that make a resource of kind `part` a part of one of kind `whole`."""
    return tuple(one for one in _order(whole, part) if one.part)


@cache
def always_part(whole: str, part: str) -> bool:
    """Return whether a part is all that `part` can be to a `whole` that must be deleted later."""
    return all(relation.part for relation in _order(whole, part))


def _order(later: str, first: str) -> tuple[Relation, ...]:
    relations = registry()[first].relations
    return tuple(one for one in relations if one.kind == later and one.deleted_before)


def relation_at(kind: str, position: int) -> Relation:
    return registry()[kind].relations[position]
