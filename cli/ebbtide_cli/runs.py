"""`ebbtide runs`: list, start, watch and stop runs, and show what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ebbtide_cli.completion import complete_any_run, complete_workflow
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, RowFormatOption
from ebbtide_cli.run_options import (
    AccountsOption,
    DryRunOption,
    ErrorsOption,
    LimitOption,
    NameOption,
    RegionsOption,
    SinceOption,
    StatusOption,
    UntilOption,
    WaitOption,
    WatchOption,
    WorkflowOption,
)

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide runs list
    ebbtide runs start --workflow collect --watch
    ebbtide runs log run-3
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, start, watch and stop runs, and show what went wrong in them.",
)
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", autocompletion=complete_any_run, help="Id of the run.")
]


def list_runs(
    ctx: typer.Context,
    workflow: WorkflowOption = None,
    status: StatusOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    has_errors: ErrorsOption = False,
    limit: LimitOption = 20,
    format: RowFormatOption = None,
) -> None:
    """List runs, newest first, with their counts, errors and estimated cost in US dollars."""
    from ebbtide_cli.run_list import Wanted, write_runs

    wanted = Wanted(workflow, status, since, until, has_errors, limit)
    write_runs(ctx.obj, wanted, format)


def show_run(ctx: typer.Context, run: RunArgument, format: RowFormatOption = None) -> None:
    """Print what a run did: outcome, counts per account, jobs and estimated cost."""
    from ebbtide_cli.run_list import write_run

    write_run(ctx.obj, run, format)


def start(
    ctx: typer.Context,
    workflow: Annotated[
        str,
        typer.Option(
            metavar="WORKFLOW",
            autocompletion=complete_workflow,
            show_default=False,
            help="Workflow to run. Default: collect_and_cleanup.",
        ),
    ] = "collect_and_cleanup",
    accounts: AccountsOption = None,
    regions: RegionsOption = None,
    name: NameOption = None,
    dry_run: DryRunOption = False,
    wait: WaitOption = False,
    watch: WatchOption = False,
) -> None:
    """Start a run and print its id."""
    start_named(ctx, workflow, accounts, regions, name, dry_run=dry_run, wait=wait, watch=watch)


def start_named(
    ctx: typer.Context,
    workflow: str,
    accounts: list[str] | None,
    regions: list[str] | None,
    name: str | None,
    *,
    dry_run: bool,
    wait: bool,
    watch: bool,
) -> None:
    """Start a run as typed, print its id, and watch it if that is asked for."""
    from ebbtide_cli.starting import StartRequest, start_run

    request = StartRequest(workflow, name, accounts or (), regions or (), dry_run, wait)
    run_id = start_run(ctx.obj, request)
    typer.echo(run_id)
    if watch:
        _watch(ctx, run_id)


def watch(
    ctx: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            autocompletion=complete_any_run,
            help="Id of the run. Default: the run under way, or else the newest one.",
        ),
    ] = None,
) -> None:
    """Show the progress of a run until it ends. Interrupting it does not stop the run."""
    _watch(ctx, run)


def _watch(ctx: typer.Context, run: str | None) -> None:
    from ebbtide_cli.watching import watch_run

    code = watch_run(ctx.obj, run)
    if code:
        raise typer.Exit(code)


def stop(ctx: typer.Context, run: RunArgument) -> None:
    """Stop a run under way, and say what remains and what the next run does."""
    from ebbtide_cli.starting import stop_run

    stop_run(ctx.obj, run)


def log(
    ctx: typer.Context,
    run: RunArgument,
    account: AccountOption = None,
    format: RowFormatOption = None,
) -> None:
    """List what went wrong in a run, per account and region, with AWS's error."""
    from ebbtide_cli.run_log import write_log

    write_log(ctx.obj, run, account or [], format)


def register(
    group: typer.Typer, path: str, name: str, command: Callable[..., Any], *examples: str
) -> None:
    """Add a command to a group, with the arguments of its examples."""
    epilog = "\n".join(f"ebbtide {path} {name}{f' {one}' if one else ''}" for one in examples)
    group.command(name, cls=Command, epilog=epilog)(command)


_LISTING = ("", "--since 2d --has-errors", "--workflow cleanup --format json")
register(app, "runs", "list", list_runs, *_LISTING)
register(app, "runs", "show", show_run, "run-3", "run-3 --format json")
register(
    app,
    "runs",
    "start",
    start,
    "--workflow collect --watch",
    "--accounts dev,prod --regions eu-central-1 --dry-run",
    "--workflow cleanup --name friday-1 --wait",
)
register(app, "runs", "watch", watch, "", "run-3")
register(app, "runs", "stop", stop, "run-3")
register(app, "runs", "log", log, "run-3", "run-3 --account dev --format csv")
