"""Which resources a report shows if there are more of them than it can hold; pure.

What people look for comes first: what is selected, what is dearest, what changed, and their
neighbours. The rest is a sample. The choice depends on nothing but the resources, so a report that
is written twice is the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from ebbtide.report.columns import is_structure

# A tenth of the resources is there for their price, and at most a quarter for a change: a first run
# finds that everything is new.
_FOR_PRICE, _FOR_CHANGE = 10, 4


@dataclass(slots=True)
class Smallest:
    """Keeps the `most` names with the smallest ranks, in memory for no others."""

    most: int
    _heap: list[tuple[Any, str]] = field(default_factory=list)

    def add(self, rank: float | int, name: str) -> None:
        # A heap gives up its smallest entry first: ranks are negated.
        if len(self._heap) < self.most:
            heapq.heappush(self._heap, (-rank, name))
        elif self.most and -rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-rank, name))

    def names(self) -> list[str]:
        """Return the names, the smallest rank first."""
        return [name for _, name in sorted(self._heap, key=lambda one: (-one[0], one[1]))]


def rank_of(name: str) -> int:
    """Return a number that is random among resources, and the same in every report."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


@dataclass(slots=True)
class Choice:
    """Collects the names of the resources to show, `limit` of them."""

    limit: int
    kept: dict[str, None] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return max(0, self.limit - len(self.kept))

    def take(self, names: Iterable[str], most: int | None = None) -> None:
        """Keep names in their order, up to `most` new ones, until the limit is reached."""
        left = self.free if most is None else min(most, self.free)
        for name in names:
            if left <= 0:
                return
            if name not in self.kept:
                self.kept[name] = None
                left -= 1


def choose(
    limit: int,
    decided: Iterable[str],
    changed: Collection[str],
    prices: Iterable[tuple[str, float | None]],
    edges: Iterable[Mapping[str, Any]],
) -> frozenset[str]:
    """Return the graph ids of the resources to show.

    `prices` has every resource of the snapshot, `edges` every edge; both are gone through once.
    """
    dearest, others, new = Smallest(limit // _FOR_PRICE), Smallest(limit), Smallest(limit)
    for name, monthly in prices:
        if monthly:
            dearest.add(-monthly, name)
        rank = rank_of(name)
        others.add(rank, name)
        if name in changed:
            new.add(rank, name)
    choice = Choice(limit)
    choice.take(decided)
    choice.take(dearest.names())
    choice.take(new.names(), most=limit // _FOR_CHANGE)
    choice.take(_neighbours(frozenset(choice.kept), edges))
    choice.take(others.names())
    return frozenset(choice.kept)


def _neighbours(names: frozenset[str], edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the other ends of all edges that have one end among the names."""
    for edge in edges:
        if is_structure(edge):
            continue
        source, target = edge["source"], edge["target"]
        if source in names:
            yield target
        if target in names:
            yield source
