"""`ebbtide search`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.options import (
    AccountOption,
    AtOption,
    ColumnsOption,
    EdgesOption,
    ExplainOption,
    FormatOption,
    LimitOption,
)

EXAMPLES = """
ebbtide search 'is(volume) and age > 30d' --columns 'id, volume_size as size, tags.owner'
ebbtide search 'aggregate(region as region: sum(volume_size) as size): is(volume)' --format csv
ebbtide search 'is(aws_ec2_instance) -->' --with-edges --format json --at 2d
"""


def search(
    ctx: typer.Context,
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="Search to run, such as 'is(volume) and age > 30d'."),
    ],
    format: FormatOption = None,
    at: AtOption = None,
    explain: ExplainOption = False,
    with_edges: EdgesOption = False,
    account: AccountOption = None,
    columns: ColumnsOption = None,
    limit: LimitOption = None,
) -> None:
    """Find resources in a snapshot, or count and sum them with aggregate(...)."""
    from ebbtide_cli.answering import SearchRequest, answer
    from ebbtide_cli.results import Form

    form = Form.chosen(format, with_edges=with_edges, columns=columns)
    request = SearchRequest(query, at=at, accounts=account or [], limit=limit)
    answer(ctx.obj, request, form, explain=explain)
