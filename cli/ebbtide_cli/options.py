"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ebbtide_cli.completion import (
    complete_account,
    complete_column,
    complete_kind,
    complete_rule,
    complete_run,
)
from ebbtide_cli.formats import Format, RowFormat


def _format_help(formats: type[Format] | type[RowFormat]) -> str:
    return f"Output format: {', '.join(formats)}. Default: table on a terminal, list otherwise."


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", metavar="FORMAT", help=_format_help(Format)),
]
RowFormatOption = Annotated[
    RowFormat | None,
    typer.Option("--format", "-f", metavar="FORMAT", help=_format_help(RowFormat)),
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME|DURATION|RUN",
        autocompletion=complete_run,
        help="Use the latest snapshot as of a time (2026-11-20) or a duration ago (2d), or the "
        "snapshot of a run. Default: the current snapshot.",
    ),
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="ACCOUNT",
        autocompletion=complete_account,
        help="Include only the account with this name or id. Repeatable.",
    ),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        autocompletion=complete_kind,
        help="Include only this kind or base kind. Repeatable.",
    ),
]
RuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        metavar="RULE",
        autocompletion=complete_rule,
        help="Include only what this rule selects, or this job (job:NAME). Repeatable.",
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="PATH,...",
        autocompletion=complete_column,
        help="Columns to print, such as 'name, tags.owner as owner'.",
    ),
]
LimitOption = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Maximum number of results.")
]
EdgesOption = Annotated[
    bool, typer.Option("--with-edges", help="Include the edges between the results.")
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Print what would be read, without reading it.")
]


def split_names(texts: Sequence[str]) -> list[str]:
    """Return the names in texts such as `a,b`, each once."""
    names = (name.strip() for text in texts for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name))
