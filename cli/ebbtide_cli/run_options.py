"""Options of the commands that list and start runs, which `runs` and `workflows` share."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import (
    complete_accounts,
    complete_regions,
    complete_status,
    complete_workflow,
)

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
