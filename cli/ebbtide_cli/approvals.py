"""`ebbtide plan approve`, `reject` and `approvals`: decide about a plan, and list decisions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ebbtide_cli.completion import complete_account, complete_planned, complete_planned_run
from ebbtide_cli.help import Command
from ebbtide_cli.options import RowFormatOption

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        autocompletion=complete_planned_run,
        show_default=False,
        help="Run that made the plan. Default: the latest plan.",
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="Decide about the whole plan.")]
AccountsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="ACCOUNT",
        autocompletion=complete_account,
        help="Only what is in this account, by its id or name. Repeatable.",
    ),
]
OwnersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--owner", metavar="OWNER", help="Only what is tagged with this owner. Repeatable."
    ),
]
OwnerTagOption = Annotated[
    str | None,
    typer.Option(metavar="KEY", help="Tag that names the owner. Default: owners.tag."),
]
ExceptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--except",
        metavar="ID",
        autocompletion=complete_planned,
        help="Leave out this resource, by id or ARN. Repeatable.",
    ),
]
UntilOption = Annotated[
    str,
    typer.Option(
        metavar="DURATION|TIME",
        show_default=False,
        help="How long the decision counts, at most 3 days after the plan was made. Default: 24h.",
    ),
]
NoteOption = Annotated[
    str, typer.Option(metavar="TEXT", show_default=False, help="Why, for those who read it.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def approve(
    ctx: typer.Context,
    run: RunArgument = "latest",
    all: AllOption = False,
    account: AccountsOption = None,
    owner: OwnersOption = None,
    owner_tag: OwnerTagOption = None,
    except_: ExceptOption = None,
    until: UntilOption = "24h",
    note: NoteOption = "",
    yes: YesOption = False,
    format: RowFormatOption = None,
) -> None:
    """Approve what a held plan would delete, so that the next run deletes it.

    Give --all, --account or --owner. The next run plans anew, and deletes what it plans again for
    the same reason; whatever is new or has changed stays held.
    """
    from ebbtide_cli.deciding import Asked, decide

    chosen = Asked(run, all, account or (), owner or (), owner_tag, except_ or (), until, note)
    decide(ctx.obj, "approve", chosen, format, yes=yes)


def reject(
    ctx: typer.Context,
    run: RunArgument = "latest",
    all: AllOption = False,
    account: AccountsOption = None,
    owner: OwnersOption = None,
    owner_tag: OwnerTagOption = None,
    except_: ExceptOption = None,
    until: UntilOption = "24h",
    note: NoteOption = "",
    yes: YesOption = False,
    format: RowFormatOption = None,
) -> None:
    """Reject what a plan would delete, so that no run deletes it for some time.

    Give --all, --account or --owner. A rejection wins over all approvals of the same resources.
    """
    from ebbtide_cli.deciding import Asked, decide

    chosen = Asked(run, all, account or (), owner or (), owner_tag, except_ or (), until, note)
    decide(ctx.obj, "reject", chosen, format, yes=yes)


def approvals(ctx: typer.Context, format: RowFormatOption = None) -> None:
    """List approvals and rejections, newest first, with what became of each."""
    from ebbtide_cli.decided import write_decisions

    write_decisions(ctx.obj, format)


_LISTING = """
    ebbtide plan approvals
    ebbtide plan approvals --format json
    """


def register(app: Any) -> None:
    """Add the commands to the group `plan`."""
    app.command(
        "approve",
        cls=Command,
        epilog="""
    ebbtide plan approve --all
    ebbtide plan approve run-7 --owner team-a --except vol-1 --until 8h --note 'INC-42'
    ebbtide plan approve --account 111122223333 --yes
    """,
    )(approve)
    app.command(
        "reject",
        cls=Command,
        epilog="""
    ebbtide plan reject --all
    ebbtide plan reject --owner team-a --until 2d --note 'still in use'
    """,
    )(reject)
    app.command("approvals", cls=Command, epilog=_LISTING)(approvals)
