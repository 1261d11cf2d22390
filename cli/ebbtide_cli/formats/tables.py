"""Tables for the terminal that never break an id.

A column of single words, such as ids, keeps each value on one line; a column of sentences is
wrapped between words. If the window is too narrow for that, each row becomes a few lines of
`name: value`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ebbtide_cli.output import console

if TYPE_CHECKING:
    from rich.console import Console

# Columns between two columns of the table, and the least that a sentence is wrapped to.
_GAP, _NARROWEST = 2, 24
_INDENT = "    "

type Texts = Sequence[str]


def write_table(header: Texts, rows: Sequence[Texts]) -> None:
    """Write rows as a table to stdout, or as blocks if the window is too narrow for a table."""
    out = console()
    widths = _widths(header, rows, out.width)
    if widths is None:
        _write_blocks(out, header, rows)
    else:
        _write_columns(out, header, rows, widths)


def _widths(header: Texts, rows: Sequence[Texts], width: int) -> list[int] | None:
    """Return the width of each column; None if they do not fit without breaking a word."""
    columns = [[name, *(row[place] for row in rows)] for place, name in enumerate(header)]
    full = [max(map(_length, column)) for column in columns]
    least = [_least(column) for column in columns]
    room = width - _GAP * (len(columns) - 1)
    if sum(full) <= room:
        return full
    if sum(least) > room:
        return None
    # What is left goes to the columns that would have to wrap, the shortest ones first.
    found, left = list(least), room - sum(least)
    for place in sorted(range(len(columns)), key=lambda place: full[place] - least[place]):
        more = min(full[place] - found[place], left)
        found[place] += more
        left -= more
    return found


def _least(column: Texts) -> int:
    """Return the width below which a column would break a word or read badly."""
    words = max((_length(word) for text in column for word in text.split()), default=0)
    return max(words, min(max(map(_length, column)), _NARROWEST))


def _length(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _write_columns(
    out: Console, header: Texts, rows: Sequence[Texts], widths: Sequence[int]
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for name, width in zip(header, widths, strict=True):
        table.add_column(Text(name), width=width, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def _write_blocks(out: Console, header: Texts, rows: Sequence[Texts]) -> None:
    """Write each row as `name: value` pairs that fill the lines; sentences get their own lines."""
    from rich.text import Text

    for row in rows:
        for line in block_of(header, row, out.width):
            # A terminal wraps an id that is longer than the window without changing it.
            out.print(Text(line), soft_wrap=True)


def block_of(header: Texts, row: Texts, width: int) -> list[str]:
    """Return the lines of one row, all but the first indented; no word is broken."""
    import textwrap

    pairs = [f"{name}: {text}" for name, text in zip(header, row, strict=True) if text]
    lines: list[str] = []
    for pair in pairs:
        if lines and _length(lines[-1]) + _GAP + _length(pair) <= width:
            lines[-1] += f"{'':{_GAP}}{pair}"
            continue
        indent = _INDENT if lines else ""
        lines += textwrap.wrap(
            pair,
            max(width, _NARROWEST),
            initial_indent=indent,
            subsequent_indent=_INDENT * 2,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
