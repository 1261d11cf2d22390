"""The snapshot that a search reads, or the part of it that the search needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from ebbtide.base.gc_pauses import bulk_load
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.lines import ResourceLine
from ebbtide.search.extent import FEW_KINDS, Extent
from ebbtide.search.graph import SearchGraph
from ebbtide.search.marks import TAGS_ONLY, Marks
from ebbtide.search.node import Context

type Wanted = Callable[[bytes], bool]


class LineStore(Protocol):
    """The store of a snapshot's objects: the bucket, or a folder that holds a copy of it."""

    def read_lines(self, key: str, wanted: Wanted | None = None) -> Iterator[Any]:
        """Yield the values of lines; `wanted` filters them before they are decoded."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """A snapshot to search.

    accounts: search only these; None for all. marks: what runs decided about the resources, and did
    to them.
    """

    store: LineStore
    manifest: Manifest
    accounts: Collection[str] | None = None
    marks: Marks = TAGS_ONLY

    @property
    def entries(self) -> list[AccountEntry]:
        """The entries of the accounts to search."""
        chosen = self.accounts
        return [
            entry for entry in self.manifest.accounts if chosen is None or entry.account in chosen
        ]

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        return {entry.account: entry.name for entry in self.manifest.accounts}

    def context(self, now: datetime) -> Context:
        """Return the context for the nodes of this snapshot."""
        return Context(now, self.account_names, self.marks)

    def resources(
        self, entry: AccountEntry, kinds: frozenset[str] | None
    ) -> Iterator[ResourceLine]:
        """Yield the resources of an account, of these kinds or of all kinds if None.

        It may also yield other kinds, because the filter is only approximate.
        """
        yield from self.store.read_lines(entry.resources, _of_kinds(kinds))

    def graph(self, entries: list[AccountEntry], extent: Extent) -> SearchGraph:
        """Load the nodes and edges that a search needs into memory."""
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
    """Return a filter of undecoded lines that have one of these values for a name, at any depth."""
    if not choices:
        return lambda _: False
    values = "|".join(map(re.escape, sorted(choices)))
    found = re.compile(f'"{name}": ?"(?:{values})"'.encode()).search
    return lambda line: found(line) is not None
