"""Write a table as a spreadsheet (xlsx); the library for it is an extra of the package."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import harmless

# Microsoft's specifications of Excel: characters in a cell, and rows of a sheet.
_LONGEST, _MOST_ROWS = 32_767, 1_048_576
_WIDTHS = 8, 60


def require_spreadsheets() -> None:
    """Raise UsageError if the library is not installed."""
    if find_spec("xlsxwriter") is None:
        raise UsageError(
            "spreadsheets need one more package; install `ebbtide[xlsx]`, or export csv"
        )


def spreadsheet(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a workbook with one sheet that can be filtered; texts stay texts, never formulas.

    Raises UsageError if there are more rows than a sheet can have.
    """
    from xlsxwriter import Workbook

    with io.BytesIO() as out:
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(out, options) as book:
            sheet = book.add_worksheet(title)
            widths = [len(name) for name in header]
            sheet.write_row(0, 0, list(header), book.add_format({"bold": True}))
            number = 0
            for number, row in enumerate(rows, start=1):
                if number >= _MOST_ROWS:
                    raise UsageError(f"a sheet has at most {_MOST_ROWS:,} rows; export csv")
                for place, value in enumerate(row):
                    widths[place] = max(widths[place], _write(sheet, number, place, value))
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, number, len(header) - 1)
            for place, width in enumerate(widths):
                sheet.set_column(place, place, min(max(width, _WIDTHS[0]), _WIDTHS[1]))
        return out.getvalue()


def _write(sheet: Any, row: int, place: int, value: Any) -> int:
    """Write one cell, and return how wide it is in characters."""
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
        return len(str(value))
    if isinstance(value, int | float):
        sheet.write_number(row, place, value)
        return len(str(value))
    text = harmless(str(value)).encode(errors="backslashreplace").decode()[:_LONGEST]
    sheet.write_string(row, place, text)
    return max(map(len, text.split("\n")))
