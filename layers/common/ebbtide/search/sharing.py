"""One account of a snapshot, read once for several searches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.language.syntax import Query
from ebbtide.search.extent import Extent, extent_of
from ebbtide.search.graph import SearchGraph
from ebbtide.search.marks import Marks
from ebbtide.search.snapshot import Gaps, LineStore, Snapshot


@dataclass(frozen=True)
class SharedSnapshot(Snapshot):
    """A snapshot of one account whose graph has what several searches need.

    A search finds the same in it as alone: what the others need matches none of its terms. Searches
    that begin later see only what these need.
    """

    extent: Extent = field(default_factory=lambda: Extent(None, edges=True))
    _graphs: list[SearchGraph] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        store: LineStore,
        manifest: Manifest,
        account: str,
        queries: Iterable[Query],
        *,
        marks: Marks,
        gaps: Gaps,
    ) -> Self:
        extents = [extent for query in queries for extent in _needed(query)]
        return cls(store, manifest, frozenset((account,)), marks, gaps, extent=union(extents))

    def graph(self, entries: list[AccountEntry], extent: Extent) -> SearchGraph:
        """Return the one graph; `entries` and `extent` are parts of what it has."""
        del entries, extent
        if not self._graphs:
            self._graphs.append(super().graph(self.entries, self.extent))
        return self._graphs[0]


def _needed(query: Query) -> Iterable[Extent]:
    yield extent_of(query)
    # What is looked for beside gaps is what the last part can match alone.
    alone = extent_of(Query(query.parts[-1:]))
    yield replace(alone, edges=False)


def union(extents: Iterable[Extent]) -> Extent:
    """Return the extent that covers all of these."""
    known = list(extents)
    kinds = [one.kinds for one in known]
    return Extent(
        None if any(one is None for one in kinds) else frozenset().union(*filter(None, kinds)),
        edges=any(one.edges for one in known),
        types=frozenset().union(*(one.types for one in known)),
        whole=any(one.whole for one in known),
        far=any(one.far for one in known),
    )
