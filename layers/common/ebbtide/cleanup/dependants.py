"""Finds, immediately before a deletion, what depends on the resource now."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from ebbtide.aws import AccountSession
from ebbtide.cleanup.read_again import Description
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.listing import Listing
from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.graph.edges import forms_of, identities_of, normal
from ebbtide.kinds import registry
from ebbtide.kinds._forms import is_elsewhere
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL, Reference, Resource


@dataclass(slots=True)
class Dependants:
    """Lists the kinds that could depend on a resource, each once per region and tick.

    `planned` holds the graph ids of the plan: planned resources do not block each other.
    """

    session: AccountSession
    pool: Executor
    planned: frozenset[str]
    regions: tuple[str, ...]
    _listed: dict[tuple[str, str], list[tuple[Resource, list[Reference]]]] = field(
        default_factory=dict
    )

    def unplanned(self, description: Description) -> list[str]:
        """Return the graph ids of live, unplanned resources that must go first, sorted.

        Raises CallError if a kind could not be listed.
        """
        resource = description.resource
        names = {value for _, value in identities_of(resource.subject, resource.properties)}
        found = []
        for kind in _kinds_that_name(resource.kind):
            for region in self._regions_of(kind, resource):
                for other, references in self._list(kind, region, description):
                    if other.graph_id in self.planned or other.ended:
                        continue
                    if other.graph_id == resource.graph_id:
                        continue
                    if _names(kind, references, resource, names):
                        found.append(other.graph_id)
        return sorted(set(found))

    def _regions_of(self, kind: Kind, resource: Resource) -> Iterable[str]:
        if kind.scope == "global":
            return (GLOBAL,)
        if resource.region == GLOBAL:
            both = kind.scope == "both"
            return tuple(region for region in self.regions if both or region != GLOBAL)
        return (resource.region,)

    def _list(
        self, kind: Kind, region: str, description: Description
    ) -> list[tuple[Resource, list[Reference]]]:
        if kind.each is not None:
            # Children are listed through their parent: only those of this resource can matter.
            if kind.each != description.resource.kind:
                return []
            return self._read(kind, region, [dict(description.item)])
        if (kind.name, region) not in self._listed:
            self._listed[kind.name, region] = self._read(kind, region, None)
        return self._listed[kind.name, region]

    def _read(
        self, kind: Kind, region: str, parents: list[Item] | None
    ) -> list[tuple[Resource, list[Reference]]]:
        place = Place(self.session.account, region, self.session.partition.name)
        # Tags do not decide what depends on what, and reading them would be most of the calls.
        needed = replace(kind, details=tuple(d for d in kind.details if d.into != kind.tags))
        caller = Caller(self.session, needed, place, self.pool, lambda: None)
        found = []
        for page in Listing(caller).pages(parents):
            for item in page:
                resource = build_resource(kind, item, place)
                found.append((resource, list(build_references(kind, item, resource))))
        if caller.first_error is not None:
            raise caller.first_error
        return found


def _kinds_that_name(name: str) -> list[Kind]:
    return [
        kind
        for kind in registry().values()
        if kind.list is not None
        and any(relation.kind == name and relation.deleted_before for relation in kind.relations)
    ]


def _names(kind: Kind, references: list[Reference], resource: Resource, names: set[str]) -> bool:
    """Say whether a reference names a resource, or could, because it was not understood."""
    for reference in references:
        relation = kind.relations[reference.position]
        if relation.kind != resource.kind or not relation.deleted_before:
            continue
        if reference.understood:
            if any(form in names for form in forms_of(normal(relation.by, reference.value))):
                return True
        elif not is_elsewhere(reference.value, resource.account, resource.region):
            return True
    return False
