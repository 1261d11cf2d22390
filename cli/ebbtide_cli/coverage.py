"""`ebbtide coverage`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import complete_regions, complete_state
from ebbtide_cli.help import alone
from ebbtide_cli.options import AccountOption, AtOption, KindOption, RowFormatOption

EXAMPLES = """
ebbtide coverage
ebbtide coverage --account prod --kind aws_ec2_volume
ebbtide coverage --strict --format json
"""


def coverage(
    ctx: typer.Context,
    at: AtOption = None,
    account: AccountOption = None,
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--regions",
            metavar="REGION,...",
            autocompletion=complete_regions,
            help="Include only these regions. Repeatable.",
        ),
    ] = None,
    kind: KindOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            autocompletion=complete_state,
            help="Include only this state, such as denied. Repeatable.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if anything was not read completely.")
    ] = False,
    format: RowFormatOption = None,
) -> None:
    """List where and why something could not be read, in a snapshot."""
    from ebbtide_cli.coverage_report import Filter, write_coverage
    from ebbtide_cli.options import split_names

    chosen = Filter(account or (), split_names(regions or ()), kind or (), state or ())
    gaps = write_coverage(ctx.obj, at, chosen, format)
    if strict and gaps:
        raise typer.Exit(1)


app = alone("coverage", coverage, EXAMPLES)
