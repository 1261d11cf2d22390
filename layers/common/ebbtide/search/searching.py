"""Answer searches over a snapshot.

If possible, a search goes account by account, or even line by line if it needs no neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any

from ebbtide.graph.manifest import AccountEntry
from ebbtide.language.errors import SearchError
from ebbtide.language.prices import asks_for_prices
from ebbtide.language.rows import order_of_rows
from ebbtide.language.syntax import Limit, Part, Query
from ebbtide.language.walking import paths_of_aggregate
from ebbtide.model.lines import ResourceLine
from ebbtide.search.aggregation import Tally
from ebbtide.search.document import node_document
from ebbtide.search.evaluation import Evaluation, Match, context_of
from ebbtide.search.extent import Extent, extent_of
from ebbtide.search.filling import with_merges_for
from ebbtide.search.hiding import Hidden
from ebbtide.search.knowing import is_uncertain
from ebbtide.search.merges import merges_of
from ebbtide.search.node import Context
from ebbtide.search.ordering import (
    Group,
    cut,
    floating,
    groups_of,
    sort_lines,
)
from ebbtide.search.predicates import compile_term, texts_of_term
from ebbtide.search.reasons import why_unknown
from ebbtide.search.snapshot import Snapshot
from ebbtide.search.truth import Truth


@dataclass(frozen=True, slots=True)
class Unknown:
    """A resource of which it is unknown whether it matches, and why.

    `seen`: it would match if all that is known were all there is.
    """

    match: Match
    why: str
    seen: bool = True


@dataclass(slots=True)
class Answer(Iterator[Match]):
    """Yields what surely matches, as it is found; `unknown` grows with it."""

    graded: Iterator[Match | Unknown]
    unknown: list[Unknown] = field(default_factory=list)

    def __next__(self) -> Match:
        for one in self.graded:
            if isinstance(one, Match):
                return one
            self.unknown.append(one)
        raise StopIteration


def find(query: Query, snapshot: Snapshot, now: datetime) -> Answer:
    """Yield the sure matches of a search without an aggregate; `unknown` holds what may match.

    By default, matches come account by account as they are found, in each account by kind, name and
    id. A sort, `reversed`, a full text, or a limit in an earlier part needs one order over all
    accounts. The caller chooses the snapshot, also for a query with --at. Raises SearchError for an
    aggregate, and MissingError if the snapshot's objects have expired.
    """
    if query.aggregate is not None:
        raise SearchError("an aggregate returns rows, not resources")
    return Answer(_Search(query, snapshot, now).graded())


@dataclass(frozen=True, slots=True)
class Aggregated:
    """The rows of an aggregate: {"group": {name: value}, name: number}.

    The price of `unpriced` of the resources in them is unknown, although a function asks for it.
    `unknown` counts those that are not in the rows because it is unknown whether they match.
    """

    rows: list[dict[str, Any]]
    unpriced: int = 0
    unknown: int = 0


def aggregate(query: Query, snapshot: Snapshot, now: datetime) -> list[dict[str, Any]]:
    """Return the rows of an aggregate, sorted by group, or as the search asks.

    Raises SearchError if the search has no aggregate.
    """
    return aggregated(query, snapshot, now).rows


def aggregated(query: Query, snapshot: Snapshot, now: datetime) -> Aggregated:
    """Return the rows of an aggregate, and what is not in them.

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
    return Aggregated(tally.rows(order), tally.unpriced, search.unknown)


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
    return matches, edges_between(matches, snapshot)


def edges_between(matches: Iterable[Match], snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the edges of all types that have both ends among the matches."""
    found = {match.line["graph_id"]: match.line["account"] for match in matches}
    accounts = set(found.values())
    return [
        edge
        for entry in snapshot.entries
        if entry.account in accounts
        for edge in snapshot.store.read_lines(entry.edges)
        if edge["source"] in found and edge["target"] in found
    ]


def _with_groups_attached(query: Query) -> Query:
    """Return the query with merges in its last part for the ancestors that its groups name."""
    assert query.aggregate is not None
    return with_merges_for(query, paths_of_aggregate(query.aggregate))


@dataclass(slots=True)
class _Search:
    query: Query
    snapshot: Snapshot
    now: datetime
    # How many lines were left out because it is unknown whether they match.
    unknown: int = 0

    @property
    def context(self) -> Context:
        return self.snapshot.context(self.now)

    @property
    def last(self) -> Part:
        return self.query.parts[-1]

    def graded(self) -> Iterator[Match | Unknown]:
        """Yield what matches, and what may match; what is not seen at all comes last."""
        hidden = Hidden(self.query, self.snapshot, self.context)
        found = set()
        for match, truth in self._matches():
            if hidden.alone is not None:
                found.add(match.line["graph_id"])
            why = hidden.absent(match.line)
            if truth and not why:
                yield match
            else:
                yield Unknown(match, why or self._why(match.line))
        for line, why in self._unseen(hidden):
            if line["graph_id"] not in found:
                yield Unknown(Match(line), why, seen=False)

    def _why(self, line: ResourceLine) -> str:
        alone, priced = not self._needs_graph, asks_for_prices(self.query)
        return why_unknown(line, self.context, alone=alone, priced=priced)

    def _matches(self) -> Iterator[tuple[Match, Truth]]:
        extent, entries = extent_of(self.query), self.snapshot.entries
        if extent.whole:
            graph = self.snapshot.graph(entries, extent)
            return Evaluation(self.query, graph, self.context).graded()
        found = ([*self._of_account(entry, extent)] for entry in entries)
        if self._in_one_order:
            return self._ordered([one for there in found for one in there])
        groups = chain.from_iterable(map(self._groups, found))
        return cut(groups, self.last.limit, self._may_be_gone)

    def _groups(self, found: list[tuple[Match, Truth]]) -> Sequence[Group[Match]]:
        if self.last.limit is None:
            return [(found, True)]
        return groups_of(found, lambda match: match.line, self.last, self.context)

    def lines(self) -> Iterator[ResourceLine]:
        """Yield the lines of all matches, unordered unless a limit needs an order."""
        last = self.last
        if last.limit is not None:
            yield from self._sure((match.line, truth) for match, truth in self._matches())
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
            yield from self._sure(Evaluation(self.query, graph, self.context).graded_lines())

    def _streamed(self) -> Iterator[ResourceLine]:
        kinds = extent_of(self.query).kinds
        fulfils = compile_term(self.last.term, context_of(self.last, self.context))
        for entry in self.snapshot.entries:
            lines = self.snapshot.resources(entry, kinds)
            yield from self._sure((line, fulfils(line)) for line in lines)

    def _sure(self, found: Iterable[tuple[ResourceLine, Truth]]) -> Iterator[ResourceLine]:
        """Yield what surely matches, and count what may match."""
        for line, truth in found:
            if truth:
                yield line
            elif truth is None:
                self.unknown += 1

    def _of_account(self, entry: AccountEntry, extent: Extent) -> Iterator[tuple[Match, Truth]]:
        query = self.query
        if self.last.limit is not None:
            # One account may have to supply all matches, including those that the offset skips.
            limit = Limit(self.last.limit.offset + self.last.limit.length)
            query = replace(query, parts=(*query.parts[:-1], replace(self.last, limit=limit)))
        return Evaluation(query, self.snapshot.graph([entry], extent), self.context).graded()

    def _may_be_gone(self, match: Match) -> bool:
        return is_uncertain(match.line, self.context)

    def _ordered(self, found: list[tuple[Match, Truth]]) -> Iterator[tuple[Match, Truth]]:
        context = context_of(self.last, self.context)
        matches = sort_lines(found, lambda entry: entry[0].line, self.last, context)
        if self.last.reverse:
            matches = matches[::-1]
        floats = floating(self.last)
        return cut(
            self._groups(matches),
            self.last.limit,
            self._may_be_gone,
            lambda match: floats(match.line),
            rely=context.prices_rely,
        )

    def _unseen(self, hidden: Hidden) -> Iterator[tuple[ResourceLine, str]]:
        """Yield what does not match, but might if more were known of what is beside it."""
        if hidden.alone is None:
            return
        extent = extent_of(hidden.alone)
        for entry in filter(hidden.is_in, self.snapshot.entries):
            graph = self.snapshot.graph([entry], extent)
            for match, _ in Evaluation(hidden.alone, graph, self.context).graded():
                why = hidden.beside(match.line)
                if why:
                    yield match.line, why
