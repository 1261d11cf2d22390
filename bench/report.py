"""Measure the page of a report in a headless browser, beside the same data in one plain HTML table.

The table is what a report without a page of its own would be: every resource a row, made by Python.
Both are opened in the same browser, in turns; the fastest opening counts, as other work on the
machine only makes it slower.
"""

from __future__ import annotations

import html
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.printing import console
from ebbtide.report.page import page
from tests.support.browser import Browser, lacking
from tests.support.report_data import demonstration, large

OPENINGS = 2
USABLE_TARGET, SIZE_TARGET = 3.0, 10.0
SIZES = {"demonstration": demonstration, "100,000 resources": large}
_MARK = "performance.getEntriesByName('ebbtide-{}')[0]?.startTime ?? null"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


@dataclass(frozen=True, slots=True)
class Opening:
    """One document: CPU seconds to make it, megabytes, seconds until it is usable and drawn."""

    name: str
    made: float
    size: float
    usable: float
    drawn: float | None


def plain_table(data: dict[str, Any]) -> str:
    """Return all resources as one table, without search, graph or pictures."""
    rows = zip(*(data["resources"][name] for name in ("id", "name", "arn", "monthly")), strict=True)
    cells = ("".join(f"<td>{html.escape(str(value))}" for value in row) for row in rows)
    # The test's driver waits for this state.
    return (
        "<!doctype html><html data-state=drawn><meta charset=utf-8>"
        f"<link rel=icon href=data:,><table>{''.join(f'<tr>{row}' for row in cells)}</table>"
    )


def measure(browser: Browser, folder: Path) -> Iterator[Opening]:
    """Yield the openings of the page and of the table, for each size of estate."""
    for name, make in SIZES.items():
        data = make()
        for kind, render in (("page", page), ("plain table", plain_table)):
            started = time.process_time()
            text = render(data)
            made = time.process_time() - started
            file = folder / "opened.html"
            file.write_text(text, encoding="utf-8")
            times = [_opened(browser, file) for _ in range(OPENINGS)]
            usable, drawn = min(times)
            yield Opening(f"{kind}, {name}", made, len(text.encode()) / 1e6, usable, drawn)


def _opened(browser: Browser, file: Path) -> tuple[float, float | None]:
    browser("open", file=str(file))
    usable = browser.ask(_MARK.format("usable"))
    drawn = browser.ask(_MARK.format("drawn"))
    if usable is None:
        return browser.ask(_LOADED) / 1000, None
    return usable / 1000, drawn / 1000


def show(printer: Console) -> None:
    """Print the table of measurements; say so if no browser can be started."""
    if reason := lacking():
        printer.print(f"NOT MEASURED: {reason}")
        return
    table = Table(
        "document", "CPU s to make", "MB", "usable s", "drawn s", title="Report in a browser"
    )
    with tempfile.TemporaryDirectory() as scratch:
        browser = Browser.start(Path(scratch))
        for one in measure(browser, Path(scratch)):
            drawn = "" if one.drawn is None else f"{one.drawn:.2f}"
            table.add_row(
                one.name, f"{one.made:.2f}", f"{one.size:.2f}", f"{one.usable:.2f}", drawn
            )
        browser.stop()
    printer.print(table)
    printer.print(f"Targets of the page: usable in {USABLE_TARGET} s, below {SIZE_TARGET} MB.")


if __name__ == "__main__":
    show(console())
