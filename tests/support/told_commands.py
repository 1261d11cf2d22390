"""The commands that messages of examples tell people to type."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.support.command import run


def assert_accepted(command: str, nowhere: Path) -> None:
    """Type a command as it was told, but for a folder in which nothing is.

    Whatever it then says, its subcommand, options and arguments must be right.
    """
    program, *words = shlex.split(command)
    if words[0] == "--bucket":
        words = words[2:]
    result = run("--folder", str(nowhere), *words)
    assert program == "ebbtide" and "Try 'ebbtide" not in result.stderr, result.stderr
