"""`ebbtide ancestors`, `descendants`, `predecessors` and `successors`: along the edges."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

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


class EdgeType(StrEnum):
    DEFAULT = "default"
    DELETE = "delete"
    OWNS = "owns"


IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Graph id, ARN or resource id.")]
EdgeTypeOption = Annotated[
    list[EdgeType] | None,
    typer.Option("--edge-type", help="Edges to follow; repeatable; default: default."),
]


def _command(direction: Literal["in", "out"], far: bool, help: str) -> Callable[..., None]:
    """A command that walks in one direction, one step or as far as it goes."""

    def walk(
        ctx: typer.Context,
        id: IdArgument,
        edge_type: EdgeTypeOption = None,
        format: FormatOption = None,
        at: AtOption = None,
        explain: ExplainOption = False,
        with_edges: EdgesOption = False,
        account: AccountOption = None,
        columns: ColumnsOption = None,
        limit: LimitOption = None,
    ) -> None:
        from ebbtide_cli.answering import SearchRequest
        from ebbtide_cli.neighbours import NeighbourWalk, answer_walk
        from ebbtide_cli.results import Form

        form = Form.chosen(format, with_edges=with_edges, columns=columns)
        request = SearchRequest(id, at=at, accounts=account or [], limit=limit)
        way = NeighbourWalk(direction, far, tuple(edge_type or ()))
        answer_walk(ctx.obj, request, way, form, explain=explain)

    walk.__doc__ = help
    return walk


ancestors = _command("in", True, "What leads to a resource, over any number of steps.")
descendants = _command("out", True, "What a resource leads to, over any number of steps.")
predecessors = _command("in", False, "What leads to a resource in one step.")
successors = _command("out", False, "What a resource leads to in one step.")
