"""Write the results of a search in any format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ebbtide_cli.columns import DEFAULT_COLUMNS, Column, asks_for_marks, parse_columns
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, GRAPHS, ROWS, usual_format
from ebbtide_cli.formats.documents import edge_document, node_document, write_documents
from ebbtide_cli.formats.graphs import write_graph
from ebbtide_cli.formats.rows import write_rows

type Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """A matching resource, and the #tag of the part of the search that it matched."""

    document: Record
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The form of the output: format, edges and columns; `columns` None means the default ones."""

    format: str
    with_edges: bool = False
    columns: str | None = None

    @classmethod
    def chosen(
        cls, format: str | None, *, with_edges: bool = False, columns: str | None = None
    ) -> Form:
        """Return the form for these options; `format` None means the default format.

        Raises UsageError for options that are mutually exclusive.
        """
        found = cls(format or usual_format(), with_edges, columns)
        if with_edges and found.format in ROWS:
            possible = ", ".join(sorted(DOCUMENTS | GRAPHS))
            raise UsageError(
                f"{found.format} cannot show edges; use --with-edges with --format {possible}"
            )
        if columns is not None and (found.format in GRAPHS or with_edges):
            raise UsageError("--columns is mutually exclusive with --with-edges and graph formats")
        return found

    @property
    def needs_edges(self) -> bool:
        return self.with_edges or self.format in GRAPHS

    @property
    def shows_marks(self) -> bool:
        """Whether the output includes the marks of jobs."""
        if self.columns is not None:
            return asks_for_marks(self.columns)
        return self.format in DOCUMENTS

    def require_rows(self) -> None:
        """Raise UsageError unless the form suits an aggregate."""
        if self.needs_edges:
            raise UsageError(
                "an aggregate has no edges; remove --with-edges, and choose another --format"
            )
        if self.columns is not None:
            raise UsageError("an aggregate names its own columns with `as`; remove --columns")

    @property
    def parsed_columns(self) -> list[Column]:
        return parse_columns(self.columns or DEFAULT_COLUMNS)


def write_nodes(form: Form, nodes: Iterable[Node], edges: Iterable[Record] = ()) -> None:
    """Write resources, and the edges between them if the form has edges."""
    if form.format in GRAPHS:
        write_graph(form.format, (node.document for node in nodes), edges)
    elif form.format in DOCUMENTS and form.columns is None:
        write_documents(form.format, _documents(nodes, edges))
    else:
        columns = form.parsed_columns
        rows = ([column.get(node.document) for column in columns] for node in nodes)
        write_records(form.format, [column.label for column in columns], rows)


def _documents(nodes: Iterable[Node], edges: Iterable[Record]) -> Iterator[Record]:
    for node in nodes:
        yield node_document(node.document, node.tag)
    for edge in edges:
        yield edge_document(edge)


def write_records(format: str, header: list[str], rows: Iterable[list[Any]]) -> None:
    """Write rows under a header; in a document format, each row becomes a document."""
    if format in DOCUMENTS:
        write_documents(format, (dict(zip(header, row, strict=True)) for row in rows))
    else:
        write_rows(format, header, rows)


def write_aggregates(format: str, rows: list[Record]) -> None:
    """Write groups and their numbers."""
    if format in DOCUMENTS:
        write_documents(format, rows)
        return
    flat = [
        {**row["group"], **{name: value for name, value in row.items() if name != "group"}}
        for row in rows
    ]
    header = list(dict.fromkeys(name for row in flat for name in row))
    write_rows(format, header, ([row.get(name) for name in header] for row in flat))
