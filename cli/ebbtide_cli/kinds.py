"""`ebbtide kinds`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.options import RowFormatOption


def kinds(
    kind: Annotated[str | None, typer.Argument(help="A kind or base kind.")] = None,
    format: RowFormatOption = None,
) -> None:
    """List all kinds of resources, or tell all about one kind or base kind."""
    from ebbtide_cli.vocabulary import write_kind, write_kinds

    if kind is None:
        write_kinds(format)
    else:
        write_kind(kind, format)
