"""`ebbtide workflows`: list them, make their schedules, and run them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ebbtide_cli.completion import complete_workflow
from ebbtide_cli.help import Group
from ebbtide_cli.options import RowFormatOption
from ebbtide_cli.run_options import (
    AccountsOption,
    DryRunOption,
    ErrorsOption,
    NameOption,
    RegionsOption,
    SinceOption,
    StatusOption,
    UntilOption,
    WaitOption,
    WatchOption,
)
from ebbtide_cli.runs import log, register, start_named, stop

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide workflows list
    ebbtide workflows run collect
    ebbtide workflows apply --dry-run
    ebbtide workflows history --has-errors
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List the workflows, make the schedules of own ones, and run and stop them as `ebbtide "
    "runs` does.",
)

WorkflowArgument = Annotated[
    str,
    typer.Argument(
        metavar="WORKFLOW", autocompletion=complete_workflow, help="Name of the workflow."
    ),
]
FileOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read this configuration instead, offline; - reads stdin.",
    ),
]
ShowOnlyOption = Annotated[
    bool, typer.Option("--dry-run", help="Show the differences, and change nothing.")
]
ExitCodeOption = Annotated[
    bool,
    typer.Option("--exit-code", help="With --dry-run: end with code 1 if there are differences."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def list_workflows(
    ctx: typer.Context, config: FileOption = None, format: RowFormatOption = None
) -> None:
    """List the workflows, own ones included, with steps, schedule, next start and last run."""
    from ebbtide_cli.workflow_list import write_workflows

    write_workflows(ctx.obj, config, format)


def show_workflow(
    ctx: typer.Context, workflow: WorkflowArgument, config: FileOption = None
) -> None:
    """Print the steps of a workflow, the events that it announces, and its schedule, as YAML.

    A built-in workflow is described offline.
    """
    from ebbtide_cli.workflow_list import write_workflow

    write_workflow(ctx.obj, workflow, config)


def apply_workflows(
    ctx: typer.Context,
    dry_run: ShowOnlyOption = False,
    exit_code: ExitCodeOption = False,
    yes: YesOption = False,
    format: RowFormatOption = None,
) -> None:
    """Make the schedules of own workflows as the configuration says.

    Shows what it would create, update and delete in the schedule group of the stack, and asks. A
    schedule that fails keeps no other one from being made; repeat the command then.
    """
    from ebbtide_cli.workflow_apply import apply

    code = apply(ctx.obj, format, yes=yes, dry_run=dry_run, exit_code=exit_code)
    if code:
        sys.stdout.flush()
        raise typer.Exit(code)


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
    start_named(ctx, workflow, accounts, regions, name, dry_run=dry_run, wait=wait, watch=watch)


register(app, "workflows", "list", list_workflows, "", "--config ebbtide.yaml --format json")
register(app, "workflows", "show", show_workflow, "collect_and_cleanup")
register(
    app,
    "workflows",
    "apply",
    apply_workflows,
    "",
    "--dry-run --exit-code",
    "--yes",
)
register(app, "workflows", "run", run_workflow, "collect", "cleanup --dry-run --watch")
register(app, "workflows", "stop", stop, "run-3")
register(app, "workflows", "running", list_running, "")
register(
    app,
    "workflows",
    "history",
    history,
    "",
    "--since 30d --format json",
    "cleanup --since 2d --has-errors",
)
register(app, "workflows", "log", log, "run-3")
