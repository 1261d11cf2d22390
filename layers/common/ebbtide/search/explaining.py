"""Explain what a search would read, without running it."""

from __future__ import annotations

from dataclasses import dataclass

from ebbtide.language.syntax import Query
from ebbtide.search.extent import extent_of
from ebbtide.search.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a search would read. `kinds` is None for all kinds.

    `resources` and `edges` are upper bounds of the lines to decode. `in_memory` is the number of
    accounts whose graphs are in memory at the same time.
    """

    accounts: int
    objects: int
    kinds: tuple[str, ...] | None
    resources: int
    edges: int
    in_memory: int

    def sentences(self) -> list[str]:
        """Return the explanation in words."""
        kinds = "all kinds" if self.kinds is None else ", ".join(self.kinds) or "no kind"
        edges = f" and up to {self.edges:,} edges" if self.edges else ", but no edges"
        held = "all accounts at once" if self.in_memory > 1 else "one account at a time"
        return [
            f"reads {self.objects} objects of {self.accounts} accounts",
            f"reads up to {self.resources:,} resources ({kinds}){edges}",
            f"holds {held} in memory",
        ]


def explain(query: Query, snapshot: Snapshot) -> Explanation:
    """Estimate what a query reads of a snapshot, from the counts in its manifest."""
    extent, entries = extent_of(query), snapshot.entries
    resources = sum(
        count
        for entry in entries
        for kind, count in entry.counts.items()
        if extent.kinds is None or kind in extent.kinds
    )
    return Explanation(
        accounts=len(entries),
        objects=len(entries) * (2 if extent.edges else 1),
        kinds=None if extent.kinds is None else tuple(sorted(extent.kinds)),
        resources=resources,
        edges=sum(entry.edge_count for entry in entries) if extent.edges else 0,
        in_memory=len(entries) if extent.whole else min(1, len(entries)),
    )
