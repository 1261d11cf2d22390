"""`ebbtide plan`: what a run would delete, and decisions about it."""

from __future__ import annotations

import typer

from ebbtide_cli import approvals
from ebbtide_cli.help import Group

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide plan approve --all
    ebbtide plan reject --owner team-a --note 'still in use'
    ebbtide plan approvals
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Approve and reject what a run would delete.",
)
approvals.register(app)
