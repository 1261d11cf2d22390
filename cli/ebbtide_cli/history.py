"""`ebbtide history`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ebbtide_cli.completion import complete_run, complete_search
from ebbtide_cli.help import alone
from ebbtide_cli.options import KindOption, RowFormatOption

EXAMPLES = """
ebbtide history --after 2d
ebbtide history 'is(volume) and tags.owner == null' --after 30d --change deleted
ebbtide history --run run-3 --kind aws_ec2_instance --format ndjson
"""


class Change(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


def history(
    ctx: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            autocompletion=complete_search,
            help="Include only resources that match this search after the change, or before a "
            "deletion.",
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|DURATION",
            help="Start of the period: a time (2026-11-20) or a duration ago (2d). Default: 7 days "
            "before its end.",
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(metavar="TIME|DURATION", help="End of the period. Default: now."),
    ] = None,
    change: Annotated[
        list[Change] | None,
        typer.Option(
            metavar="CHANGE",
            help="Include only changes of this type: created, updated or deleted. Repeatable.",
        ),
    ] = None,
    kind: KindOption = None,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            autocompletion=complete_run,
            help="Include only the changes that this run recorded.",
        ),
    ] = None,
    format: RowFormatOption = None,
) -> None:
    """List created, updated and deleted resources, oldest change first."""
    from ebbtide_cli.errors import UsageError
    from ebbtide_cli.past import Period, write_history

    if run is not None and (after is not None or before is not None):
        raise UsageError("--run is mutually exclusive with --after and --before")
    period = Period(run=run, after=after, before=before)
    write_history(ctx.obj, query, period, change or [], kind or [], format)


app = alone("history", history, EXAMPLES)
