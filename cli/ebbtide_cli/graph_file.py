"""Write a whole snapshot as one graph: dot and ndjson as a stream, other formats from memory."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from ebbtide import search
from ebbtide_cli.formats import DOCUMENTS
from ebbtide_cli.formats.documents import edge_document, node_document, write_documents
from ebbtide_cli.formats.graphs import write_graph
from ebbtide_cli.output import inform
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Results, Summary, summarize
from ebbtide_cli.view import View, view_of, without_marks

type Record = dict[str, Any]


def export_graph(
    source: Source, target: Path, format: str, *, at: str | None, accounts: list[str]
) -> None:
    """Write the graph to a file, or to stdout if `target` is `-`.

    The file appears only when it is complete.
    """
    with watched(source.open()) as store:
        view = view_of(store, at, accounts)
        if str(target) == "-":
            store.stop()
            summarize(_summary(view, _write(view, format, sys.stdout)))
            return
        partial = target.with_name(f"{target.name}.partial")
        try:
            with partial.open("w", encoding="utf-8", errors="backslashreplace") as out:
                count = _write(view, format, out)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    inform(f"Exported to {target}.")
    summarize(_summary(view, count))


def _summary(view: View, count: int) -> Summary:
    snapshot = view.snapshot
    return Summary(count, "resource", snapshot.manifest, view.asked, snapshot.accounts)


def _write(view: View, format: str, out: IO[str]) -> int:
    """Write the graph, and return the number of its resources."""
    # A graph format shows no marks.
    nodes = Results(_nodes(view if format in DOCUMENTS else without_marks(view)))
    if format in DOCUMENTS:
        write_documents(format, _records(nodes, view), out)
    else:
        write_graph(format, nodes, _edges(view), out)
    return nodes.count


def _records(nodes: Iterable[Record], view: View) -> Iterator[Record]:
    for node in nodes:
        yield node_document(node)
    for edge in _edges(view):
        yield edge_document(edge)


def _nodes(view: View) -> Iterator[Record]:
    for entry in view.snapshot.entries:
        for line in view.store.read_lines(entry.resources):
            yield search.document_of(line, view.snapshot, view.now)


def _edges(view: View) -> Iterator[Record]:
    for entry in view.snapshot.entries:
        yield from view.store.read_lines(entry.edges)
