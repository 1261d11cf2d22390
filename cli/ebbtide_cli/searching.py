"""`ebbtide search`."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import complete_search
from ebbtide_cli.help import alone
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
ebbtide search 'is(volume) | count tags.owner | sort count desc'
ebbtide search 'is(volume) and age > 30d | clean "unused" | list --csv id, name' --dry-run
"""


def search(
    ctx: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY",
            autocompletion=complete_search,
            help="Search to run, such as 'is(volume) and age > 30d'.",
        ),
    ],
    format: FormatOption = None,
    at: AtOption = None,
    explain: ExplainOption = False,
    with_edges: EdgesOption = False,
    account: AccountOption = None,
    columns: ColumnsOption = None,
    limit: LimitOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Confirm | clean, | protect or | tag.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what | clean, | protect or | tag would change."),
    ] = False,
) -> None:
    """Find resources in a snapshot, or count and sum them with aggregate(...).

    Inside the quotes, a search may be piped into count, aggregate, sort, head, tail, uniq, list,
    format, dump, jq, write, predecessors, successors, ancestors and descendants. | clean,
    | protect and | tag add a job that the next run carries out.
    """
    from ebbtide_cli.answering import SearchRequest, answer
    from ebbtide_cli.formats import usual_format
    from ebbtide_cli.results import Form
    from ebbtide_cli.typed_options import options_in

    typed = options_in(query)
    explain, with_edges = explain or typed.explain, with_edges or typed.with_edges
    request = SearchRequest(typed.text, at=at, accounts=account or [], limit=limit)
    if not (typed.has_pipe or yes or dry_run):
        form = Form.chosen(format, with_edges=with_edges, columns=columns)
        answer(ctx.obj, request, form, explain=explain)
        return
    from ebbtide_cli.piped_answer import PipedRequest, answer_piped

    # A command behind the search may still change the format, which is then checked.
    form = Form(format or usual_format(), with_edges, columns)
    given = format is not None or columns is not None
    answer_piped(ctx.obj, PipedRequest(request, form, given, explain, yes, dry_run))


app = alone("search", search, EXAMPLES)
