"""Evaluate a search that is piped into commands, and print what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ebbtide import search
from ebbtide.language.piped import Piped, Stage
from ebbtide.language.syntax import Query
from ebbtide.search import Answer, Match
from ebbtide_cli.answering import begun, nodes_of, summary_of
from ebbtide_cli.output import inform, to_file
from ebbtide_cli.piped_output import Printing
from ebbtide_cli.results import write_aggregates, write_nodes
from ebbtide_cli.summary import Results, counted_as, summarize
from ebbtide_cli.view import View, without_marks


@dataclass(frozen=True, slots=True)
class Found:
    """The resources that a piped search finds, as they are found.

    `query` is the last stage, begun with the results of the stages before; `answers` are those of
    all stages, which know what else the search may mean.
    """

    query: Query
    matches: Iterable[Match]
    answers: tuple[Answer, ...]

    @property
    def unknown(self) -> int:
        return sum(len(answer.unknown) for answer in self.answers)


def find_piped(piped: Piped, view: View, limit: int | None = None) -> Found:
    """Return the resources that all stages together find."""
    stage, answers = last_of(piped, view)
    answer = search.find(stage.query, view.searched, view.now)
    return Found(stage.query, islice(_cut(answer, stage), limit), (*answers, answer))


def _cut(answer: Answer, stage: Stage) -> Iterator[Match]:
    if not stage.cuts:
        yield from answer
        return
    found = list(answer)
    for cut in stage.cuts:
        found = cut.of(found)
    yield from found


def last_of(piped: Piped, view: View) -> tuple[Stage, tuple[Answer, ...]]:
    """Return the last stage, begun with what the stages before it found."""
    stage, *others = piped.stages
    answers = []
    for following in others:
        answer = search.find(stage.query, view.searched, view.now)
        ids = tuple(match.line["graph_id"] for match in _cut(answer, stage))
        answers.append(answer)
        stage = following.among(ids)
    return stage, tuple(answers)


def write_rows_of(view: View, piped: Piped, printing: Printing, limit: int | None = None) -> None:
    """Write the rows of an aggregate, and what they are about to stderr."""
    printing.form.require_rows()
    stage, answers = last_of(piped, view)
    found = search.aggregated(stage.query, view.snapshot, view.now)
    rows = found.rows
    for cut in stage.cuts:
        rows = cut.of(rows)
    rows = rows[:limit]
    view.store.stop()
    with to_file(printing.path):
        write_aggregates(printing.form.format, rows, stage.query.aggregate)
    _say_total(rows)
    unknown = sum(len(answer.unknown) for answer in answers) + found.unknown
    summary = summary_of(view, stage.query, len(rows), "group", limit)
    summarize(replace(summary, unknown=unknown, unpriced=found.unpriced))


def write_found(view: View, found: Found, printing: Printing, limit: int | None = None) -> None:
    """Write resources, the edges between them if the form has any, and a summary to stderr."""
    form = printing.form
    matches, edges = found.matches, []
    if form.needs_edges:
        matches = list(matches)
        edges = search.edges_between(matches, view.snapshot)
    shown = view if form.shows_marks else without_marks(view)
    results = Results(nodes_of(matches, shown, found.query))
    with to_file(printing.path):
        write_nodes(form, begun(iter(results), view.store), edges)
    summary = summary_of(view, found.query, results.count, "resource", limit)
    summarize(replace(summary, unknown=found.unknown))


def _say_total(rows: list[dict[str, Any]]) -> None:
    """Say how many resources the groups of a count have together."""
    counts = [row["count"] for row in rows if isinstance(row.get("count"), int)]
    if len(counts) > 1:
        inform(f"{counted_as(sum(counts), 'resource')} in all groups together.")
