"""Walk from nodes to others along edges: breadth first, each edge type separately.

The depth of a node is the length of the shortest way from a start. The start itself is at depth 0,
so a way back to it never counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from ebbtide.language.syntax import Navigation
from ebbtide.search.graph import SearchGraph
from ebbtide.search.truth import Truth

type Neighbours = Callable[[int], Sequence[int]]

DEFAULT_TYPES = ("default",)
_OPPOSITE = {"out": "in", "in": "out"}


@dataclass(frozen=True, slots=True)
class Way:
    """The two directions along one edge type: from a node to its neighbours, and back."""

    forth: Neighbours
    back: Neighbours


@dataclass(frozen=True, slots=True)
class Walk:
    """A navigation over one graph, with one way per edge type."""

    ways: tuple[Way, ...]
    minimum: int
    maximum: int

    def reach(self, starts: Iterable[int]) -> list[int]:
        """Return the nodes within the depths of at least one start, without duplicates."""
        starts = list(dict.fromkeys(starts))
        found: dict[int, None] = {}
        for way in self.ways:
            found.update(dict.fromkeys(self._reach(way, starts)))
        return list(found)

    def each(self, start: int) -> Iterator[int]:
        """Yield the nodes within the depths of one start as they are found, without duplicates."""
        seen: set[int] = set()
        for way in self.ways:
            for node in levels(way.forth, start, self.minimum, self.maximum):
                if node not in seen:
                    seen.add(node)
                    yield node

    def avoiding(self, uncertain: Set[int]) -> Walk:
        """Return the same walk over the edges between nodes that are certain."""
        ways = (
            Way(_between(way.forth, uncertain), _between(way.back, uncertain)) for way in self.ways
        )
        return replace(self, ways=tuple(ways))

    def graded(self, starts: Mapping[int, Truth], uncertain: Set[int]) -> dict[int, Truth]:
        """Return the nodes that the walk reaches or may reach, each with whether it does.

        An edge of an uncertain node may have gone, which breaks ways or makes them longer. Starts
        that are unknown may be no starts.
        """
        certain = self.avoiding(uncertain)
        sure = [start for start, truth in starts.items() if truth]
        if self.minimum <= 1:
            possible, reached = self.reach(starts), set(certain.reach(sure))
        else:
            possible = list(self._without_nearer(starts, self, 0, self.maximum, certain))
            reached = set(self._without_nearer(sure, certain, self.minimum, self.maximum, self))
        return {node: True if node in reached else None for node in possible}

    def _without_nearer(
        self, starts: Iterable[int], walk: Walk, minimum: int, maximum: int, nearer: Walk
    ) -> dict[int, None]:
        """Return what a walk finds, without what is too near to the same start on another walk."""
        found: dict[int, None] = {}
        for way, other in zip(walk.ways, nearer.ways, strict=True):
            for start in starts:
                near = set(levels(other.forth, start, 0, self.minimum - 1))
                at = levels(way.forth, start, minimum, maximum)
                found.update(dict.fromkeys(node for node in at if node not in near))
        return found

    def _reach(self, way: Way, starts: list[int]) -> Iterable[int]:
        if len(starts) == 1 or self.minimum > 1:
            # Depth counts from each start separately: a node may be too near to one start, and at
            # the right depth from another.
            return (
                node
                for start in starts
                for node in levels(way.forth, start, self.minimum, self.maximum)
            )
        found = _closure(way.forth, starts, self.maximum)
        if self.minimum == 0:
            return [*starts, *found]
        own = set(starts)
        return [node for node in found if node not in own or self._from_another(way, node, own)]

    def _from_another(self, way: Way, node: int, starts: set[int]) -> bool:
        """Return whether another start reaches this one; a way back to itself does not count."""
        return any(other in starts for other in levels(way.back, node, 1, self.maximum))


def _between(way: Neighbours, uncertain: Set[int]) -> Neighbours:
    def certain(node: int) -> Sequence[int]:
        if node in uncertain:
            return ()
        return [neighbour for neighbour in way(node) if neighbour not in uncertain]

    return certain


def walk_of(navigation: Navigation, types: tuple[str, ...], graph: SearchGraph) -> Walk:
    """Return the walk of a navigation; `types` are the query's edge types.

    A navigation with two heads is a walk in and a walk out, and each keeps its direction: mixed,
    they would reach every resource of a region. `<-delete[1:1]default->` goes in along `delete` and
    out along `default`; `<-[1:1]->` goes both ways along the same type.
    """
    into, out = navigation.in_types, navigation.out_types
    asked = {"in": into or out, "out": out or into}
    directions = ("in", "out") if navigation.direction == "both" else (navigation.direction,)
    wanted = [
        (direction, name)
        for direction in directions
        for name in asked[direction] or types or DEFAULT_TYPES
    ]
    ways = []
    for direction, name in wanted:
        forth = graph.neighbours(name, direction)
        ways.append(Way(forth, graph.neighbours(name, _OPPOSITE[direction])))
    return Walk(tuple(ways), navigation.minimum, navigation.maximum)


def levels(way: Neighbours, start: int, minimum: int, maximum: int) -> Iterator[int]:
    """Yield the nodes whose shortest way from the start has between minimum and maximum edges."""
    if minimum == 0:
        yield start
    seen, level = {start}, [start]
    for depth in range(1, maximum + 1):
        following = []
        for node in level:
            for neighbour in way(node):
                if neighbour not in seen:
                    seen.add(neighbour)
                    following.append(neighbour)
        if depth >= minimum:
            yield from following
        if not following:
            return
        level = following


def _closure(way: Neighbours, starts: list[int], maximum: int) -> dict[int, None]:
    """Return the nodes from 1 to `maximum` edges away from any start, including other starts."""
    found: dict[int, None] = {}
    level = starts
    for _ in range(maximum):
        following = []
        for node in level:
            for neighbour in way(node):
                if neighbour not in found:
                    found[neighbour] = None
                    following.append(neighbour)
        if not following:
            break
        level = following
    return found
