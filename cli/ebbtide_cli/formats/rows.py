"""Write rows as a table for the terminal, as lines, CSV or Markdown."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ebbtide_cli.formats.fitting import compact, fitted, without_repeats
from ebbtide_cli.formats.grid import grid_lines
from ebbtide_cli.output import (
    UNLIMITED,
    cell,
    console,
    inform,
    is_wide,
    one_line,
    plain_cell,
    spaced,
    table_width,
    write_all,
)

type Row = Sequence[Any]


def write_rows(
    format: str, header: Sequence[str], rows: Iterable[Row], *, fixed: bool = False
) -> None:
    """Write rows to stdout; `format` is one of formats.ROWS.

    With `fixed`, the user named the columns, so a table leaves none out.
    """
    if format == "table":
        _write_table(header, rows, fixed=fixed)
    else:
        _WRITERS[format](header, rows)


def _write_table(header: Sequence[str], rows: Iterable[Row], *, fixed: bool) -> None:
    texts = [[compact(one_line(spaced(value))) for value in row] for row in rows]
    # Without rows, the message that there are none says enough.
    if not texts:
        return
    if is_wide():
        shown = fitted(header, texts, UNLIMITED, fixed=True)
    else:
        texts = texts if fixed else without_repeats(header, texts)
        shown = fitted(header, texts, table_width(), fixed=fixed)
    out = console()
    first, *lines = grid_lines(header, texts, shown, table_width())
    out.print(first, style="bold", markup=False, no_wrap=True, crop=False, overflow="ignore")
    write_all(f"{line}\n" for line in lines)
    if shown.left_out:
        names = ", ".join(shown.left_out)
        inform(f"Left out to fit the terminal: {names}; --wide shows all columns.")


def _write_list(header: Sequence[str], rows: Iterable[Row]) -> None:
    for row in rows:
        known = zip(header, row, strict=True)
        parts = (f"{name}={one_line(cell(value))}" for name, value in known if value is not None)
        sys.stdout.write(", ".join(parts) + "\n")


def _write_csv(header: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows([plain_cell(value) for value in row] for row in rows)


def _write_markdown(header: Sequence[str], rows: Iterable[Row]) -> None:
    if not header:
        return
    for texts in (header, ["---"] * len(header)):
        sys.stdout.write(f"| {' | '.join(texts)} |\n")
    for row in rows:
        sys.stdout.write(f"| {' | '.join(_markdown_cell(value) for value in row)} |\n")


def _markdown_cell(value: Any) -> str:
    return one_line(cell(value)).replace("\\", "\\\\").replace("|", "\\|")


_WRITERS = {
    "list": _write_list,
    "csv": _write_csv,
    "markdown": _write_markdown,
}
