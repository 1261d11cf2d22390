"""Ask a person whether to go on."""

from __future__ import annotations

import sys

import typer

from ebbtide_cli.errors import UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Return whether the person agrees; with `yes`, nobody is asked.

    Raises UsageError if there is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nothing was changed; give --yes to go on without being asked")
    return typer.confirm(question, err=True)
