"""A headless browser that opens reports, driven through tests/browser/driver.cjs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ebbtide.report.page import page
from tests.support.paths import REPOSITORY

ENVIRONMENT = REPOSITORY / ".venv-browser"
DRIVER = REPOSITORY / "tests" / "browser" / "driver.cjs"
# The path of an installed Chrome or Chromium, where the packaged one does not run (macOS, ARM).
INSTALLED = "EBBTIDE_TEST_BROWSER"

type Report = Mapping[str, Any]


@dataclass(slots=True)
class Browser:
    """One page at a time; scripts are JavaScript expressions, and answers what JSON can hold."""

    process: subprocess.Popen[str]
    folder: Path

    @classmethod
    def start(cls, folder: Path) -> Browser:
        arguments = [str(ENVIRONMENT / "bin" / "node"), str(DRIVER), str(ENVIRONMENT)]
        if os.environ.get(INSTALLED):
            arguments.append(os.environ[INSTALLED])
        pipe = subprocess.PIPE
        return cls(subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True), folder)

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)

    def __call__(self, command: str, **options: Any) -> Any:
        """Run a command of the driver; raise AssertionError with its error."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"command": command, **options}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def open(self, data: Report, **options: Any) -> Path:
        """Open the page of a report, and wait until it is drawn."""
        file = self.folder / "report.html"
        file.write_text(page(data), encoding="utf-8")
        self("open", file=str(file), **options)
        return file

    def ask(self, script: str) -> Any:
        return self("evaluate", script=script)

    def wait(self, script: str) -> None:
        self("wait", script=script)

    def text(self, selector: str) -> str:
        return str(self.ask(f"document.querySelector({json.dumps(selector)}).innerText"))

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that the selector finds."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        return list(self.ask(f"{found}.map((one) => one.innerText)"))

    def fill(self, selector: str, value: str) -> None:
        """Give a control a value as a person would, and wait until the page has reacted."""
        self.ask(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            f"one.value = {json.dumps(value)};"
            "one.dispatchEvent(new Event('input', { bubbles: true }));"
            "one.dispatchEvent(new Event('change', { bubbles: true })); })()"
        )
        self.ask("new Promise((next) => setTimeout(next, 200))")

    def click(self, selector: str) -> None:
        """Click what the selector finds first; it need not be in view."""
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def csv(self, button: str) -> list[dict[str, str]]:
        """Press a button that offers a file, and return its rows."""
        self.click(button)
        text = str(self.ask("self.downloads.at(-1).text()"))
        assert text.endswith("\r\n")
        return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))

    def grave(self) -> list[str]:
        """Return what breaks rules of accessibility seriously or critically."""
        found = self("check")
        return [
            f"{one['id']}: {node}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def faults(self) -> list[str]:
        """Return errors of the console, dialogs and refused requests since the page was opened."""
        return list(self("faults"))


def lacking() -> str:
    """Say why no browser can be started here; "" if one can."""
    if not (ENVIRONMENT / "browser").exists():
        return "no browser for the report's tests: run `make browser`"
    uname = os.uname()
    if (uname.sysname, uname.machine) != ("Linux", "x86_64") and not os.environ.get(INSTALLED):
        return (
            f"the packaged browser runs on Linux on x86-64 only: set {INSTALLED} to the path of one"
        )
    return ""


def require_browser() -> None:
    """Skip the test without a browser, loudly; in continuous integration, fail."""
    reason = lacking()
    if reason and "CI" in os.environ:
        pytest.fail(reason)
    if reason:
        pytest.skip(f"NOT CHECKED: {reason}")
