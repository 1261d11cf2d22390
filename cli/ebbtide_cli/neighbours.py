"""Find a resource by graph id, ARN or resource id, and the resources around it in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ebbtide import search
from ebbtide.language import Query
from ebbtide.language.syntax import MAX_DEPTH, HasId, Navigation, Part, Path, Predicate, Step, Term
from ebbtide_cli.answering import SearchRequest, answer_query
from ebbtide_cli.errors import UsageError
from ebbtide_cli.explaining import write_explanation
from ebbtide_cli.progress import watched
from ebbtide_cli.results import Form
from ebbtide_cli.sources import Source
from ebbtide_cli.view import View, limited_to, view_of

# Resources that an error lists at most.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NeighbourWalk:
    """A walk in one direction: one step, or any number of steps if `far`.

    No `types` means edges of type default.
    """

    direction: Literal["in", "out"]
    far: bool
    types: tuple[str, ...] = ()

    def query(self, graph_id: str) -> Query:
        """Return the walk as a search, such as `id(...) -[1:]->`."""
        navigation = Navigation(self.direction, 1, MAX_DEPTH if self.far else 1)
        start = Part(HasId((graph_id,)), navigation=navigation)
        return Query((start, Part()), edge_types=tuple(str(type) for type in self.types))


def answer_walk(
    source: Source,
    request: SearchRequest,
    walk: NeighbourWalk,
    form: Form,
    *,
    explain: bool = False,
) -> None:
    """Write the resources on a walk from the resource that `request.text` names.

    Raises UsageError unless exactly one resource has that name.
    """
    with watched(source.open()) as store:
        view = view_of(store, request.at, request.accounts)
        start = resource_of(view, request.text)
        # No edge leads to another account (docs/data.md), so there is no need to read others.
        view = limited_to(view, start["account"])
        query = walk.query(start["graph_id"])
        if explain:
            write_explanation(query, view)
        else:
            answer_query(view, query, form, request.limit)


def resource_of(view: View, name: str) -> dict[str, Any]:
    """Return the line of the one resource with this graph id, ARN or id, or else with this name.

    Raises UsageError if there is none, or if there are several; the message lists them.
    """
    found = lines_named(view, name)
    if not found:
        run = view.snapshot.manifest.run_id
        raise UsageError(f"resource not found in the snapshot of run {run}: {name!r}")
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} resources are called {name!r}; give the graph id of one of them:\n"
            + "\n".join(f"  {line['graph_id']}" for line in found[:_SHOWN])
            + (f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
        )
    return found[0]


def lines_named(view: View, name: str) -> list[dict[str, Any]]:
    """Return the lines of the resources with this graph id, ARN or resource id."""
    account, _, rest = name.partition("/")
    if rest.count("/") >= 2 and any(account == entry.account for entry in view.snapshot.entries):
        found = _lines(limited_to(view, account), HasId((name,)))
        if found:
            return found
    # The id of some kinds is an ARN, too.
    for path in (*(("arn",) if name.startswith("arn:") else ()), "id", "name"):
        found = _lines(view, Predicate(Path((Step(path),)), "==", name))
        if found:
            return found
    return []


def _lines(view: View, term: Term) -> list[dict[str, Any]]:
    return [
        dict(match.line) for match in search.find(Query((Part(term),)), view.snapshot, view.now)
    ]
