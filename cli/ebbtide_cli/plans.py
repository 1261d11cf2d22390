"""`ebbtide plan`: show, explain, compare, simulate and approve plans."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ebbtide_cli import approvals
from ebbtide_cli.completion import (
    complete_planned,
    complete_planned_run,
)
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import AccountOption, AtOption, KindOption, RowFormatOption, RuleOption

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide plan show
    ebbtide plan explain vol-1
    ebbtide plan simulate --config ebbtide.yaml
    ebbtide plan approve --all
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show, explain, compare, simulate and approve plans: what goes, and why the rest stays.",
)


class TextFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


class SimulationFormat(StrEnum):
    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


class FailOn(StrEnum):
    HELD = "held"
    SELECTED = "selected"
    NEW = "new"


RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        autocompletion=complete_planned_run,
        help="Run whose plan to read. Default: the last run with a plan.",
    ),
]


@app.command(
    "show",
    cls=Command,
    epilog="""
    ebbtide plan show
    ebbtide plan show --refused --kind volume --details
    ebbtide plan show --run run-3 --format csv
    """,
)
def show(
    ctx: typer.Context,
    run: RunOption = None,
    account: AccountOption = None,
    rule: RuleOption = None,
    kind: KindOption = None,
    selected: Annotated[
        bool, typer.Option("--selected", help="Show what is selected and may be deleted.")
    ] = False,
    reported: Annotated[
        bool,
        typer.Option(
            "--reported",
            help="Show what is only reported: first runs of rules, and what is in a grace.",
        ),
    ] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="Show what stays for a known reason.")
    ] = False,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Show what stays because too little is known.")
    ] = False,
    details: Annotated[
        bool,
        typer.Option("--details", help="Add facts, order, evidence and tags to a table."),
    ] = False,
    brief: Annotated[
        bool,
        typer.Option("--brief", help="Group a table: one row for the parts of a whole, and names."),
    ] = False,
    format: RowFormatOption = None,
) -> None:
    """Show the plan of a run: what is deleted in which wave, what stays, and why.

    Without --selected, --reported, --refused and --undecided, all of it is shown.
    """
    from ebbtide_cli.plan_show import Asked, write_plan

    chosen = {
        "planned": selected,
        "reported": reported,
        "refused": refused,
        "undecided": undecided,
    }
    asked = Asked(
        run,
        tuple(account or ()),
        tuple(rule or ()),
        tuple(kind or ()),
        tuple(name for name, wanted in chosen.items() if wanted),
        details,
        brief,
    )
    write_plan(ctx.obj, asked, format)


@app.command(
    "explain",
    cls=Command,
    epilog="""
    ebbtide plan explain vol-1
    ebbtide plan explain vol-1 --run run-3 --format json
    """,
)
def explain(
    ctx: typer.Context,
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            autocompletion=complete_planned,
            help="Graph id, ARN, resource id or name, whether something selects it or not.",
        ),
    ],
    run: RunOption = None,
    account: AccountOption = None,
    format: Annotated[
        TextFormat,
        typer.Option("--format", "-f", metavar="FORMAT", help="Output format: text, json, yaml."),
    ] = TextFormat.TEXT,
) -> None:
    """Explain why a resource is or is not deleted.

    Prints what each rule and job says about it, what protects, owns and uses it, which evidence
    there is, and what would happen if something selected it.
    """
    from ebbtide_cli.plan_explain import write_explanation

    write_explanation(ctx.obj, id, run, account or [], format)


@app.command(
    "advice",
    cls=Command,
    epilog="""
    ebbtide plan advice
    ebbtide plan advice --rule gp2_volumes --format csv
    """,
)
def advice(
    ctx: typer.Context,
    run: RunOption = None,
    account: AccountOption = None,
    rule: RuleOption = None,
    kind: KindOption = None,
    format: RowFormatOption = None,
) -> None:
    """List what could be changed to save money, by the rules that only advise.

    Nothing of it is in a plan. What saves most comes first.
    """
    from ebbtide_cli.plan_advice import write_advice_of

    write_advice_of(ctx.obj, run, account or [], rule or [], kind or [], format)


@app.command(
    "diff",
    cls=Command,
    epilog="""
    ebbtide plan diff
    ebbtide plan diff run-2 run-3 --format ndjson
    """,
)
def diff(
    ctx: typer.Context,
    before: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN1",
            autocompletion=complete_planned_run,
            help="Earlier run. Default: the last but one with a plan.",
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN2",
            autocompletion=complete_planned_run,
            help="Later run. Default: the last one with a plan.",
        ),
    ] = None,
    account: AccountOption = None,
    format: RowFormatOption = None,
) -> None:
    """Compare the plans of two runs: selected, dropped, newly refused, other reasons."""
    from ebbtide_cli.plan_diff import write_diff

    runs = [run for run in (before, after) if run is not None]
    write_diff(ctx.obj, runs, account or [], format)


@app.command(
    "simulate",
    cls=Command,
    epilog="""
    ebbtide plan simulate --config ebbtide.yaml
    ebbtide plan simulate --config ebbtide.yaml --account dev --format markdown --fail-on new
    """,
)
def simulate(
    ctx: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", metavar="FILE", help="Configuration to plan with; - reads from stdin."
        ),
    ],
    at: AtOption = None,
    account: AccountOption = None,
    fail_on: Annotated[
        list[FailOn] | None,
        typer.Option(
            "--fail-on",
            metavar="WHAT",
            help="Exit with code 5 or 6 if the plan is held, if it selects anything (selected), or "
            "if it selects more than with the current configuration (new). Repeatable.",
        ),
    ] = None,
    all_due: Annotated[
        bool,
        typer.Option("--all-due", help="Run all jobs that have a cron, as if their time had come."),
    ] = False,
    format: Annotated[
        SimulationFormat | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="Output format: table, markdown, json."
        ),
    ] = None,
) -> None:
    """Plan a snapshot with another configuration, and compare it with the current one.

    Nothing is written, and no account is asked: this is for pull requests.
    """
    from ebbtide_cli.plan_simulate import Request, write_simulation

    request = Request(config, at, tuple(account or ()), frozenset(fail_on or ()), all_due)
    code = write_simulation(ctx.obj, request, format or SimulationFormat.TABLE)
    if code:
        raise typer.Exit(code)


approvals.register(app)
