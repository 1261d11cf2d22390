"""`ebbtide cleanup`: what cleanups did."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import complete_any_run, complete_ending
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, KindOption, RowFormatOption, RuleOption

_EXAMPLES = """
ebbtide cleanup log
ebbtide cleanup log vol-1 --since 90d
ebbtide cleanup log --run run-3 --ending failed --ending skipped
ebbtide cleanup log --since 30d --account dev --rule expired --format csv
"""

app = typer.Typer(
    cls=Group,
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show what Ebbtide deleted, and what it could not delete.",
)


@app.callback()
def _cleanup() -> None:
    # Without a callback, Typer would make `cleanup` itself the only command of the group.
    pass


@app.command("log", cls=Command, epilog=_EXAMPLES)
def log(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", help="Include only these resources, by graph id, ARN, or resource id."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|DURATION",
            help="Start of the period: a time (2026-11-20) or a duration ago (2d). Default: 7 days "
            "before its end; with an ID, everything that is kept.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME|DURATION", help="End of the period. Default: now."),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            autocompletion=complete_any_run,
            help="Include only the cleanup of this run. Repeatable.",
        ),
    ] = None,
    account: AccountOption = None,
    rule: RuleOption = None,
    kind: KindOption = None,
    ending: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENDING",
            autocompletion=complete_ending,
            help="Include only gone, failed, skipped, left_behind, would_delete (dry run) or "
            "pending. Repeatable. Default: gone.",
        ),
    ] = None,
    all_endings: Annotated[bool, typer.Option("--all", help="Include every ending.")] = False,
    format: RowFormatOption = None,
) -> None:
    """List what cleanups deleted, oldest first, from the ledgers of all runs."""
    from ebbtide_cli.ledger_report import Wanted, write_deletions

    wanted = Wanted(
        ids=tuple(ids or ()),
        since=since,
        until=until,
        runs=tuple(run or ()),
        accounts=tuple(account or ()),
        rules=tuple(rule or ()),
        kinds=tuple(kind or ()),
        endings=() if all_endings else tuple(ending or ("gone",)),
    )
    write_deletions(ctx.obj, wanted, format)
