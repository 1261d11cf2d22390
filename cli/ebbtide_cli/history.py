"""`ebbtide history`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ebbtide_cli.options import RowFormatOption


class Change(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


def history(
    ctx: typer.Context,
    query: Annotated[
        str | None, typer.Argument(help="Filters by the state after the change.")
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="TIME|DURATION", help="Default: 7 days before the end."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="TIME|DURATION", help="Default: now.")
    ] = None,
    change: Annotated[
        list[Change] | None, typer.Option(help="Only such changes; repeatable.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind or base kind; repeatable.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Only what this run recorded.")] = None,
    format: RowFormatOption = None,
) -> None:
    """Show what was created, updated and deleted, as the runs recorded it."""
    from ebbtide_cli.errors import UsageError
    from ebbtide_cli.past import Period, write_history

    if run is not None and (after is not None or before is not None):
        raise UsageError("--run does not go with --after or --before")
    period = Period(run=run, after=after, before=before)
    write_history(ctx.obj, query, period, change or [], kind or [], format)
