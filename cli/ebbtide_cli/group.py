"""The root of all commands: turns errors into a message and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ebbtide_cli.errors import INTERRUPTED, problem_of


class Commands(TyperGroup):
    """Ends quietly when it is interrupted, or when nobody reads its output any more."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        # The one place where every error arrives; what is not expected goes on as it is.
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            typer.echo(problem.message, err=True)
            raise typer.Exit(problem.code) from None
        return result


def _drop_output() -> None:
    """Let the interpreter flush what is left to nowhere (Python's own advice for SIGPIPE)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
