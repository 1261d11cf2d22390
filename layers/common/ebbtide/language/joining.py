"""Find which kinds the edges of the graph can join, by edge type and direction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ebbtide.kinds import concrete_kinds, registry
from ebbtide.language.syntax import Navigation
from ebbtide.model.containers import ACCOUNT, CONTAINERS, REGION
from ebbtide.owners import registry as marks

if TYPE_CHECKING:
    from ebbtide.model.kind import Relation

type Kinds = frozenset[str]
# Kind -> the kinds that its edges lead to.
type Ways = Mapping[str, Iterable[str]]

_NO_KINDS: Kinds = frozenset()


def all_kinds() -> Kinds:
    return frozenset(registry())


def reached(starts: Kinds, way: Navigation, usual: tuple[str, ...]) -> Kinds:
    """Return the kinds that a navigation from these kinds can lead to.

    `usual` are the edge types of the search, for a navigation that names none. A walk follows each
    edge type and each direction separately, so no path mixes them.
    """
    found: set[str] = set()
    default = usual or ("default",)
    if way.direction != "in":
        for name in way.out_types or way.in_types or default:
            found |= _within(starts, ways_of(name)[0], way.minimum, way.maximum)
    if way.direction != "out":
        for name in way.in_types or way.out_types or default:
            found |= _within(starts, ways_of(name)[1], way.minimum, way.maximum)
    return frozenset(found)


def _within(starts: Kinds, ways: Ways, minimum: int, maximum: int) -> Kinds:
    """Return the kinds at the end of walks whose length is within the bounds."""
    found: set[str] = set(starts) if minimum == 0 else set()
    level = starts
    seen: set[Kinds] = set()
    for depth in range(1, maximum + 1):
        level = _NO_KINDS.union(*(ways.get(name, ()) for name in level))
        if depth >= minimum:
            found |= level
            # From a level that was there before, the same levels follow.
            if level in seen:
                break
            seen.add(level)
    return frozenset(found)


@cache
def ways_of(edge_type: str) -> tuple[Ways, Ways]:
    """Return which kinds edges of a type can join, along the edges and against them."""
    out: dict[str, set[str]] = defaultdict(set)
    back: dict[str, set[str]] = defaultdict(set)
    for source, target in _pairs(edge_type):
        out[source].add(target)
        back[target].add(source)
    return out, back


def _pairs(edge_type: str) -> Iterator[tuple[str, str]]:
    """Yield the kinds at both ends of the edges that the declarations can make."""
    if edge_type == "default":
        yield ACCOUNT, REGION
        yield from ((REGION, name) for name in registry() if name not in CONTAINERS)
    if edge_type == "owns":
        # AWS's own tags, and the lists of stacks, name owners as well.
        for mark in marks().values():
            if mark.kind:
                yield from ((mark.kind, name) for name in concrete_kinds(mark.carries))
    for kind in registry().values():
        for relation in kind.relations:
            yield from _of_relation(edge_type, kind.name, relation)


def _of_relation(edge_type: str, name: str, relation: Relation) -> Iterator[tuple[str, str]]:
    there, back = (name, relation.kind), (relation.kind, name)
    match edge_type:
        case "default":
            yield back if relation.reverse else there
        case "delete":
            if relation.deleted_after:
                yield there
            if relation.deleted_before:
                yield back
        case "needed":
            if relation.strength == "needed":
                yield back
        case "owns":
            if relation.owns:
                yield there
            if relation.owned_by:
                yield back
