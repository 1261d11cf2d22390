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
from ebbtide.search.extent import FEW_KINDS, Extent, Reach
from ebbtide.search.graph import SearchGraph
from ebbtide.search.marks import TAGS_ONLY, Marks
from ebbtide.search.node import Context

type Wanted = Callable[[bytes], bool]


class Gaps(Protocol):
    """What could not be read where something that a search relies on could be."""

    def near(self, line: ResourceLine, kinds: frozenset[str], reach: Reach) -> str:
        """Return why resources of these kinds may be hidden within reach of one; "" if none are."""
        ...

    def within(self, account: str, kinds: frozenset[str], reach: Reach) -> bool:
        """Return whether resources of these kinds may be hidden within reach of an account's."""
        ...


class LineStore(Protocol):
    """The store of a snapshot's objects: the bucket, or a folder that holds a copy of it."""

    def read_lines(self, key: str, wanted: Wanted | None = None) -> Iterator[Any]:
        """Yield the values of lines; `wanted` filters them before they are decoded."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """A snapshot to search.

    accounts: search only these; None for all. marks: what runs decided about the resources, and did
    to them. gaps: says what was not read; without it, everything missing counts as absent.
    limits_rely: a limit counts what was not read as well, which might come first.
    """

    store: LineStore
    manifest: Manifest
    accounts: Collection[str] | None = None
    marks: Marks = TAGS_ONLY
    gaps: Gaps | None = None
    limits_rely: bool = True

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
        stale = {one.account: one.stale_since for one in self.entries if one.stale_since}
        return Context(
            now, self.account_names, self.marks, stale=stale, prices_rely=self.limits_rely
        )

    def resources(
        self, entry: AccountEntry, kinds: frozenset[str] | None, *, passed: bool = False
    ) -> Iterator[ResourceLine]:
        """Yield the resources of an account, of these kinds or of all kinds if None.

        It may also yield other kinds, because the filter is only approximate. With `passed`, it
        yields everything that is stale or was read only partly: a way may pass it.
        """
        yield from self.store.read_lines(entry.resources, _of_kinds(kinds, passed))

    def graph(self, entries: list[AccountEntry], extent: Extent) -> SearchGraph:
        """Load the nodes and edges that a search needs into memory."""
        graph = SearchGraph()
        with bulk_load():
            for entry in entries:
                edges = self.store.read_lines(entry.edges, _of_types(extent.types))
                lines = self.resources(entry, extent.kinds, passed=extent.far)
                stale = entry.stale_since is not None
                graph.add(lines, edges if extent.edges else (), stale=stale)
        return graph


def _of_kinds(kinds: frozenset[str] | None, passed: bool) -> Wanted | None:
    if kinds is None or len(kinds) > FEW_KINDS:
        return None
    named = _having("kind", kinds)
    if not passed:
        return named
    uncertain = re.compile(rb'"stale_since": ?"|"unread": ?\{').search
    return lambda line: named(line) or uncertain(line) is not None


def _of_types(types: frozenset[str]) -> Wanted | None:
    return _having("type", types)


def _having(name: str, choices: frozenset[str]) -> Wanted:
    """Return a filter of undecoded lines that have one of these values for a name, at any depth."""
    if not choices:
        return lambda _: False
    values = "|".join(map(re.escape, sorted(choices)))
    found = re.compile(f'"{name}": ?"(?:{values})"'.encode()).search
    return lambda line: found(line) is not None
