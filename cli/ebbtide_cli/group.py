"""The root of all commands: turn errors into a message and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

from ebbtide_cli.errors import INTERRUPTED, problem_of
from ebbtide_cli.help import Group
from ebbtide_cli.output import report, say


class Commands(Group):
    """End without a traceback on errors, on an interrupt and when the reader of a pipe is gone."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command line and exit, as Typer does, but report errors of usage in plain text."""
        standalone = options.get("standalone_mode", True)
        options["standalone_mode"] = False
        if not standalone:
            return super().main(*arguments, **options)
        try:
            code = super().main(*arguments, **options)
        except Exception as error:
            # Typer does not publish the class of its errors; only they have this method.
            if not hasattr(error, "format_message"):
                raise
            _report_usage(error)
            code = error.exit_code  # type: ignore[attr-defined]
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            say("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        # Every error of a command arrives here. Unexpected ones keep their traceback.
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            report(problem.message)
            raise typer.Exit(problem.code) from None
        return result


def _report_usage(error: Any) -> None:
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return
    # Ebbtide's own messages begin with a small letter and end without a full stop.
    message = message.replace(": Value error, ", ": ")  # from pydantic
    report(message[:1].lower() + message[1:].removesuffix("."))
    if getattr(error, "ctx", None) is not None:
        say(f"Try '{error.ctx.command_path} --help' for help.")


def _drop_output() -> None:
    """Point stdout at nothing, as Python's documentation of SIGPIPE advises.

    Otherwise the interpreter's last flush would fail once more, with a traceback.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
