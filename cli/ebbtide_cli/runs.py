"""`ebbtide runs`, and `ebbtide workflows` as the same for people who know Resoto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ebbtide_cli.completion import (
    complete_accounts,
    complete_any_run,
    complete_regions,
    complete_status,
    complete_workflow,
)
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, RowFormatOption

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
workflows = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide workflows list
    ebbtide workflows run collect
    ebbtide workflows history --has-errors
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List the workflows; run, stop and list them as `ebbtide runs` does.",
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", autocompletion=complete_any_run, help="Id of the run.")
]
WorkflowArgument = Annotated[
    str,
    typer.Argument(
        metavar="WORKFLOW", autocompletion=complete_workflow, help="Name of the workflow."
    ),
]
WorkflowOption = Annotated[
    str | None,
    typer.Option(
        "--workflow",
        metavar="WORKFLOW",
        autocompletion=complete_workflow,
        help="Include only runs of this workflow.",
    ),
]
AccountsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--accounts",
        metavar="ACCOUNT,...",
        autocompletion=complete_accounts,
        help="Cover only these accounts, by id or name. Repeatable. Default: all.",
    ),
]
RegionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--regions",
        metavar="REGION,...",
        autocompletion=complete_regions,
        help="Cover only these regions; global means services without regions. Repeatable. "
        "Default: all.",
    ),
]
NameOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Id of the run. Default: the workflow and the time."),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Delete nothing in this run, whatever the configuration says."),
]
WaitOption = Annotated[
    bool,
    typer.Option("--wait", help="If a run is under way, begin after it instead of being skipped."),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Show the progress until the run has ended.")
]
StatusOption = Annotated[
    str | None,
    typer.Option(
        metavar="STATUS",
        autocompletion=complete_status,
        help="Include only runs with this status: running, succeeded, skipped, failed, timed_out "
        "or stopped.",
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        "--started-after",
        metavar="TIME|DURATION",
        help="Include only runs that started after a time (2026-11-20) or a duration ago (2d).",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        "--started-before",
        metavar="TIME|DURATION",
        help="Include only runs that started before a time or a duration ago.",
    ),
]
ErrorsOption = Annotated[
    bool, typer.Option("--has-errors", help="Include only runs in which something went wrong.")
]
LimitOption = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", show_default=False, help="Maximum number of runs. Default: 20."
    ),
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


def history(
    ctx: typer.Context,
    workflow: Annotated[
        str | None,
        typer.Argument(
            metavar="WORKFLOW",
            autocompletion=complete_workflow,
            help="Workflow whose runs to list. Default: one line for each workflow.",
        ),
    ] = None,
    status: StatusOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    has_errors: ErrorsOption = False,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Maximum number of runs. Default: 20 of one workflow, else 100 in all.",
        ),
    ] = None,
    format: RowFormatOption = None,
) -> None:
    """Summarize the runs of each workflow, or list those of one, newest first.

    A summary has the number of runs, what went wrong in them, the last one, the average duration
    and the estimated cost in US dollars.
    """
    from ebbtide_cli.run_list import Wanted, write_runs
    from ebbtide_cli.workflow_history import write_histories

    wanted = Wanted(workflow, status, since, until, has_errors, limit or (100, 20)[bool(workflow)])
    (write_runs if workflow else write_histories)(ctx.obj, wanted, format)


def list_running(ctx: typer.Context, format: RowFormatOption = None) -> None:
    """List the runs under way."""
    from ebbtide_cli.run_list import Wanted, write_runs

    write_runs(ctx.obj, Wanted(status="running"), format)


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
    _start(ctx, workflow, accounts, regions, name, dry_run=dry_run, wait=wait, watch=watch)


def run_workflow(
    ctx: typer.Context,
    workflow: WorkflowArgument,
    accounts: AccountsOption = None,
    regions: RegionsOption = None,
    name: NameOption = None,
    dry_run: DryRunOption = False,
    wait: WaitOption = False,
    watch: WatchOption = False,
) -> None:
    """Start a run of a workflow and print its id."""
    _start(ctx, workflow, accounts, regions, name, dry_run=dry_run, wait=wait, watch=watch)


def _start(
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


def list_workflows(format: RowFormatOption = None) -> None:
    """List the workflows and their steps. Works offline."""
    from ebbtide_cli.workflow_list import write_workflows

    write_workflows(format)


def show_workflow(workflow: WorkflowArgument) -> None:
    """Print the steps of a workflow and the events that it announces, as YAML. Works offline."""
    from ebbtide_cli.workflow_list import write_workflow

    write_workflow(workflow)


def _register(
    group: typer.Typer, path: str, name: str, command: Callable[..., Any], *examples: str
) -> None:
    epilog = "\n".join(f"ebbtide {path} {name}{f' {one}' if one else ''}" for one in examples)
    group.command(name, cls=Command, epilog=epilog)(command)


_LISTING = ("", "--since 2d --has-errors", "--workflow cleanup --format json")
_register(app, "runs", "list", list_runs, *_LISTING)
_register(app, "runs", "show", show_run, "run-3", "run-3 --format json")
_register(
    app,
    "runs",
    "start",
    start,
    "--workflow collect --watch",
    "--accounts dev,prod --regions eu-central-1 --dry-run",
    "--workflow cleanup --name friday-1 --wait",
)
_register(app, "runs", "watch", watch, "", "run-3")
_register(app, "runs", "stop", stop, "run-3")
_register(app, "runs", "log", log, "run-3", "run-3 --account dev --format csv")
_register(workflows, "workflows", "list", list_workflows, "")
_register(workflows, "workflows", "show", show_workflow, "collect_and_cleanup")
_register(workflows, "workflows", "run", run_workflow, "collect", "cleanup --dry-run --watch")
_register(workflows, "workflows", "stop", stop, "run-3")
_register(workflows, "workflows", "running", list_running, "")
_register(
    workflows,
    "workflows",
    "history",
    history,
    "",
    "--since 30d --format json",
    "cleanup --since 2d --has-errors",
)
_register(workflows, "workflows", "log", log, "run-3")
