"""`ebbtide protect`: whether something is protected from deletion."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.errors import NO
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, RowFormatOption

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide protect check vol-0123456789abcdef0
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check what is protected from deletion.",
)


@app.command(
    "check",
    cls=Command,
    epilog="""
    ebbtide protect check vol-0123456789abcdef0
    ebbtide protect check arn:aws:s3:::logs --format json
    """,
)
def check(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="Graph id, ARN, resource id or name.")],
    account: AccountOption = None,
    format: RowFormatOption = None,
) -> None:
    """Say whether a resource is protected from deletion now, and by what.

    Exits with code 1 if it is not. The current snapshot and the current configuration
    count: tags, ids, accounts, kinds and jobs.
    """
    from ebbtide_cli.protecting import check as write

    if not write(ctx.obj, id, account or [], format):
        raise typer.Exit(NO)
