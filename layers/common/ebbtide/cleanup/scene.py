"""A small graph of what AWS says now, in which rules and searches are evaluated again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from ebbtide.cleanup.known import Past, properties_digest, tags_digest
from ebbtide.graph.edges import Identities, owner_edges, resolve, structure_edges
from ebbtide.model.inventory import Inventory
from ebbtide.model.lines import EdgeLine, ResourceLine
from ebbtide.model.resource import Edge, Reference, Resource
from ebbtide.search.graph import SearchGraph

type Lines = Mapping[str, ResourceLine]


@dataclass(frozen=True)
class Scene:
    """Resources by graph id, with their references.

    `restored` are edges of the snapshot at resources that the plan has changed or deleted since.
    """

    account: str
    lines: Lines
    references: tuple[Reference, ...] = ()
    restored: tuple[EdgeLine, ...] = ()

    def replacing(
        self,
        lines: Iterable[ResourceLine],
        references: Iterable[Reference],
        restored: Iterable[EdgeLine] = (),
    ) -> Scene:
        """Return a scene with other lines and references for some resources, and more edges."""
        new = {line["graph_id"]: line for line in lines}
        kept = (one for one in self.references if one.source not in new)
        return Scene(
            self.account,
            {**self.lines, **new},
            (*kept, *references),
            (*self.restored, *restored),
        )

    def has(self, line: ResourceLine) -> bool:
        """Return whether a resource is in the scene with the same content.

        Tags, and a name that may be one of them, do not matter where they were not listed: no
        selection that gets such lists asks for them.
        """
        own = self.lines.get(line["graph_id"])
        if own is None:
            return False
        return _content(own) == _content(line) and (
            own["tags"] is None or (own["name"], own["tags"]) == (line["name"], line["tags"])
        )

    @cached_property
    def edges(self) -> set[Edge]:
        # Resolving notes unknown references in the lines.
        lines: dict[str, Any] = {name: {**line} for name, line in self.lines.items()}
        identities = Identities(lines.values())
        edges, _ = resolve(self.references, lines, identities)
        edges.update(structure_edges(lines.values()))
        edges.update(owner_edges(lines.values(), identities))
        edges.update(map(Edge.from_line, self.restored))
        return edges

    @cached_property
    def inventory(self) -> Inventory:
        resources = [Resource.from_line(line) for line in self.lines.values()]
        edges = [one for one in self.edges if {one.source, one.target} <= self.lines.keys()]
        return Inventory(self.account, resources, edges, ())

    @cached_property
    def graph(self) -> SearchGraph:
        ordered = sorted(self.edges, key=lambda edge: (edge.source, edge.target, edge.type))
        return SearchGraph(self.lines.values(), (edge.to_line() for edge in ordered))


def _content(line: ResourceLine) -> tuple[Any, ...]:
    return (line["created"], line["updated"], line["ended"], line["properties"])


def _created(line: ResourceLine, past: Past) -> str | None:
    """Return when a resource was created; a tag that says so counts more than AWS.

    A list without tags lacks that one, so the snapshot counts, unless the resource is newer.
    """
    told = line["created"]
    if line["tags"] is None and told is not None and told <= past.history["last_seen"]:
        return past.created or told
    return told or past.created


def remembered(
    line: ResourceLine, past: Past | None, at: str, *, comparable: bool = True
) -> ResourceLine:
    """Return a fresh line with its history, as a merge at the time `at` would write it.

    A line that is not `comparable` may lack what only the list tells: its fingerprint says whether
    it has changed.
    """
    found: dict[str, Any] = {**line}
    if past is None:
        found |= {"first_seen": at, "last_seen": at, "updated": line["created"] or at}
        return cast(ResourceLine, found)
    found |= {**past.history, "created": _created(line, past)}
    tags = tags_digest(line)
    if comparable and (
        properties_digest(line) != past.properties
        or (None not in (tags, past.tags) and tags != past.tags)
    ):
        found["updated"] = at
        found.pop("unchanged_since", None)
        # What changed may cost more or less now.
        found.pop("price", None)
    return cast(ResourceLine, found)
