"""Data goes to stdout and messages to stderr; colours and progress only where a person looks."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

# Wider than any table, so that nothing is cut or broken where no terminal limits the width.
_UNLIMITED = 100_000
# Control characters, among them those with which a name could steer a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def prepare() -> None:
    """Make sure that no character of the data can stop the output."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def to_terminal() -> bool:
    return sys.stdout.isatty()


def console(out: IO[str] | None = None) -> Console:
    """Where tables are written to, by default stdout."""
    from rich.console import Console

    width = None if out is None and to_terminal() else _UNLIMITED
    return Console(file=out or sys.stdout, highlight=False, width=width, soft_wrap=False)


def say(message: str) -> None:
    """Tell a person something that is no data."""
    sys.stderr.write(f"{message}\n")


def write_all(texts: Iterable[str], out: IO[str] | None = None) -> None:
    out = out or sys.stdout
    for text in texts:
        out.write(text)


def cell(value: Any) -> str:
    """A value as it stands in a table or a line; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def one_line(text: str) -> str:
    """A text without line breaks and other control characters; they are shown as escapes."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
