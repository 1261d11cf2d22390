"""`ebbtide report`: the report of a run, to look at and to pass on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ebbtide_cli.completion import complete_any_run
from ebbtide_cli.help import Command, Group

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide report open
    ebbtide report export run-3 --output plan.csv
    ebbtide report link --expires 1h
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Open, export and share the reports of runs: costs, waste, coverage and what was done.",
)


class ReportFormat(StrEnum):
    HTML = "html"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        autocompletion=complete_any_run,
        help="Id of the run. Default: the last run with a report.",
    ),
]


@app.command(
    "open",
    cls=Command,
    epilog="""
    ebbtide report open
    ebbtide report open run-3 --print-path
    """,
)
def open_report(
    ctx: typer.Context,
    run: RunArgument = None,
    print_path: Annotated[
        bool,
        typer.Option("--print-path", help="Print the path of the file instead of opening it."),
    ] = False,
) -> None:
    """Open the report of a run in the browser.

    From a bucket, it is downloaded to a temporary file that only you can read.
    """
    from ebbtide_cli.report_files import open_file

    open_file(ctx.obj, run, print_path=print_path)


@app.command(
    "export",
    cls=Command,
    epilog="""
    ebbtide report export --output plan.csv
    ebbtide report export run-3 --format json
    """,
)
def export(
    ctx: typer.Context,
    run: RunArgument = None,
    format: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"Output format: {', '.join(ReportFormat)}. Default: from the extension of "
            "--output, else html.",
        ),
    ] = None,
) -> None:
    """Export the report of a run: as the page, its plan as a table, or all of its data.

    csv and xlsx have every entry of the plan with all columns; xlsx needs the extra ebbtide[xlsx].
    """
    from ebbtide_cli.report_export import export_report

    export_report(ctx.obj, run, format)


@app.command(
    "link",
    cls=Command,
    epilog="""
    ebbtide report link
    ebbtide report link run-3 --expires 8h
    """,
)
def link(
    ctx: typer.Context,
    run: RunArgument = None,
    expires: Annotated[
        str,
        typer.Option(metavar="DURATION", help="How long the link works, at most 7d. Default: 1h."),
    ] = "1h",
) -> None:
    """Print a link to the report of a run that works without an AWS account, until it expires.

    Whoever has the link can read the report. It also dies with the credentials that signed it.
    """
    from ebbtide_cli.report_links import print_link

    print_link(ctx.obj, run, expires)


@app.command(
    "build",
    cls=Command,
    epilog="""
    ebbtide report build --output report.html
    ebbtide report build run-2 --output report.html
    """,
)
def build(
    ctx: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", autocompletion=complete_any_run, help="Id of the run. Default: the last."
        ),
    ] = None,
) -> None:
    """Build the report of a run again, such as one of an older version, from what the run left.

    Nothing is written to the bucket.
    """
    from ebbtide_cli.report_export import build_report

    build_report(ctx.obj, run)
