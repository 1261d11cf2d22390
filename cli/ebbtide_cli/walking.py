"""`ebbtide predecessors`, `successors`, `ancestors` and `descendants`: walks along the edges."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

import typer

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


class EdgeType(StrEnum):
    DEFAULT = "default"
    DELETE = "delete"
    NEEDED = "needed"
    OWNS = "owns"


IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Graph id, ARN, resource id or name.")
]
EdgeTypeOption = Annotated[
    list[EdgeType] | None,
    typer.Option(
        "--edge-type",
        metavar="TYPE",
        help="Follow edges of type default (the default), delete, needed or owns. Repeatable.",
    ),
]


def _command(direction: Literal["in", "out"], far: bool, help: str) -> Callable[..., None]:
    """Return a command that walks one step, or any number of steps if `far`."""

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


def _app(name: str, direction: Literal["in", "out"], far: bool, help: str) -> typer.Typer:
    examples = f"""
    ebbtide {name} vol-1 --columns kind,name
    ebbtide {name} vol-1 --edge-type delete --format dot
    """
    return alone(name, _command(direction, far, help), examples)


ancestors = _app("ancestors", "in", True, "List all resources with a path to the given resource.")
descendants = _app(
    "descendants", "out", True, "List all resources that are reachable from the given resource."
)
predecessors = _app(
    "predecessors", "in", False, "List the resources that have an edge to the given resource."
)
successors = _app(
    "successors", "out", False, "List the resources that the given resource has an edge to."
)
