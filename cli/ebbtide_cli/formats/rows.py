"""Write rows as a table for the terminal, as lines, CSV or Markdown."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ebbtide_cli.output import cell, one_line, plain_cell

type Row = Sequence[Any]


def write_rows(format: str, header: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows to stdout; `format` is one of formats.ROWS."""
    _WRITERS[format](header, rows)


def _write_table(header: Sequence[str], rows: Iterable[Row]) -> None:
    from ebbtide_cli.formats.tables import write_table

    write_table(header, [[one_line(cell(value)) for value in row] for row in rows])


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
    "table": _write_table,
    "list": _write_list,
    "csv": _write_csv,
    "markdown": _write_markdown,
}
