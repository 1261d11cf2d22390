"""Runs `ebbtide` in this process, as if typed in a shell."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import typer.testing
from typer.testing import CliRunner, Result

from ebbtide_cli.main import app

# Otherwise each call makes all commands anew, which takes 75 ms.
_testing: Any = typer.testing
_testing._get_command = cache(_testing._get_command)

type Run = Callable[..., Result]


def run(*arguments: str) -> Result:
    """Run the command and return its result. Raises any error that the command did not handle."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
