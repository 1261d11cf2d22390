"""`ebbtide config`: show, check and change the configuration of the deployment."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from ebbtide_cli.completion import complete_key, complete_version
from ebbtide_cli.errors import NO
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import LimitOption, RowFormatOption

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide config show --defaults
    ebbtide config set cleanup.limits.per_run 20
    ebbtide config validate ebbtide.yaml
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show, validate and change the configuration, which each run reads when it starts.",
)


class ShowFormat(StrEnum):
    YAML = "yaml"
    JSON = "json"


class ProblemFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


VersionArgument = Annotated[
    str,
    typer.Argument(
        metavar="VERSION",
        autocompletion=complete_version,
        help="Version id or its beginning, or a time or duration for the version as of then.",
    ),
]


@app.command(
    "show",
    cls=Command,
    epilog="""
    ebbtide config show
    ebbtide config show --defaults --format json
    """,
)
def show(
    ctx: typer.Context,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Include the values that the file does not set.")
    ] = False,
    format: Annotated[
        ShowFormat,
        typer.Option("--format", "-f", metavar="FORMAT", help="Output format: yaml or json."),
    ] = ShowFormat.YAML,
) -> None:
    """Print the values that the configuration sets, each with its line.

    With --defaults, print all values that a run would use.
    """
    from ebbtide_cli.config_files import current_text
    from ebbtide_cli.config_showing import write_values

    write_values(current_text(ctx.obj), format, defaults=defaults)


@app.command(
    "validate",
    cls=Command,
    epilog="""
    ebbtide config validate ebbtide.yaml
    ebbtide config validate ebbtide.yaml --format json
    cat ebbtide.yaml | ebbtide config validate -
    """,
)
def validate(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="File to validate, offline; - reads stdin. Default: the file of the source.",
        ),
    ] = None,
    format: Annotated[
        ProblemFormat,
        typer.Option("--format", "-f", metavar="FORMAT", help="Output format: text or json."),
    ] = ProblemFormat.TEXT,
) -> None:
    """List all mistakes in a configuration as FILE:LINE:COLUMN.

    Exits with code 1 if there are any.
    """
    from ebbtide_cli.config_files import current_text, file_text
    from ebbtide_cli.config_files import validate as write_problems

    text = current_text(ctx.obj) if file is None else file_text(file)
    if not write_problems(text, format):
        raise typer.Exit(NO)


@app.command(
    "set",
    cls=Command,
    epilog="""
    ebbtide config set cleanup.limits.per_run 20
    ebbtide config set protect.ids.- vol-0123456789abcdef0
    ebbtide config set jobs.old-volumes.search 'is(volume) and age > 60d'
    ebbtide config set protect.tags.'"kubernetes.io/cluster"' null
    """,
)
def set_value(
    ctx: typer.Context,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            autocompletion=complete_key,
            help="Key, such as cleanup.limits.per_run or jobs.old-volumes.active; protect.ids.- "
            "adds to the list.",
        ),
    ],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Value in YAML, such as 5, 7d or '[a, b]'.")
    ],
) -> None:
    """Set a value. Comments stay, and an invalid configuration is not written."""
    from ebbtide_cli.config_changes import set_value as change

    change(ctx.obj, path, value)


@app.command(
    "unset",
    cls=Command,
    epilog="""
    ebbtide config unset cleanup.limits.per_run
    ebbtide config unset protect.ids.0
    """,
)
def unset(
    ctx: typer.Context,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            autocompletion=complete_key,
            help="Key, such as cleanup.limits.per_run, or an item of a list: protect.ids.0.",
        ),
    ],
) -> None:
    """Remove a value, so that its default applies. Comments stay."""
    from ebbtide_cli.config_changes import unset_value

    unset_value(ctx.obj, path)


@app.command(
    "edit",
    cls=Command,
    epilog="""
    ebbtide config edit
    EDITOR='code --wait' ebbtide config edit
    """,
)
def edit(ctx: typer.Context) -> None:
    """Edit the file in $VISUAL or $EDITOR, until it is valid, and save it.

    If somebody else saves in the meantime, nothing is overwritten, and your text is kept in a file.
    """
    from ebbtide_cli.config_changes import edit as change
    from ebbtide_cli.config_changes import edit_with_program

    change(ctx.obj, edit_with_program)


@app.command(
    "apply",
    cls=Command,
    epilog="""
    ebbtide config apply ebbtide.yaml
    cat ebbtide.yaml | ebbtide config apply -
    """,
)
def apply(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="File to write; - reads stdin.")],
) -> None:
    """Write a file as the configuration, if it is valid."""
    from ebbtide_cli.config_changes import apply as change

    change(ctx.obj, file)


@app.command(
    "diff",
    cls=Command,
    epilog="""
    ebbtide config diff ebbtide.yaml
    ebbtide config diff --version 2d --effective
    """,
)
def diff(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="File to compare with the configuration; - reads stdin. Default: compare the "
            "version before with the current one.",
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            autocompletion=complete_version,
            help="Compare with this version: its id, or a time or duration (2d).",
        ),
    ] = None,
    effective: Annotated[
        bool, typer.Option("--effective", help="Compare the values in force, not the text.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with code 1 if there are differences.")
    ] = False,
    format: RowFormatOption = None,
) -> None:
    """Compare the configuration with a file or an earlier version."""
    from ebbtide_cli.config_versions import write_diff

    differ = write_diff(ctx.obj, file, version, format, effective=effective)
    if differ and exit_code:
        sys.stdout.flush()
        raise typer.Exit(NO)


@app.command(
    "history",
    cls=Command,
    epilog="""
    ebbtide config history
    ebbtide config history --limit 5 --format json
    """,
)
def history(ctx: typer.Context, format: RowFormatOption = None, limit: LimitOption = 20) -> None:
    """List the versions of the configuration that the bucket keeps, the newest first."""
    from ebbtide_cli.config_versions import write_history

    write_history(ctx.obj, format, limit)


@app.command(
    "restore",
    cls=Command,
    epilog="""
    ebbtide config restore 2d
    ebbtide config restore 3sL4kqtJlcpXroDTDmJ
    """,
)
def restore(ctx: typer.Context, version: VersionArgument) -> None:
    """Write an earlier version as the newest one, if it is valid."""
    from ebbtide_cli.config_versions import restore as write

    write(ctx.obj, version)
