"""`ebbtide kinds`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import complete_kind
from ebbtide_cli.help import alone
from ebbtide_cli.options import RowFormatOption

EXAMPLES = """
ebbtide kinds
ebbtide kinds aws_ec2_volume
ebbtide kinds volume --format json
"""


def kinds(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            autocompletion=complete_kind,
            help="Kind or base kind to describe, such as aws_ec2_volume.",
        ),
    ] = None,
    format: RowFormatOption = None,
) -> None:
    """List all kinds of resources, or describe one kind. Works offline."""
    from ebbtide_cli.vocabulary import write_kind, write_kinds

    if kind is None:
        write_kinds(format)
    else:
        write_kind(kind, format)


app = alone("kinds", kinds, EXAMPLES)
