"""Output: data goes to stdout, messages to stderr, and colors and progress only to terminals."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ebbtide.base.printable import CONTROL

if TYPE_CHECKING:
    from rich.console import Console

# Columns. Wider than any table, so that nothing is wrapped when the output is not a terminal.
UNLIMITED = 100_000
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = re.compile(r"[=+\-@\t\r]")


@dataclass(slots=True)
class _Messages:
    """What the global options say: quiet leaves out messages that are no warnings or errors."""

    quiet: bool = False
    wide: bool = False
    path: Path | None = None


_messages = _Messages()


def prepare(*, quiet: bool = False, wide: bool = False, path: Path | None = None) -> None:
    """Escape characters that the encoding of stdout or stderr lacks, instead of failing.

    What is written to a stream that the caller has closed is lost, as with other programs. With
    `quiet`, `inform` prints nothing; with `wide`, tables keep all columns; results go to the file
    at `path`.
    """
    _messages.quiet, _messages.wide, _messages.path = quiet, wide, path
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _nowhere() -> IO[str]:
    return Path(os.devnull).open("w", encoding="utf-8")


def to_terminal() -> bool:
    return sys.stdout.isatty()


def table_width() -> int:
    """Return the number of columns that a table may take: those of the terminal, if any."""
    from rich.console import Console

    return Console().width if to_terminal() else UNLIMITED


def console(out: IO[str] | None = None, width: int = UNLIMITED) -> Console:
    """Return the console that prints tables, by default to stdout."""
    from rich.console import Console

    return Console(file=out or sys.stdout, highlight=False, width=width, soft_wrap=False)


def say(message: str) -> None:
    """Print a message for a person to stderr; what it quotes cannot command the terminal."""
    sys.stderr.write(f"{harmless(message)}\n")


def is_wide() -> bool:
    return _messages.wide


def chosen_file() -> Path | None:
    """Return the file that --output names; None for stdout."""
    return _messages.path


def is_quiet() -> bool:
    return _messages.quiet


def inform(message: str) -> None:
    """Print a message to stderr that `--quiet` leaves out, such as the number of results."""
    if not _messages.quiet:
        say(message)


def warn(message: str) -> None:
    """Print a warning to stderr, also with `--quiet`: the results may mislead without it."""
    say(f"ebbtide: warning: {message}")


def report(message: str) -> None:
    """Print an error to stderr; every error of the command passes through here."""
    say(f"ebbtide: error: {message}")


@contextmanager
def to_file(path: Path | None) -> Iterator[None]:
    """Send stdout to a file, which appears only when it is complete; None means stdout itself."""
    if path is None:
        yield
        return
    partial = path.with_name(f"{path.name}.partial")
    try:
        with (
            partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out,
            redirect_stdout(out),
        ):
            yield
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    inform(f"Wrote {path}.")


def write_all(texts: Iterable[str], out: IO[str] | None = None) -> None:
    out = out or sys.stdout
    for text in texts:
        out.write(text)


def cell(value: Any) -> str:
    """Return a value as text for a table or a line; "" for null, JSON for anything but text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def spaced(value: Any) -> str:
    """Return a value as text for a table: JSON may break between its elements, and is rounded."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float):
        value = float(f"{value:.12g}")
    return json.dumps(value, ensure_ascii=False, default=str)


def one_line(text: str) -> str:
    """Return a text with line breaks and other control characters escaped."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def harmless(text: str) -> str:
    """Return a text with its lines, and with all other control characters escaped."""
    return "\n".join(map(one_line, text.split("\n")))


def plain_cell(value: Any) -> str:
    """Return a value as text for a spreadsheet, which must not run a name as a formula.

    Such a text gets an apostrophe in front; numbers keep their sign, and texts their lines.
    """
    text = harmless(cell(value))
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(value) else text
