"""`ebbtide metrics`: what runs measured, and what CloudWatch bills for it."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import complete_any_run, complete_metric
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import RowFormatOption

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide metrics list
    ebbtide metrics show ResourcesPlanned --by rule
    ebbtide metrics cost --series all --budget 50
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show what runs measured, over time, and what the metrics cost in CloudWatch.",
)
RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        autocompletion=complete_any_run,
        help="Use the metrics of this run. Default: the last one that has some.",
    ),
]


@app.command(
    "list",
    cls=Command,
    epilog="""
    ebbtide metrics list
    ebbtide metrics list --run run-3 --format csv
    """,
)
def list_metrics(ctx: typer.Context, run: RunOption = None, format: RowFormatOption = None) -> None:
    """List all metrics with their value for all accounts together."""
    from ebbtide_cli.metrics_report import write_list

    write_list(ctx.obj, run, format)


@app.command(
    "show",
    cls=Command,
    epilog="""
    ebbtide metrics show ResourcesFound
    ebbtide metrics show ebbtide_resources_planned --by account,rule --limit 48
    """,
)
def show(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete_metric,
            help="Metric, as in CloudWatch or as in OpenMetrics (ebbtide_...).",
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="LABEL,...", help="One value for each value of a label. Repeatable."
        ),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", show_default=False, help="Maximum number of runs. Default: 24."
        ),
    ] = 24,
    format: RowFormatOption = None,
) -> None:
    """List the values of a metric in each run, newest first."""
    from ebbtide_cli.metrics_report import write_values
    from ebbtide_cli.options import split_names

    write_values(ctx.obj, name, split_names(by or ()), limit, format)


@app.command(
    "cost",
    cls=Command,
    epilog="""
    ebbtide metrics cost
    ebbtide metrics cost --series classic --budget 40
    ebbtide metrics cost --by ResourcesFound=account,kind
    """,
)
def cost(
    ctx: typer.Context,
    series: Annotated[
        list[str] | None,
        typer.Option(
            "--series",
            metavar="NAME,...",
            help="As metrics.cloudwatch.series: default, classic, all, none, or names of metrics. "
            "Repeatable. Default: as configured.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="NAME=LABEL,...",
            help="As metrics.cloudwatch.by: a metric by labels, too. Repeatable.",
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="USD", help="As metrics.cloudwatch.budget_usd. Default: as configured."
        ),
    ] = None,
    run: RunOption = None,
    format: RowFormatOption = None,
) -> None:
    """List what CloudWatch bills a month for the metrics, computed from the values of a run."""
    from ebbtide_cli.metrics_cost import Change, write_cost

    write_cost(ctx.obj, Change(tuple(series or ()), tuple(by or ()), budget), run, format)


@app.command(
    "export",
    cls=Command,
    epilog="""
    ebbtide metrics export | grep planned
    ebbtide metrics export --output ebbtide.prom
    ebbtide metrics export --run run-3 --timestamps
    """,
)
def export(
    ctx: typer.Context,
    run: RunOption = None,
    timestamps: Annotated[
        bool,
        typer.Option(
            "--timestamps",
            help="Give each value the start time of its run, for a database that takes the past.",
        ),
    ] = False,
) -> None:
    """Write the values of a run as OpenMetrics text, for Prometheus and its exporters."""
    from ebbtide_cli.metrics_report import write_text

    write_text(ctx.obj, run, timestamps=timestamps)
