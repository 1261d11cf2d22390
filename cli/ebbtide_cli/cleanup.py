"""`ebbtide cleanup`: what cleanups did, and bringing it back."""

from __future__ import annotations

from enum import StrEnum
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
_RESTORE_EXAMPLES = """
ebbtide cleanup restore run-3 sg-0a1b2c3d4e5f60001 --dry-run
ebbtide cleanup restore run-3 orders --profile dev
ebbtide cleanup restore run-3 subnet-1 --replace vpc-1=vpc-2 --yes
"""


class TextFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


app = typer.Typer(
    cls=Group,
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show what Ebbtide deleted, and restore it.",
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


@app.command("restore", cls=Command, epilog=_RESTORE_EXAMPLES)
def restore(
    ctx: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", autocompletion=complete_any_run, help="The run that deleted it."
        ),
    ],
    id: Annotated[
        str,
        typer.Argument(metavar="ID", help="Graph id, ARN, resource id or name of the resource."),
    ],
    role: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Assume this role of the account, not one of Ebbtide's."),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", help="Name NEW wherever the description names OLD. Repeatable."
        ),
    ] = None,
    unprotected: Annotated[
        bool,
        typer.Option(
            "--unprotected", help="Do not set the tag ebbtide:protected: a run may delete it again."
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Complete the resource of this id or name that is there, although no tag says "
            "that a restoration made it.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the calls that would be made.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    format: Annotated[
        TextFormat,
        typer.Option("--format", "-f", metavar="FORMAT", help="Output format: text, json, yaml."),
    ] = TextFormat.TEXT,
) -> None:
    """Bring back a resource that a cleanup deleted, with your own credentials.

    Shows the calls and what does not come back, asks, and makes them. It may be repeated after an
    interruption.
    """
    from ebbtide_cli.errors import UsageError
    from ebbtide_cli.restore import Asked
    from ebbtide_cli.restore import restore as carry_out

    pairs = [text.partition("=") for text in replace or ()]
    if not all(old and new for old, _, new in pairs):
        raise UsageError("--replace takes OLD=NEW, such as vpc-1=vpc-2")
    asked = Asked(
        run,
        id,
        role,
        {old: new for old, _, new in pairs},
        not unprotected,
        resume,
        yes,
        dry_run,
        format.value,
    )
    raise typer.Exit(carry_out(ctx.obj, asked))
