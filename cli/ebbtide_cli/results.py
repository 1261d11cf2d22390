"""Write the results of a search in any format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ebbtide.language.prices import priced_columns
from ebbtide.language.syntax import Aggregate
from ebbtide_cli.columns import DEFAULT_COLUMNS, UNKNOWN, Column, asks_for_marks, parse_columns
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, GRAPHS, ROWS, usual_format
from ebbtide_cli.formats.documents import (
    edge_document,
    escaped,
    node_document,
    write_documents,
)
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import cell, one_line, write_all

type Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """A matching resource, and the #tag of the part of the search that it matched."""

    document: Record
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """One line of text per resource: texts and columns, in turn. `text` is how it was typed.

    `plain` writes a text without quotes, as in a line for people; otherwise each value is JSON.
    """

    text: str
    parts: tuple[str | Column, ...]
    plain: bool = True

    def of(self, document: Record) -> str:
        return "".join(
            part if isinstance(part, str) else self._written(part, part.get(document))
            for part in self.parts
        )

    def _written(self, column: Column, value: Any) -> str:
        if not self.plain:
            return escaped(json.dumps(value, ensure_ascii=False, default=str))
        return column.null or "null" if value is None else one_line(cell(value))


@dataclass(frozen=True, slots=True)
class Form:
    """The form of the output: format, edges and columns; `columns` None means the default ones.

    With a `template` such as "{kind} {name}", each resource is one line of text. `unique` leaves
    out rows and lines that were printed before.
    """

    format: str
    with_edges: bool = False
    columns: str | None = None
    template: Lines | None = None
    unique: bool = False

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
        if self.template is not None:
            return asks_for_marks(self.template.text)
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
    if form.template is not None:
        lines = (f"{form.template.of(node.document)}\n" for node in nodes)
        write_all(dict.fromkeys(lines) if form.unique else lines)
    elif form.format in GRAPHS:
        # Its pattern of all characters takes a while to compile.
        from ebbtide_cli.formats.graphs import write_graph

        write_graph(form.format, (node.document for node in nodes), edges)
    elif form.format in DOCUMENTS and form.columns is None:
        write_documents(form.format, _documents(nodes, edges))
    else:
        columns = form.parsed_columns
        rows = ([column.get(node.document) for column in columns] for node in nodes)
        if form.format not in DOCUMENTS:
            rows = (_named(row, [column.null for column in columns]) for row in rows)
        shown = distinct(rows) if form.unique else rows
        labels = [column.label for column in columns]
        write_records(form.format, labels, shown, fixed=form.columns is not None)


def _named(row: list[Any], nulls: list[str | None]) -> list[Any]:
    """Return a row with the names of what is null, if it has any."""
    return [null if value is None else value for value, null in zip(row, nulls, strict=True)]


def distinct(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Yield each row once, the first time."""
    seen = set()
    for row in rows:
        key = tuple(map(repr, row))
        if key not in seen:
            seen.add(key)
            yield row


def _documents(nodes: Iterable[Node], edges: Iterable[Record]) -> Iterator[Record]:
    for node in nodes:
        yield node_document(node.document, node.tag)
    for edge in edges:
        yield edge_document(edge)


def write_records(
    format: str, header: list[str], rows: Iterable[list[Any]], *, fixed: bool = False
) -> None:
    """Write rows under a header; in a document format, each row becomes a document.

    With `fixed`, the user named the columns, so a table leaves none out.
    """
    if format in DOCUMENTS:
        write_documents(format, (dict(zip(header, row, strict=True)) for row in rows))
    else:
        write_rows(format, header, rows, fixed=fixed)


def write_aggregates(format: str, rows: list[Record], aggregate: Aggregate | None = None) -> None:
    """Write groups and their numbers."""
    if format in DOCUMENTS:
        write_documents(format, rows)
        return
    flat = [
        {**row["group"], **{name: value for name, value in row.items() if name != "group"}}
        for row in rows
    ]
    header = list(dict.fromkeys(name for row in flat for name in row))
    priced = frozenset[str]() if aggregate is None else priced_columns(aggregate)
    nulls = [UNKNOWN if name in priced else None for name in header]
    shown = (_named([row.get(name) for name in header], nulls) for row in flat)
    write_rows(format, header, shown, fixed=True)
