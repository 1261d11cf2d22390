"""Answer searches over a snapshot.

If possible, a search goes account by account, or even line by line if it needs no neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ebbtide.graph.manifest import AccountEntry
from ebbtide.language.errors import SearchError
from ebbtide.language.rows import order_of_rows
from ebbtide.language.syntax import Limit, Merged, Part, Query
from ebbtide.language.walking import paths_of_aggregate
from ebbtide.model.lines import ResourceLine
from ebbtide.search.aggregation import Tally
from ebbtide.search.document import node_document
from ebbtide.search.evaluation import Evaluation, Match, context_of, cut, sort_lines
from ebbtide.search.extent import Extent, extent_of
from ebbtide.search.merges import merges_of, merges_of_paths
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_term, texts_of_term
from ebbtide.search.snapshot import Snapshot


def find(query: Query, snapshot: Snapshot, now: datetime) -> Iterator[Match]:
    """Yield the matches of a search without an aggregate.

    By default, matches come account by account as they are found, in each account by kind, name and
    id. A sort, `reversed`, a full text, or a limit in an earlier part needs one order over all
    accounts. The caller chooses the snapshot, also for a query with --at. Raises SearchError for an
    aggregate, and MissingError if the snapshot's objects have expired.
    """
    if query.aggregate is not None:
        raise SearchError("an aggregate returns rows, not resources")
    return _Search(query, snapshot, now).matches()


def aggregate(query: Query, snapshot: Snapshot, now: datetime) -> list[dict[str, Any]]:
    """Return the rows of an aggregate: {"group": {name: value}, name: number}.

    They are sorted by group, or as the search asks.

    Raises SearchError if the search has no aggregate.
    """
    if query.aggregate is None:
        raise SearchError("this search has no aggregate")
    query, order = order_of_rows(query)
    assert query.aggregate is not None
    search = _Search(_with_groups_attached(query), snapshot, now)
    tally = Tally(query.aggregate, context_of(search.last, search.context))
    for line in search.lines():
        tally.add(line)
    return tally.rows(order)


def document_of(
    line: ResourceLine, snapshot: Snapshot, now: datetime, query: Query | None = None
) -> dict[str, Any]:
    """Build the document of a node of the snapshot.

    Its usage covers the span that the last part of the query asks for.
    """
    context = snapshot.context(now)
    return node_document(line, context_of(query.parts[-1], context) if query else context)


def find_edges(
    query: Query, snapshot: Snapshot, now: datetime
) -> tuple[list[Match], list[dict[str, Any]]]:
    """Return the matches of a search, and the edges of all types between them."""
    matches = list(find(query, snapshot, now))
    names = {match.line["graph_id"] for match in matches}
    accounts = {match.line["account"] for match in matches}
    edges = [
        edge
        for entry in snapshot.entries
        if entry.account in accounts
        for edge in snapshot.store.read_lines(entry.edges)
        if edge["source"] in names and edge["target"] in names
    ]
    return matches, edges


def _with_groups_attached(query: Query) -> Query:
    """Return the query with merges in its last part for the ancestors that its groups name."""
    assert query.aggregate is not None
    *before, last = query.parts
    term = last.term if isinstance(last.term, Merged) else Merged(last.term, ())
    made = {merge.name for merge in term.merges}
    wanted = merges_of_paths(paths_of_aggregate(query.aggregate))
    more = tuple(merge for merge in wanted if merge.name not in made)
    if not more:
        return query
    term = replace(term, merges=(*term.merges, *more))
    return replace(query, parts=(*before, replace(last, term=term)))


@dataclass(slots=True)
class _Search:
    query: Query
    snapshot: Snapshot
    now: datetime

    @property
    def context(self) -> Context:
        return self.snapshot.context(self.now)

    @property
    def last(self) -> Part:
        return self.query.parts[-1]

    def matches(self) -> Iterator[Match]:
        extent, entries = extent_of(self.query), self.snapshot.entries
        if extent.whole:
            graph = self.snapshot.graph(entries, extent)
            return Evaluation(self.query, graph, self.context).matches()
        found = (match for entry in entries for match in self._of_account(entry, extent))
        if self._in_one_order:
            return iter(self._ordered(found))
        return _first(found, self.last.limit)

    def lines(self) -> Iterator[ResourceLine]:
        """Yield the lines of all matches, unordered unless a limit needs an order."""
        last = self.last
        if last.limit is not None:
            yield from (match.line for match in self.matches())
        elif self._needs_graph:
            yield from self._by_graph()
        else:
            yield from self._streamed()

    @property
    def _needs_graph(self) -> bool:
        """Whether the search depends on neighbours, so that lines cannot be streamed."""
        if len(self.query.parts) > 1 or self.last.with_clause is not None:
            return True
        return bool(merges_of(self.last.term))

    @property
    def _in_one_order(self) -> bool:
        """Whether the matches of all accounts must be sorted together."""
        return bool(self.last.sort or self.last.reverse or texts_of_term(self.last.term))

    def _by_graph(self) -> Iterator[ResourceLine]:
        extent, entries = extent_of(self.query), self.snapshot.entries
        for group in [entries] if extent.whole else [[entry] for entry in entries]:
            graph = self.snapshot.graph(group, extent)
            yield from Evaluation(self.query, graph, self.context).lines()

    def _streamed(self) -> Iterator[ResourceLine]:
        kinds = extent_of(self.query).kinds
        fulfils = compile_term(self.last.term, context_of(self.last, self.context))
        for entry in self.snapshot.entries:
            yield from filter(fulfils, self.snapshot.resources(entry, kinds))

    def _of_account(self, entry: AccountEntry, extent: Extent) -> Iterator[Match]:
        query = self.query
        if self.last.limit is not None:
            # One account may have to supply all matches, including those that the offset skips.
            limit = Limit(self.last.limit.offset + self.last.limit.length)
            query = replace(query, parts=(*query.parts[:-1], replace(self.last, limit=limit)))
        return Evaluation(query, self.snapshot.graph([entry], extent), self.context).matches()

    def _ordered(self, found: Iterable[Match]) -> list[Match]:
        context = context_of(self.last, self.context)
        matches = sort_lines(list(found), lambda match: match.line, self.last, context)
        return cut(matches[::-1] if self.last.reverse else matches, self.last.limit)


def _first(found: Iterator[Match], limit: Limit | None) -> Iterator[Match]:
    """Yield the matches within the limit, without reading further accounts than necessary."""
    if limit is None:
        yield from found
        return
    for position, match in enumerate(found):
        if position >= limit.offset:
            yield match
        if position + 1 >= limit.offset + limit.length:
            return
