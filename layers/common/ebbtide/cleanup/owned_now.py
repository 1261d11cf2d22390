"""Finds, immediately before a deletion, what AWS would delete along with the resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.users import Seen
from ebbtide.collect.to_resource import build_references
from ebbtide.graph.edges import identities_of, normal
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Reference, Resource
from ebbtide.owners import carried_kinds
from ebbtide.owners.between_kinds import owned_kinds
from ebbtide.owners.claims import carriers

type Identity = tuple[str, str]


def kept_for_owners(name: str) -> frozenset[str]:
    """Return the kinds that are listed to know what a resource of this kind owns."""
    shares = any(relation.owns and relation.every for relation in registry()[name].relations)
    return owned_kinds(name) | ({name} if shares else set())


@dataclass(frozen=True, slots=True)
class OwnedNow:
    """Lists what a resource owns now; `planned` holds the graph ids of the plan."""

    listing: Listings
    planned: frozenset[str]

    def unplanned(self, description: Description) -> list[str]:
        """Return the graph ids of live, unplanned resources that would go along, sorted.

        Raises CallError or IncompleteError if a kind could not be listed.
        """
        owner = description.resource
        found = {
            other.graph_id
            for name in sorted(owned_kinds(owner.kind))
            for other in self._owned(registry()[name], description)
            if other.graph_id not in self.planned and other.graph_id != owner.graph_id
        }
        return sorted(found)

    def _owned(self, kind: Kind, description: Description) -> Iterator[Resource]:
        owner = description.resource
        declared = registry()[owner.kind]
        own = tuple(build_references(declared, description.item, owner))
        named = _named_by_owner(kind, owner, own)
        if not (named or _names_owner(kind, owner.kind) or kind.name in carried_kinds(owner.kind)):
            return
        names = set(identities_of(owner.subject, owner.properties))
        shared = self._shared(kind, description)
        for other, references in self._listed(kind, description):
            identities = set(identities_of(other.subject, other.properties))
            if other.ended or identities & shared:
                continue
            if identities & named or _names(other, references, owner.kind, names):
                yield other

    def _shared(self, kind: Kind, description: Description) -> set[Identity]:
        """Return the identities under which others of the owner's kind, which stay, own as well."""
        owner = description.resource
        if not any(
            relation.kind == kind.name and relation.owns and relation.every
            for relation in registry()[owner.kind].relations
        ):
            return set()
        found = set()
        for other, references in self.listing.of_kind(owner.kind, owner.region):
            if other.ended or other.graph_id in {*self.planned, owner.graph_id}:
                continue
            found |= _named_by_owner(kind, other, references)
        return found

    def _listed(self, kind: Kind, description: Description) -> Iterator[Seen]:
        owner = description.resource
        for region in self.listing.regions_of(kind, owner.region):
            if kind.each == owner.kind:
                yield from self.listing.below(kind.name, region, description.item)
            else:
                yield from self.listing.of_kind(kind.name, region)


def _named_by_owner(kind: Kind, owner: Resource, references: Iterable[Reference]) -> set[Identity]:
    """Return the identities of resources of a kind that the owner's description says it owns."""
    declared = registry()[owner.kind]
    found = set()
    for reference in references:
        relation = declared.relations[reference.position]
        if relation.kind == kind.name and relation.owns:
            found.add((relation.by, normal(relation.by, reference.value)))
    return found


def _names_owner(kind: Kind, owner: str) -> bool:
    return any(relation.kind == owner and relation.owned_by for relation in kind.relations)


def _names(
    other: Resource, references: Iterable[Reference], owner: str, names: set[Identity]
) -> bool:
    """Return whether a resource says, in a relation or a tag, that this is its owner."""
    kind = registry()[other.kind]
    for reference in references:
        relation = kind.relations[reference.position]
        named = (relation.by, normal(relation.by, reference.value))
        if relation.kind == owner and relation.owned_by and named in names:
            return True
    return any(
        claim.mark.kind == owner and (claim.mark.by, claim.identity) in names
        for claim in carriers(other.kinds, other.tags)
    )
