"""`ebbtide graph`: whole graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebbtide_cli.formats import GraphFormat, format_of
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, AtOption

_EXAMPLES = """
ebbtide graph export graph.graphml
ebbtide graph export --format ndjson --account 111122223333 - | gzip > graph.gz
"""

app = typer.Typer(
    cls=Group,
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Export the whole graph.",
)


@app.callback()
def _graph() -> None:
    # Without a callback, Typer would make `graph` itself the only command of the group.
    pass


@app.command("export", cls=Command, epilog=_EXAMPLES)
def export(
    ctx: typer.Context,
    output: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help="File to write, or - for stdout.")
    ],
    format: Annotated[
        GraphFormat | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"Output format: {', '.join(GraphFormat)}. Default: from the extension of OUTPUT.",
        ),
    ] = None,
    at: AtOption = None,
    account: AccountOption = None,
) -> None:
    """Export all resources and edges of a snapshot to a file."""
    from ebbtide_cli.graph_file import export_graph

    chosen = format or format_of(output)
    export_graph(ctx.obj, output, chosen, at=at, accounts=account or [])
