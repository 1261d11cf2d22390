"""The root of all commands: turn errors into a message and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import typer

from ebbtide_cli.catalogue import ENTRIES, Catalogue
from ebbtide_cli.errors import INTERRUPTED, problem_of
from ebbtide_cli.help import Group
from ebbtide_cli.output import report, say

# New objects between two searches for garbage. A command makes many that stay, when modules load;
# looking through them at Python's default of 2,000 takes a tenth of the time of a search.
_OBJECTS = 50_000


class Commands(Group):
    """Exit without a traceback on an expected error, an interrupt or a closed pipe."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"commands": Catalogue()})

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the names and descriptions of the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in ENTRIES.items()])

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command line and exit, as Typer does, but report usage errors in plain text."""
        gc.set_threshold(_OBJECTS)
        standalone = options.get("standalone_mode", True)
        options["standalone_mode"] = False
        if not standalone:
            return super().main(*arguments, **options)
        try:
            code = super().main(*arguments, **options)
        except Exception as error:
            if not _is_typers(error):
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
            # `--help` of a command ends here as well, and problem_of() takes time to import.
            problem = None if _is_typers(error) else problem_of(error)
            if problem is None:
                raise
            report(problem.message)
            raise typer.Exit(problem.code) from None
        return result


def _is_typers(error: Exception) -> bool:
    """Return whether Typer itself raised an error, to exit or to report wrong usage."""
    # Typer does not publish the class of its usage errors; only they have this method.
    return isinstance(error, typer.Exit) or hasattr(error, "format_message")


def _report_usage(error: Any) -> None:
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return
    # Ebbtide's own messages start in lower case and end without a period.
    message = message.replace(": Value error, ", ": ")  # from pydantic
    report(message[:1].lower() + message[1:].removesuffix("."))
    if getattr(error, "ctx", None) is not None:
        say(f"Try '{error.ctx.command_path} --help' for help.")


def _drop_output() -> None:
    """Redirect stdout to the null device, as Python's documentation of SIGPIPE advises.

    Otherwise the interpreter's final flush would fail again, with a traceback.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
