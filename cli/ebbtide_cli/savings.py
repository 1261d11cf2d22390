"""`ebbtide savings`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.help import alone
from ebbtide_cli.options import RowFormatOption

EXAMPLES = """
ebbtide savings
ebbtide savings --since 90d --by owner
ebbtide savings --by account --format csv
"""


def savings(
    ctx: typer.Context,
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME|DURATION",
            show_default=False,
            help="Include what was deleted after a time (2026-11-20) or a duration ago (90d). "
            "Default: 30d.",
        ),
    ] = "30d",
    by: Annotated[
        str,
        typer.Option(
            metavar="PART",
            show_default=False,
            help="Add up by rule, account, owner or kind. Default: rule.",
        ),
    ] = "rule",
    format: RowFormatOption = None,
) -> None:
    """Add up what deleted resources cost a month, and what the last plan would save.

    Prices are list prices in US dollars of 730 hours. saved_so_far is an estimate: the hours since
    each deletion, times its price. A resource counts once, for the first rule that selected it.
    """
    from ebbtide_cli.savings_report import write_savings

    write_savings(ctx.obj, since, by, format)


app = alone("savings", savings, EXAMPLES)
