"""Measure the page of a report in a headless browser, beside the same data in one plain HTML table.

The table is what a report without a page of its own would be: every resource a row, made by Python.
Both are opened in the same browser. The fastest of two openings of the page counts, as other work
on the machine only makes it slower; the table is opened once, because 100,000 rows take a browser
longer than all else here together.

A page that has run its first script may still keep people waiting. So it is asked a question as
soon as it takes one: it is usable when the first search is answered on the screen, although the
pictures are drawn meanwhile.
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

OPENINGS = {"page": 2, "plain table": 1}
USABLE_TARGET, SIZE_TARGET = 3.0, 10.0
SIZES = {"demonstration": demonstration, "100,000 resources": large}
_MARK = "performance.getEntriesByName('{}')[0].startTime / 1000"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
_BLOCKED = "self.blocked / 1000"
# Searches the inventory at once, and marks when the answer has been painted.
_ASK = """
self.blocked = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) self.blocked = Math.max(self.blocked, task.duration);
}).observe({ type: "longtask", buffered: true });
const begun = new MutationObserver(() => {
  const count = document.querySelector("#inventory-filters .count");
  if (document.documentElement.dataset.state !== "usable" || !count) return;
  begun.disconnect();
  const before = count.textContent;
  const answered = new MutationObserver(() => {
    if (count.textContent === before) return;
    answered.disconnect();
    requestAnimationFrame(() => setTimeout(() => performance.mark("answered")));
  });
  answered.observe(count, { childList: true, characterData: true, subtree: true });
  const box = document.querySelector("#inventory-search");
  box.value = "0a";
  box.dispatchEvent(new Event("input", { bubbles: true }));
});
begun.observe(document, { attributes: true, subtree: true, attributeFilter: ["data-state"] });
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """One document: CPU seconds to make it, and megabytes.

    `usable` is in seconds: until the first search is answered, or the table is there. `drawn` is
    when all pictures are there, and `blocked` the longest time without any reaction.
    """

    name: str
    made: float
    size: float
    usable: float
    drawn: float | None
    blocked: float | None


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
            opened = _of_page if kind == "page" else _of_table
            times = min(opened(browser, file) for _ in range(OPENINGS[kind]))
            yield Opening(f"{kind}, {name}", made, len(text.encode()) / 1e6, *times)


def _of_page(browser: Browser, file: Path) -> tuple[float, float, float]:
    browser("open", file=str(file), prepare=_ASK)
    browser.wait("performance.getEntriesByName('answered').length")
    marks = ("answered", "ebbtide-drawn")
    usable, drawn = (browser.ask(_MARK.format(mark)) for mark in marks)
    return usable, drawn, browser.ask(_BLOCKED)


def _of_table(browser: Browser, file: Path) -> tuple[float, None, None]:
    browser("open", file=str(file))
    return browser.ask(_LOADED), None, None


def show(printer: Console) -> None:
    """Print the table of measurements; say so if no browser can be started."""
    if reason := lacking():
        printer.print(f"NOT MEASURED: {reason}")
        return
    table = Table(
        "document",
        "CPU s to make",
        "MB",
        "usable s",
        "drawn s",
        "longest wait s",
        title="Report in a browser",
    )
    with tempfile.TemporaryDirectory() as scratch:
        browser = Browser.start(Path(scratch))
        for one in measure(browser, Path(scratch)):
            figures = (one.made, one.size, one.usable, one.drawn, one.blocked)
            table.add_row(one.name, *("" if value is None else f"{value:.2f}" for value in figures))
        browser.stop()
    printer.print(table)
    printer.print(f"Targets of the page: usable in {USABLE_TARGET} s, below {SIZE_TARGET} MB.")


if __name__ == "__main__":
    show(console())
