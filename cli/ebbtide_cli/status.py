"""`ebbtide status`."""

from __future__ import annotations

import typer

from ebbtide_cli.help import alone
from ebbtide_cli.options import RowFormatOption

EXAMPLES = """
ebbtide status
ebbtide status --format json
"""


def status(ctx: typer.Context, format: RowFormatOption = None) -> None:
    """Print the state of a deployment: runs, snapshot, holds, schedule and alarms.

    Exits with code 1 if something needs attention.
    """
    from ebbtide_cli.status_report import write_status

    if not write_status(ctx.obj, format):
        raise typer.Exit(1)


app = alone("status", status, EXAMPLES)
