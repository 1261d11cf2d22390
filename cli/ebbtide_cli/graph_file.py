"""Write a whole snapshot as one graph: dot and ndjson as a stream, other formats from memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ebbtide import search
from ebbtide_cli import output as terminal
from ebbtide_cli.formats.documents import edge_document, node_document, write_documents
from ebbtide_cli.formats.graphs import write_graph
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source
from ebbtide_cli.view import View, view_of

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
            _write(view, format, sys.stdout)
            return
        partial = target.with_name(f"{target.name}.partial")
        try:
            with partial.open("w", encoding="utf-8", errors="backslashreplace") as out:
                _write(view, format, out)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    manifest = view.snapshot.manifest
    terminal.say(
        f"Exported the snapshot of run {manifest.run_id}, from {manifest.created}, to {target}."
    )


def _write(view: View, format: str, out: IO[str]) -> None:
    if format == "ndjson":
        write_documents(format, _records(view), out)
    else:
        write_graph(format, _nodes(view), _edges(view), out)


def _records(view: View) -> Iterator[Record]:
    for node in _nodes(view):
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
