"""A digest as plain text, for mail clients and SNS; pure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from ebbtide.digest.document import Document, Part, Row

# Columns; ids and commands are never broken.
WIDTH = 78
CUT = "... (cut; `ebbtide digest show` prints all of it)"


def as_text(document: Document, most: int | None = None) -> str:
    """Return the text; `most` is the number of bytes that it may have."""
    lines = list(_lines(document))
    if most is None:
        return "\n".join(lines) + "\n"
    room = most - len(CUT) - 2
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*kept, CUT]) + "\n"
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from _wrapped(document.title)
    yield ""
    for sentence in document.lead:
        yield from _wrapped(sentence)
    for part in document.parts:
        yield ""
        yield from _of_part(part)


def _of_part(part: Part) -> Iterator[str]:
    yield from _wrapped(part.title)
    yield "-" * min(len(part.title), WIDTH)
    for sentence in part.text:
        yield from _wrapped(sentence)
    for row in part.rows:
        yield from _of_row(row)
    if part.left:
        yield f"... and {part.left} more"
    for command in part.commands:
        yield f"    {command}"


def _of_row(row: Row) -> Iterator[str]:
    yield from _wrapped(row.what, "- ", "  ")
    if row.why:
        yield from _wrapped(row.why, "  ", "  ")
    if row.facts:
        yield from _wrapped("; ".join(row.facts), "  ", "  ")


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
