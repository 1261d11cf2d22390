"""The command `ebbtide`: its global options and all its subcommands.

Every invocation imports this module, so it imports neither boto3 nor the search engine. Commands
import what they need when they run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebbtide import __version__
from ebbtide_cli import (
    cleanup,
    configuring,
    coverage,
    exporting,
    history,
    jobs,
    kinds,
    output,
    plans,
    protection,
    runs,
    searching,
    status,
    walking,
)
from ebbtide_cli.group import Commands
from ebbtide_cli.help import MAX_WIDTH, Command

app = typer.Typer(
    name="ebbtide",
    cls=Commands,
    epilog="""
    ebbtide --stack ebbtide search 'is(volume) and age > 30d'
    ebbtide --folder ./copy history --after 2d
    ebbtide kinds aws_ec2_volume
    """,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MAX_WIDTH},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ebbtide {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    stack: Annotated[
        str | None,
        typer.Option(
            envvar="EBBTIDE_STACK",
            metavar="NAME",
            help="Read the bucket of this CloudFormation stack. Default: ebbtide.",
        ),
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option(envvar="EBBTIDE_BUCKET", metavar="NAME", help="Read this S3 bucket."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            envvar="EBBTIDE_FOLDER", metavar="PATH", help="Read a local copy of the bucket."
        ),
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="AWS region of the stack or bucket.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="PROFILE", help="AWS profile to use.")
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Print only results, warnings and errors: no number of results, no progress.",
        ),
    ] = False,
    wide: Annotated[
        bool,
        typer.Option("--wide", help="Print all columns of a table in full, however wide it gets."),
    ] = False,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the results to a file, in the format of its extension unless --format is "
            "given.",
        ),
    ] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Search what Ebbtide collected, start its runs, read and approve its plans, and configure it.

    --stack, --bucket or --folder choose what to read. The global options may stand before the
    command or behind it. Results go to stdout, messages to stderr.
    """
    # Commands read these from the context, because they may stand behind a command as well.
    del stack, bucket, folder, region, profile, wide, output_file
    output.prepare(quiet=quiet)


app.command("search", cls=Command, epilog=searching.EXAMPLES)(searching.search)
for name, command in walking.COMMANDS.items():
    app.command(name, cls=Command, epilog=walking.examples_of(name))(command)
app.command("history", cls=Command, epilog=history.EXAMPLES)(history.history)
app.command("kinds", cls=Command, epilog=kinds.EXAMPLES)(kinds.kinds)
app.add_typer(exporting.app, name="graph")
app.add_typer(jobs.app, name="jobs")
app.add_typer(configuring.app, name="config")
app.add_typer(protection.app, name="protect")
app.add_typer(plans.app, name="plan")
app.add_typer(runs.app, name="runs")
app.add_typer(runs.workflows, name="workflows")
app.add_typer(cleanup.app, name="cleanup")
app.command("coverage", cls=Command, epilog=coverage.EXAMPLES)(coverage.coverage)
app.command("status", cls=Command, epilog=status.EXAMPLES)(status.status)
