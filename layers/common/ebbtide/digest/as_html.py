"""A digest as HTML for mail clients: tables and inline styles, light and dark, nothing loaded.

Text and background keep the colors of the reader, so that both themes stay readable. Mail clients
may drop rules for narrow screens, so a row has two columns at most, and long ids break.
"""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.base.markup import Html, element
from ebbtide.digest.document import Document, Part, Row

_BODY = (
    "margin:0;padding:16px;font-family:sans-serif;font-size:15px;line-height:1.4;"
    "overflow-wrap:anywhere"
)
_TABLE = "border-collapse:collapse;table-layout:fixed;width:100%;max-width:900px"
_CELL = (
    "border-bottom:1px solid #888888;padding:6px 8px 6px 0;text-align:left;vertical-align:top;"
    "word-break:break-word;overflow-wrap:anywhere"
)
_WHY = "margin:2px 0 0;font-size:13px"
_CODE = "font-family:monospace;font-size:13px;white-space:pre-wrap;word-break:break-all"
# What a row is about and why, and its facts, such as its price.
_COLUMNS = ("What and why", "Details")
_EXPLAINED, _RANKED, _ALONE = ("60%", "40%"), ("40%", "60%"), ("100%",)


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
    widths: tuple[str, ...] = _EXPLAINED if explains else _RANKED
    if not any(row.facts for row in rows):
        widths = _ALONE
    lines = [_line("td", (_explained(row), "; ".join(row.facts)), widths) for row in rows]
    if widths is _EXPLAINED:
        lines.insert(0, _line("th", _COLUMNS, widths))
    return element("table", *lines, style=_TABLE, cellpadding="0", cellspacing="0")


def _explained(row: Row) -> Html | str:
    """Return what a row is about, with the reason below it."""
    if not row.why:
        return row.what
    what = element("p", row.what, style="margin:0;font-weight:bold")
    return Html(what + element("p", row.why, style=_WHY))


def _line(name: str, cells: tuple[str, ...], widths: tuple[str, ...]) -> Html:
    """Return a row with as many cells as there are widths."""
    pairs = zip(cells, widths, strict=False)
    return element(
        "tr", *(element(name, cell, style=f"{_CELL};width:{width}") for cell, width in pairs)
    )
