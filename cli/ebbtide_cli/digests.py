"""`ebbtide digest`: what owners and the team are told about a run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ebbtide_cli.completion import complete_planned_run
from ebbtide_cli.help import Command, Group

EXAMPLES = """
ebbtide digest show
ebbtide digest show --owner me
ebbtide digest show run-3 --since 7d --format html --output digest.html
"""


class DigestFormat(StrEnum):
    """The forms of a digest."""

    TEXT = "text"
    HTML = "html"


app = typer.Typer(
    cls=Group,
    epilog=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show what owners and the team are told about a run.",
)


@app.callback()
def _digest() -> None:
    # Without a callback, Typer would make `digest` itself the only command of the group.
    pass


@app.command("show", cls=Command, epilog=EXAMPLES)
def show(
    ctx: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            autocompletion=complete_planned_run,
            show_default=False,
            help="Run that made the plan. Default: the latest plan.",
        ),
    ] = "latest",
    owner: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER", help="The digest of this owner, that is, of a value of the owner tag."
        ),
    ] = None,
    team: Annotated[
        bool, typer.Option("--team", help="The digest of the whole plan. The default.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|DURATION",
            help="Since when deletions are listed: a time, or a duration before the run. Default: "
            "digest.every.",
        ),
    ] = None,
    format: Annotated[
        DigestFormat,
        typer.Option("--format", "-f", metavar="FORMAT", show_default=False, help="text or html."),
    ] = DigestFormat.TEXT,
) -> None:
    """Print a digest without sending it, or noting that it was sent."""
    from ebbtide_cli.digest_show import Asked, write_digest

    write_digest(ctx.obj, Asked(run, owner, team, since, html=format == DigestFormat.HTML))
