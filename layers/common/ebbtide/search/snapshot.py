"""What is searched: a snapshot of all accounts or some, read as far as a search needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from ebbtide.base.gc_pauses import bulk_load
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.lines import ResourceLine
from ebbtide.search.extent import FEW_KINDS, Extent
from ebbtide.search.graph import SearchGraph
from ebbtide.search.node import Context

type Wanted = Callable[[bytes], bool]


class LineStore(Protocol):
    """Where a snapshot's objects are: storage.Bucket, or the folder of a downloaded run."""

    def read_lines(self, key: str, wanted: Wanted | None = None) -> Iterator[Any]:
        """The values of the lines that are `wanted`, which is asked before they are decoded."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """`accounts`: only these; `marks`: by graph id, what jobs have marked (clean, protected)."""

    store: LineStore
    manifest: Manifest
    accounts: Collection[str] | None = None
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def entries(self) -> list[AccountEntry]:
        """The accounts that are searched."""
        chosen = self.accounts
        return [
            entry for entry in self.manifest.accounts if chosen is None or entry.account in chosen
        ]

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        return {entry.account: entry.name for entry in self.manifest.accounts}

    def context(self, now: datetime) -> Context:
        """What nodes of this snapshot do not know by themselves."""
        return Context(now, self.account_names, self.marks)

    def resources(
        self, entry: AccountEntry, kinds: frozenset[str] | None
    ) -> Iterator[ResourceLine]:
        """The resources of an account, of these kinds or of all."""
        yield from self.store.read_lines(entry.resources, _of_kinds(kinds))

    def graph(self, entries: list[AccountEntry], extent: Extent) -> SearchGraph:
        """The nodes and edges that a search needs, in memory."""
        graph = SearchGraph()
        with bulk_load():
            for entry in entries:
                edges = self.store.read_lines(entry.edges, _of_types(extent.types))
                graph.add(self.resources(entry, extent.kinds), edges if extent.edges else ())
        return graph


def _of_kinds(kinds: frozenset[str] | None) -> Wanted | None:
    if kinds is None or len(kinds) > FEW_KINDS:
        return None
    return _having("kind", kinds)


def _of_types(types: frozenset[str]) -> Wanted | None:
    return _having("type", types)


def _having(name: str, choices: frozenset[str]) -> Wanted:
    """Whether an undecoded line has one of these values under a name; a nested one counts, too."""
    if not choices:
        return lambda _: False
    values = "|".join(map(re.escape, sorted(choices)))
    found = re.compile(f'"{name}": ?"(?:{values})"'.encode()).search
    return lambda line: found(line) is not None
