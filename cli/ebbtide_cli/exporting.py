"""`ebbtide graph`: whole graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebbtide_cli.formats import GraphFormat
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
    format: Annotated[GraphFormat, typer.Option("--format", "-f", help="What to write.")],
    at: AtOption = None,
    account: AccountOption = None,
) -> None:
    """Write all resources and edges of a snapshot to a file."""
    from ebbtide_cli.graph_file import export_graph

    export_graph(ctx.obj, output, format, at=at, accounts=account or [])
