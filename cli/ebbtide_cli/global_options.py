"""The global options, which may stand anywhere on the command line: before a command or behind it.

Each command and group accepts those of the root as hidden options. What was typed behind a command
overrides what was typed before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ebbtide_cli import output
from ebbtide_cli.sources import Source, chosen_source

# Global options of the root that commands accept, too; --version stays with the root.
NAMES = ("stack", "bucket", "folder", "region", "profile", "quiet", "wide", "output_file")
_PLACES = ("stack", "bucket", "folder")
_TYPED = "ebbtide_cli.typed"
_COMMAND_LINE = "COMMANDLINE"


def inherited(ctx: Any, own: list[Any]) -> list[Any]:
    """Return the global options that a command lacks itself; none for the root."""
    if ctx.parent is None:
        return []
    taken = {option for param in own for option in param.opts}
    root = ctx.find_root().command
    return [
        param for param in root.params if param.name in NAMES and not taken.intersection(param.opts)
    ]


def remember(ctx: Any, own: list[Any]) -> None:
    """Move the values of inherited options from a command to where the source is chosen."""
    typed = ctx.meta.setdefault(_TYPED, {})
    for param in inherited(ctx, own):
        value = ctx.params.pop(param.name, None)
        origin = ctx.get_parameter_source(param.name)
        if origin is not None and origin.name == _COMMAND_LINE:
            typed[param.name] = value


def values_of(ctx: Any) -> dict[str, Any]:
    """Return the values of the global options, wherever they were typed."""
    root = ctx.find_root()
    return {**{name: root.params.get(name) for name in NAMES}, **ctx.meta.get(_TYPED, {})}


def source_of(ctx: Any) -> Source:
    """Return the source that the global options name. Raises UsageError for more than one."""
    root, typed, values = ctx.find_root(), ctx.meta.get(_TYPED, {}), values_of(ctx)
    # One that was typed behind the command replaces one before it, of whichever kind.
    if any(typed.get(name) is not None for name in _PLACES):
        for name in _PLACES:
            values[name] = typed.get(name)

    def origin_of(name: str) -> Any:
        return root.get_parameter_source(name) if name not in typed else _Typed

    return chosen_source(values, origin_of)


class _Typed:
    """Stands for Typer's source of an option that was typed."""

    name = _COMMAND_LINE


def prepare(ctx: Any) -> None:
    """Prepare the output and the source of a command that is about to run."""
    values = values_of(ctx)
    path = values["output_file"]
    output.prepare(
        quiet=bool(values["quiet"]),
        wide=bool(values["wide"]),
        path=None if path is None else Path(path),
    )
    ctx.obj = source_of(ctx)
