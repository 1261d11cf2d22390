"""`ebbtide graph`: whole graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebbtide_cli.formats import GraphFormat, format_of
from ebbtide_cli.options import AccountOption, AtOption

app = typer.Typer(no_args_is_help=True, help="The graph as a whole.")


@app.callback()
def _graph() -> None:
    # A group even as long as it has one command.
    pass


@app.command("export")
def export(
    ctx: typer.Context,
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="A file, or - for stdout.")],
    format: Annotated[
        GraphFormat | None,
        typer.Option("--format", "-f", help="Default: the one that the file name ends in."),
    ] = None,
    at: AtOption = None,
    account: AccountOption = None,
) -> None:
    """Write all resources and edges of a snapshot to a file."""
    from ebbtide_cli.graph_file import export_graph

    chosen = format or format_of(output)
    export_graph(ctx.obj, output, chosen, at=at, accounts=account or [])
