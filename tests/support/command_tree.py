"""The tree of the commands, built once: building it loads the modules of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from ebbtide_cli.main import app


@cache
def root() -> Any:
    """Return the command `ebbtide`; its types are those of Typer, which it does not publish."""
    return typer.main.get_command(app)


@cache
def commands() -> dict[str, Any]:
    """Return all commands and groups under the root, by the words after `ebbtide`."""
    return dict(_below(root(), ""))


def _below(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if hasattr(command, "commands"):
            yield from _below(command, f"{path}{name} ")
