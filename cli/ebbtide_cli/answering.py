"""Evaluate a search on a snapshot and write the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from ebbtide import search
from ebbtide.base.clock import now
from ebbtide.language import Query, parse_search, step_faults
from ebbtide.search import Match
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import UsageError
from ebbtide_cli.explaining import write_explanation
from ebbtide_cli.output import warn
from ebbtide_cli.progress import Watched, watched
from ebbtide_cli.results import Form, Node, write_aggregates, write_nodes
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Results, Summary, summarize
from ebbtide_cli.view import View, view_of, without_marks

type Record = dict[str, Any]

_AT = "--at"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search as text, and the snapshot, accounts and number of results that it is limited to.

    `at` is None for the current snapshot; no `accounts` means all of them. `strict`: it is the
    search of a job.
    """

    text: str
    at: str | None = None
    accounts: list[str] = field(default_factory=list)
    limit: int | None = None
    strict: bool = False


def parsed(text: str, store: Readable, moment: datetime) -> Query:
    """Parse a search as of `moment`. Raises SearchError.

    Reads the configuration only if the search expands a snippet from it.
    """
    if "expand(" not in text:
        return parse_search(text, now=moment)
    # The models of the configuration take 0.2 s to load.
    from ebbtide_cli.configuration import templates_of

    return parse_search(text, templates=templates_of(store), now=moment)


def answer(source: Source, request: SearchRequest, form: Form, *, explain: bool = False) -> None:
    """Write the results of a search, or with `explain` only what it would read."""
    if "expand(" not in request.text:
        # Report a mistake in the search before reading anything.
        parse_search(request.text)
    answer_from(source.open(), request, form, explain=explain)


def answer_from(
    opened: Readable, request: SearchRequest, form: Form, *, explain: bool = False
) -> None:
    """Write the results of a search on an open source, or only what it would read."""
    with watched(opened) as store:
        view = view_of(store, time_of(request, store), request.accounts)
        view = replace(view, strict=request.strict)
        query = parsed(request.text, store, view.now)
        for message, _ in step_faults(query):
            warn(message)
        if explain:
            write_explanation(query, view)
        else:
            answer_query(view, query, form, request.limit)


def time_of(request: SearchRequest, store: Readable) -> str | None:
    """Return the time that the option --at or the search itself asks for.

    Raises UsageError if both do.
    """
    if _AT not in request.text:
        return request.at
    at = parsed(request.text, store, now()).at
    if at is not None and request.at is not None:
        raise UsageError("the search has --at, too; give the time once")
    return at or request.at


def answer_query(view: View, query: Query, form: Form, limit: int | None = None) -> None:
    """Evaluate a query, write its results to stdout, and what they are about to stderr.

    Raises UsageError if the query is an aggregate and `form` does not suit one.
    """
    if query.aggregate is not None:
        form.require_rows()
        found = search.aggregated(query, view.snapshot, view.now)
        rows = found.rows[:limit]
        view.store.stop()
        write_aggregates(form.format, rows, query.aggregate)
        summary = summary_of(view, query, len(rows), "group", limit)
        summarize(replace(summary, unknown=found.unknown, unpriced=found.unpriced))
        return
    edges: list[Record] = []
    unknown: list[search.Unknown] = []
    matches: Iterable[Match]
    if form.needs_edges:
        matches, edges = search.find_edges(query, view.searched, view.now)
        matches, edges = _first(matches, edges, limit)
    else:
        answer = search.find(query, view.searched, view.now)
        matches, unknown = islice(answer, limit), answer.unknown
    shown = view if form.shows_marks else without_marks(view)
    results = Results(nodes_of(matches, shown, query))
    write_nodes(form, begun(iter(results), view.store), edges)
    summary = summary_of(view, query, results.count, "resource", limit)
    summarize(replace(summary, unknown=len(unknown)))


def summary_of(view: View, query: Query, count: int, noun: str, limit: int | None) -> Summary:
    """Return the summary of a search, which only what the search reads can leave incomplete."""
    snapshot = view.snapshot
    kinds = search.extent_of(query).kinds
    about = Summary(count, noun, snapshot.manifest, view.asked, snapshot.accounts, kinds)
    return replace(about, limit=limit)


def _first(
    matches: list[Match], edges: list[Record], limit: int | None
) -> tuple[list[Match], list[Record]]:
    """Return the first matches, and the edges that have both ends among them."""
    if limit is None or len(matches) <= limit:
        return matches, edges
    kept = matches[:limit]
    ids = {match.line["graph_id"] for match in kept}
    return kept, [edge for edge in edges if edge["source"] in ids and edge["target"] in ids]


def nodes_of(matches: Iterable[Match], view: View, query: Query) -> Iterator[Node]:
    for match in matches:
        yield Node(search.document_of(match.line, view.snapshot, view.now, query), match.tag)


def begun[T](results: Iterator[T], store: Watched) -> Iterator[T]:
    """Return the same results, with the progress display removed once the first is ready."""
    first = list(islice(results, 1))
    store.stop()
    return chain(first, results)
