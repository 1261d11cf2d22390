"""The layout of `--help`: plain text with examples and the address of the documentation.

Typer's own layout draws boxes around the options, shows `<bool>` for a flag, and takes the brackets
of a search for markup.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from ebbtide_cli.as_typed import spare_conversions
from ebbtide_cli.global_options import inherited, prepare, remember
from ebbtide_cli.output import chosen_file, to_file

# Columns. Wide enough that the longest example needs no line break.
MAX_WIDTH = 100
# What click appends for the least number that an option takes; the error says it where it matters.
_RANGE = re.compile(r"  \[x>=\d+\]|; x>=\d+(?=\])")
# Longer than any sentence, which click would cut to the width of the terminal.
_WHOLE = 1000
_SEARCH = re.compile(r"--[a-z][a-z-]*\s")
GLOBAL = (
    "--stack, --bucket, --folder, --region, --profile, --output, --wide and --quiet\n"
    "may stand here or before the command; `ebbtide --help` describes them."
)


class _Plain:
    """Overrides shared by commands and groups.

    The epilog of each is its examples, one to a line. Contexts and formatters are those of Typer,
    which does not publish their types.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, and the global options that may stand behind the command."""
        own: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        return [*own, *inherited(ctx, own)]

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Parse the words; the values of global options are kept for the source."""
        # A quoted search may begin with --at; an option of the command has no space in its name.
        words = [f" {word}" if _SEARCH.match(word) else word for word in args]
        spare_conversions(self.get_params(ctx))
        left = super().parse_args(ctx, words)  # type: ignore[misc]
        remember(ctx, super().get_params(ctx))  # type: ignore[misc]
        return left

    def invoke(self, ctx: Any) -> Any:
        """Run the command with the source and the output that the global options name."""
        if isinstance(self, TyperGroup):
            return super().invoke(ctx)  # type: ignore[misc]
        prepare(ctx)
        with to_file(chosen_file()):
            try:
                return super().invoke(ctx)  # type: ignore[misc]
            except typer.Exit as error:
                # Some exit codes tell about the results, which the file must have anyway.
                ended = error
        raise ended

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words after the command, with `QUERY` where Typer writes `{QUERY}`."""
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [piece.strip("{}") for piece in pieces]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments without their Python types, then options, then subcommands."""
        arguments, options = [], []
        # The help of the root describes the global options.
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if param.param_type_name == "argument":
                arguments.append((param.metavar, param.help))
            elif record := param.get_help_record(ctx):
                options.append((record[0], _RANGE.sub("", record[1])))
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
        if isinstance(self, TyperGroup):
            self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each subcommand with the whole first sentence of its help."""
        group: Any = self
        names = group.list_commands(ctx)
        rows = [(name, group.get_command(ctx, name).get_short_help_str(_WHOLE)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples unwrapped, so that they can be copied, and the documentation."""
        epilog: str | None = self.epilog  # type: ignore[attr-defined]
        sections = {"Documentation": documentation()}
        if epilog:
            sections = {"Examples": inspect.cleandoc(epilog), **sections}
        if ctx.parent is not None:
            sections = {"Global options": GLOBAL, **sections}
        for title, text in sections.items():
            with formatter.section(title):
                for line in text.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Command(_Plain, TyperCommand):
    """A command with plain help."""


class Group(_Plain, TyperGroup):
    """A group of commands with plain help."""


def alone(name: str, command: Callable[..., None], examples: str) -> typer.Typer:
    """Return a command that stands directly under `ebbtide`, in no group."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=Command, epilog=examples)(command)
    return app


def documentation() -> str:
    """Return the address of the documentation, which pyproject.toml alone names.

    Without an installed package, such as in a checkout on PYTHONPATH, return its path there.
    """
    # Only help needs it, and importlib.metadata takes 20 ms to import.
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        links = metadata("ebbtide").get_all("Project-URL") or []
    except PackageNotFoundError:
        links = []
    addresses = dict(link.split(", ", 1) for link in links)
    return str(addresses.get("Documentation", "docs/cli.md"))
