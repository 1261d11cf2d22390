"""Evaluate the metrics that need neighbours: the graph of an account is loaded once for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ebbtide.language import Query
from ebbtide.language.walking import paths_of_aggregate
from ebbtide.metrics.work import Work
from ebbtide.model.owning_account import owning_account
from ebbtide.search.evaluation import Evaluation
from ebbtide.search.extent import Extent, extent_of
from ebbtide.search.filling import with_merges_for
from ebbtide.search.graph import SearchGraph
from ebbtide.search.merges import merges_of
from ebbtide.search.node import Context
from ebbtide.search.snapshot import Snapshot


def with_groups_attached(query: Query) -> Query:
    """Return a query with merges in its last part for the ancestors that its groups name."""
    assert query.aggregate is not None
    return with_merges_for(query, paths_of_aggregate(query.aggregate))


def needs_neighbours(query: Query) -> bool:
    """Return whether a query depends on more than each line by itself."""
    last = query.parts[-1]
    if len(query.parts) > 1 or last.with_clause is not None:
        return True
    return bool(merges_of(with_groups_attached(query).parts[-1].term))


def judge_graph(works: Sequence[Work], snapshot: Snapshot, now: datetime) -> None:
    """Evaluate metrics over the one account of a snapshot."""
    queries = [with_groups_attached(work.chosen.query) for work in works]
    graph = snapshot.graph(snapshot.entries, union(map(extent_of, queries)))
    context = snapshot.context(now)
    for work, query in zip(works, queries, strict=True):
        work.guarded(lambda: _judge(work, query, graph, context))  # noqa: B023


def _judge(work: Work, query: Query, graph: SearchGraph, context: Context) -> None:
    for line, truth in Evaluation(query, graph, context).graded_lines():
        if owning_account(line) == line["account"]:
            work.take(line, truth)


def union(extents: Iterable[Extent]) -> Extent:
    """Return what several searches have to read together."""
    found = list(extents)
    kinds = [one.kinds for one in found]
    known = [names for names in kinds if names is not None]
    return Extent(
        None if len(known) < len(kinds) else frozenset().union(*known),
        edges=any(one.edges for one in found),
        types=frozenset().union(*(one.types for one in found)),
        far=any(one.far for one in found),
    )
