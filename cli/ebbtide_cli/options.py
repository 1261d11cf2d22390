"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.formats import Format, RowFormat

FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="Default: table on a terminal, list otherwise."),
]
RowFormatOption = Annotated[
    RowFormat | None,
    typer.Option("--format", "-f", help="Default: table on a terminal, list otherwise."),
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME|DURATION|RUN", help="An older snapshot: as of then, or of that run."
    ),
]
AccountOption = Annotated[
    list[str] | None, typer.Option("--account", help="Only this account; repeatable.")
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(metavar="PATH,...", help="What to show, such as 'name, tags.owner as owner'."),
]
LimitOption = Annotated[int | None, typer.Option(min=0, help="Show no more than so many.")]
EdgesOption = Annotated[
    bool, typer.Option("--with-edges", help="Also the edges between what is found.")
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Only tell what would be read, and how much that is.")
]
