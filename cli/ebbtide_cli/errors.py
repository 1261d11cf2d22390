"""Expected errors, and the exit code that shows each of them to scripts (docs/cli.md)."""

from __future__ import annotations

import json
import sys
from textwrap import indent
from typing import Any, NamedTuple

NO, USAGE, SOURCE, CONFLICT, HELD, FAILED_ON, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130


class UsageError(Exception):
    """A command line that asks for something impossible; the message says what is possible."""


class SourceError(Exception):
    """A bucket, a folder or a file in it that cannot be reached or read."""


class Problem(NamedTuple):
    message: str
    code: int


def problem_of(error: Exception) -> Problem | None:
    """Return the message and exit code of an expected error; None for a defect of Ebbtide."""
    # Imported late: most commands succeed, and these modules take time to import.
    from ebbtide.base.errors import ConfigError, ConflictError, EbbtideError
    from ebbtide.language.errors import SearchError

    if isinstance(error, UsageError):
        return Problem(str(error), USAGE)
    if isinstance(error, SearchError):
        return Problem(_search_message(error), USAGE)
    if isinstance(error, ConflictError):
        return Problem(f"{error}; nothing was changed, try again", CONFLICT)
    if isinstance(error, ConfigError):
        text = str(error)
        text = f"\n{indent(text, '  ')}" if "\n" in text else f" {text}"
        return Problem(f"invalid configuration:{text}", SOURCE)
    if isinstance(error, (SourceError, EbbtideError)):
        return Problem(str(error), SOURCE)
    message = _aws_message(error) or _file_message(error)
    return Problem(message, SOURCE) if message else None


def _search_message(error: Any) -> str:
    text = error.pointed()
    # The search is on its own line, so that the mark below it points to the right column.
    return f"invalid search:\n{indent(text, '  ')}" if "\n" in text else f"invalid search: {text}"


def _aws_message(error: Exception) -> str | None:
    """Return the message for a failed AWS call; None for other errors."""
    if "botocore.exceptions" not in sys.modules:
        return None
    from ebbtide_cli.aws_errors import sentence_of

    return sentence_of(error)


def _file_message(error: Exception) -> str | None:
    """Return the message for an unreadable or damaged file; None for other errors."""
    from zstandard import ZstdError

    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"cannot open {error.filename}: {reason}" if error.filename else reason
    if isinstance(error, (ZstdError, json.JSONDecodeError, UnicodeDecodeError)):
        return f"damaged data: {error}; copy the bucket again, or run a new collection"
    return None
