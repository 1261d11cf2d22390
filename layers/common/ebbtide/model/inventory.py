"""One account's resources, edges and coverage in memory, for rules and plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from sys import intern

from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import EdgeType
from ebbtide.model.resource import Edge, Resource, UnknownReference
from ebbtide.model.stacks import MemberList

# Proofs and gaps, each a text.
type Evidence = tuple[tuple[str, ...], tuple[str, ...]]


class Inventory:
    """Lookups by graph id, by kind or base kind, and along the edges in both directions."""

    def __init__(
        self,
        account: str,
        resources: Iterable[Resource],
        edges: Iterable[Edge],
        coverage: Iterable[Coverage],
        *,
        stale_since: str | None = None,
        enabled_regions: Iterable[str] | None = None,
        stacks: Mapping[str, MemberList] | None = None,
    ) -> None:
        self.account = account
        # None means that the regions could not be listed, not that there are none.
        self.enabled_regions = None if enabled_regions is None else sorted(enabled_regions)
        self.stale_since = stale_since
        # By graph id of the stack; a stack that is missing here has unknown members.
        self.stacks = stacks or {}
        # The edges share these texts.
        self.resources = {intern(resource.graph_id): resource for resource in resources}
        self._by_kind: dict[str, list[Resource]] = defaultdict(list)
        self._unread: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        self._unknown: dict[str, list[tuple[Resource, UnknownReference]]] = defaultdict(list)
        for resource in self.resources.values():
            self._by_kind[resource.kind].append(resource)
            if resource.unread:
                self._unread[resource.region, resource.kind].append(resource)
            for unknown in resource.unknown_references:
                if unknown.holds == "target":
                    self._unknown[unknown.kind].append((resource, unknown))
        self._out: dict[EdgeType, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        self._in: dict[EdgeType, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for edge in edges:
            self._out[edge.type][edge.source].append(edge)
            self._in[edge.type][edge.target].append(edge)
        self.coverage = {(entry.region, entry.kind): entry for entry in coverage}
        # What verdict/evidence.py found, by what was asked.
        self.evidence: dict[Hashable, Evidence] = {}
        self.regions = sorted({region for region, _ in self.coverage})
        self.locked_regions = sorted(
            {region for (region, _), entry in self.coverage.items() if entry.state == "locked"}
        )

    def __getitem__(self, graph_id: str) -> Resource:
        return self.resources[graph_id]

    def __contains__(self, graph_id: object) -> bool:
        return graph_id in self.resources

    def of_kind(self, *names: str) -> Iterator[Resource]:
        """Yield the resources of any of these kinds or base kinds, kind by kind."""
        wanted = frozenset(names)
        for name in sorted(self._by_kind):
            for resource in self._by_kind[name]:
                if not wanted.isdisjoint(resource.kinds):
                    yield resource

    def unread(self, region: str, kind: str) -> list[Resource]:
        """Return the resources of a slice and kind that were read only partly."""
        return self._unread.get((region, kind), [])

    def unknown_references_to(
        self, resource: Resource
    ) -> Iterator[tuple[Resource, UnknownReference]]:
        """Yield the references that could hold up a resource, each with the one that has it."""
        yield from ((resource, one) for one in resource.unknown_references if one.holds == "source")
        for source, unknown in self._unknown.get(resource.kind, ()):
            if source is not resource and unknown.region in (None, resource.region):
                yield source, unknown

    def edges_out(self, graph_id: str, type: EdgeType = "default") -> list[Edge]:
        return self._out[type].get(graph_id, [])

    def edges_in(self, graph_id: str, type: EdgeType = "default") -> list[Edge]:
        return self._in[type].get(graph_id, [])

    def targets(self, graph_id: str, type: EdgeType = "default") -> list[Resource]:
        return [self.resources[edge.target] for edge in self.edges_out(graph_id, type)]

    def sources(self, graph_id: str, type: EdgeType = "default") -> list[Resource]:
        return [self.resources[edge.source] for edge in self.edges_in(graph_id, type)]

    def descendants(self, graph_id: str, type: EdgeType) -> list[Resource]:
        """Return all resources that are reachable along edges of one type, except the start."""
        seen: dict[str, None] = {}
        waiting = [graph_id]
        while waiting:
            for edge in self.edges_out(waiting.pop(), type):
                if edge.target not in seen and edge.target != graph_id:
                    seen[edge.target] = None
                    waiting.append(edge.target)
        return [self.resources[name] for name in seen]
