"""The command `ebbtide`: global options, and all commands. What takes time to import waits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ebbtide import __version__
from ebbtide_cli import exporting, history, jobs, kinds, output, searching, walking
from ebbtide_cli.errors import UsageError
from ebbtide_cli.group import Commands
from ebbtide_cli.sources import Source

app = typer.Typer(
    name="ebbtide",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_PLACES = ("stack", "bucket", "folder")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ebbtide {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option(envvar="EBBTIDE_STACK", help="The deployed stack; default: ebbtide."),
    ] = None,
    bucket: Annotated[
        str | None, typer.Option(envvar="EBBTIDE_BUCKET", help="Its bucket, by name.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(envvar="EBBTIDE_FOLDER", help="A folder with a copy of the bucket."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="AWS region of the stack.")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Search, compare and export what Ebbtide has collected.

    Give one of --stack, --bucket and --folder before the command. Data goes to stdout, messages to
    stderr. docs/cli.md has examples, formats and exit codes.
    """
    output.prepare()
    given = {"stack": stack, "bucket": bucket, "folder": folder}
    chosen = _chosen(ctx, [name for name in _PLACES if given[name] is not None])
    ctx.obj = Source(
        stack=stack if "stack" in chosen else None,
        bucket=bucket if "bucket" in chosen else None,
        folder=folder if "folder" in chosen else None,
        region=region,
        profile=profile,
    )


def _chosen(ctx: typer.Context, given: list[str]) -> list[str]:
    """The one place that counts: what the command line says goes before the environment."""
    typed = [name for name in given if _is_typed(ctx, name)]
    chosen = typed or given
    if len(chosen) > 1:
        names = " and ".join(f"--{name}" if typed else f"EBBTIDE_{name.upper()}" for name in chosen)
        raise UsageError(f"{names} exclude each other; give one of --stack, --bucket, --folder")
    return chosen


def _is_typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


app.command("search")(searching.search)
app.command("ancestors")(walking.ancestors)
app.command("descendants")(walking.descendants)
app.command("predecessors")(walking.predecessors)
app.command("successors")(walking.successors)
app.command("history")(history.history)
app.command("kinds")(kinds.kinds)
app.add_typer(exporting.app, name="graph")
app.add_typer(jobs.app, name="jobs")
