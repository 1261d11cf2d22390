"""A digest as HTML for mail clients: tables and inline styles, light and dark, nothing loaded.

Text and background keep the colors of the reader, so that both themes stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.base.markup import Html, element
from ebbtide.digest.document import Document, Part, Row

_BODY = "margin:0;padding:16px;font-family:sans-serif;font-size:15px;line-height:1.4"
_TABLE = "border-collapse:collapse;width:100%;max-width:900px"
_CELL = "border-bottom:1px solid #888888;padding:6px 8px 6px 0;text-align:left;vertical-align:top"
_CODE = "font-family:monospace;font-size:13px;white-space:pre-wrap;word-break:break-all"
_COLUMNS = ("Resource", "Why", "Details")


def as_html(document: Document) -> str:
    """Return the page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="supported-color-schemes", content="light dark"),
        element("title", document.title),
    )
    content: list[str] = [element("h1", document.title, style="font-size:20px")]
    content += [element("p", sentence, style="margin:0 0 8px") for sentence in document.lead]
    for part in document.parts:
        content += _of_part(part)
    body = element("body", *content, style=_BODY)
    return f'<!doctype html><html lang="en">{head}{body}</html>'


def _of_part(part: Part) -> Iterator[str]:
    yield element("h2", part.title, style="font-size:17px;margin:24px 0 8px")
    yield from (element("p", sentence, style="margin:0 0 8px") for sentence in part.text)
    if part.rows:
        yield _table(part.rows)
    if part.left:
        yield element("p", f"... and {part.left} more")
    yield from (element("p", element("code", one, style=_CODE)) for one in part.commands)


def _table(rows: tuple[Row, ...]) -> Html:
    """Return a table; a ranking has neither reasons nor a heading."""
    explains = any(row.why for row in rows)
    lines = [_line("td", _cells(row, explains=explains)) for row in rows]
    if explains:
        lines.insert(0, _line("th", _COLUMNS))
    return element("table", *lines, style=_TABLE, cellpadding="0", cellspacing="0")


def _cells(row: Row, *, explains: bool) -> tuple[str, ...]:
    facts = "; ".join(row.facts)
    return (row.what, row.why, facts) if explains else (row.what, facts)


def _line(name: str, cells: tuple[str, ...]) -> Html:
    return element("tr", *(element(name, cell, style=_CELL) for cell in cells))
