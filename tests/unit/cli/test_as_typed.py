"""Values that need no conversion reach the command as Typer's conversion would give them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from ebbtide_cli.help import Command


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


def both(*words: str) -> tuple[Any, Any]:
    """Return what a command gets with Typer's class of commands, and with ours."""
    found: list[Any] = []
    for cls in (None, Command):
        app = typer.Typer(add_completion=False, rich_markup_mode=None)

        @app.callback()
        def _root() -> None:
            pass

        @app.command("paint", cls=cls)
        def paint(
            name: str,
            rest: Annotated[list[str] | None, typer.Argument()] = None,
            color: Annotated[Color | None, typer.Option()] = None,
            other: Annotated[Color, typer.Option()] = Color.BLUE,
            colors: Annotated[list[Color] | None, typer.Option("--each")] = None,
            words: Annotated[list[str] | None, typer.Option("--word")] = None,
            number: Annotated[int, typer.Option(min=1)] = 20,
            flag: Annotated[bool, typer.Option("--flag")] = False,
        ) -> None:
            values = [name, rest, color, other, colors, words, number, flag]
            typer.echo([(type(value).__name__, value) for value in values])

        result = CliRunner().invoke(app, ["paint", *words])
        found.append((result.exit_code, result.stdout, result.stderr.splitlines()[-1:]))
    return found[0], found[1]


@pytest.mark.parametrize(
    "words",
    [
        ("a",),
        ("a", "b", "c"),
        ("a", "--color", "red", "--other", "red", "--each", "red", "--each", "blue"),
        ("a", "--word", "", "--word", "x y", "--number", "3", "--flag"),
        ("", "--number", "03"),
    ],
)
def test_a_command_gets_the_same_values(words: tuple[str, ...]) -> None:
    theirs, ours = both(*words)
    assert theirs[0] == 0
    assert ours == theirs


@pytest.mark.parametrize(
    "words",
    [
        ("a", "--color", "green"),
        ("a", "--each", "red", "--each", "green"),
        ("a", "--number", "0"),
        ("a", "--number", "x"),
        (),
    ],
)
def test_wrong_values_are_refused_alike(words: tuple[str, ...]) -> None:
    theirs, ours = both(*words)
    assert theirs[0] == ours[0] == 2
    assert theirs[1] == ours[1] == ""
