"""Draw the pictures of the documentation: a demonstration in light, in dark and on paper.

.venv/bin/python -m tests.browser.pictures
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.browser import Browser, lacking
from tests.support.paths import REPOSITORY
from tests.support.report_data import Report, demonstration

FOLDER = REPOSITORY / "docs" / "images"
CHOSEN = "document.querySelector('#{}-grid .grid-space .grid-row:nth-child({})').click()"


def draw(browser: Browser, folder: Path) -> None:
    """Write all pictures to a folder."""
    data = demonstration()
    for scheme in ("dark", "light"):
        browser.open(data, scheme=scheme, height=1000)
        browser("picture", file=str(folder / f"report-{scheme}.png"))
    browser.ask("document.querySelector('nav').style.position = 'static'")
    browser.ask(CHOSEN.format("plan", 2))
    browser("picture", file=str(folder / "report-plan.png"), selector="#plan")
    browser.fill("#inventory-search", data["resources"]["id"][busiest(data)])
    browser.ask(CHOSEN.format("inventory", 1))
    browser.fill("#neighbourhood select", "2")
    browser.wait("document.querySelector('#neighbourhood .scatterlayer')")
    browser.ask("document.querySelector('#neighbourhood details[open]').open = false")
    browser("picture", file=str(folder / "report-neighbourhood.png"), selector="#neighbourhood")
    browser.open(data, width=700, height=990)
    browser("media", type="print")
    browser.wait("document.documentElement.classList.contains('paper')")
    browser.ask("new Promise((next) => setTimeout(next, 500))")
    browser("picture", file=str(folder / "report-print.png"))


def busiest(data: Report) -> int:
    """Return the instance with the most edges."""
    instance = data["names"]["kinds"].index("aws_ec2_instance")
    ends = [
        at
        for at in data["edges"][0] + data["edges"][1]
        if data["resources"]["kind"][at] == instance
    ]
    return max(set(ends), key=lambda at: (ends.count(at), at))


def main() -> int:
    if reason := lacking():
        sys.stderr.write(f"{reason}\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        browser = Browser.start(Path(scratch))
        draw(browser, FOLDER)
        browser.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
