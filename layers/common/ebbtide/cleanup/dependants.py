"""Finds, immediately before a deletion, what depends on the resource or needs it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ebbtide.base.errors import IncompleteError
from ebbtide.cleanup.families import ordering_kinds
from ebbtide.cleanup.listings import Listed, Listings
from ebbtide.cleanup.users import ANY, Name, User
from ebbtide.graph.edges import identities_of, normal
from ebbtide.kinds import needing_kinds, registry, using_from_afar, why_needed
from ebbtide.model.kind import Relation
from ebbtide.model.resource import GLOBAL, Resource, Subject
from ebbtide.model.unread import may_name
from ebbtide.plan.model import Plan
from ebbtide.verdict.evidence import regions_of_users


@dataclass(slots=True)
class Dependants:
    """Looks for users of planned resources in lists that are at most two minutes old.

    `going` holds the graph ids of what the plan still deletes: these do not keep each other.
    """

    listing: Listings
    planned: Mapping[str, Subject]
    going: frozenset[str] = frozenset()
    _names_of_going: frozenset[Name] = frozenset()

    @classmethod
    def of(cls, plan: Plan, listing: Listings) -> Self:
        """Return what looks for the users of a plan's resources.

        A resource that goes with its owner has users, too.
        """
        planned = {entry.subject.graph_id: entry.subject for entry in plan.planned}
        made = cls(listing, planned)
        made.start_round(frozenset(planned))
        return made

    def start_round(self, going: frozenset[str]) -> None:
        """Note what the plan still deletes."""
        self.going = going
        subjects = [self.planned[name] for name in going if name in self.planned]
        self._names_of_going = frozenset(name for one in subjects for name in _names(one, {}))

    def that_go_first(self, resource: Resource, besides: frozenset[str] = frozenset()) -> str:
        """Return why a resource cannot go yet: what AWS's order puts before it stays. "" if none.

        Kinds in `besides` are removed with what they lie in. Raises IncompleteError if a kind could
        not be listed completely.
        """
        kinds = ordering_kinds(resource.kind) - besides
        users = self._users(resource, kinds, lambda relation: relation.deleted_before)
        names = sorted({user.graph_id for user in users})
        return f"is now used by {', '.join(names)}" if names else ""

    def that_need(self, resource: Resource, breakable: frozenset[str]) -> str:
        """Return what would break without a resource, except the kinds that may; "" if nothing.

        Raises IncompleteError if a kind could not be listed completely.
        """
        kinds = needing_kinds(resource.kind) - breakable
        users = self._users(resource, kinds, lambda relation: relation.strength == "needed")
        found = {user.graph_id: why_needed(resource.kind, user.kind) for user in users}
        texts = [f"{name}: {why}" for name, why in sorted(found.items())]
        return f"is now needed by {'; by '.join(texts)}" if texts else ""

    def _users(
        self, resource: Resource, kinds: frozenset[str], counts: Callable[[Relation], bool]
    ) -> Iterator[User]:
        """Yield the users of these kinds whose relation to the resource counts."""
        names = _names(resource.subject, resource.properties)
        for users in self._listed(resource, kinds):
            for name in (*names, (resource.kind, ANY)):
                for user in users.users.get(name, ()):
                    wanted = user.kind in kinds and counts(user.relation)
                    if wanted and self._keeps(user, resource):
                        yield user
            self._require_known(users, resource, kinds)

    def _require_known(self, users: Listed, resource: Resource, kinds: frozenset[str]) -> None:
        """Raise IncompleteError if a resource that was read only partly may use this one."""
        for one in users.unread:
            own = one.graph_id in self.going or one.graph_id == resource.graph_id
            if own or one.kind not in kinds:
                continue
            if may_name(registry()[one.kind], one.calls, resource.kind):
                call, error = next(iter(one.calls.items()))
                text = f"{one.graph_id} could not be read completely ({call}: {error})"
                raise IncompleteError(f"{text}, so it may be a user")

    def _listed(self, resource: Resource, kinds: frozenset[str]) -> list[Listed]:
        """Return the lists of some kinds in all regions where they could use the resource."""
        afar = using_from_afar(resource.kind)
        # All begin before the first is waited for.
        begun = [
            (kind, region, self.listing.begin_users(kind, region))
            for kind in sorted(kinds)
            for region in regions_of_users(kind, resource, self.listing.regions, afar=kind in afar)
        ]
        found: dict[int, Listed] = {}
        for kind, region, listed in begun:
            if listed is not None:
                users = listed.result()
                why = self.listing.why_incomplete(users, kind, region)
                if why:
                    raise IncompleteError(why)
                # Several kinds may share a list.
                found[id(users)] = users
        return list(found.values())

    def _keeps(self, user: User, resource: Resource) -> bool:
        if user.graph_id in self.going or user.graph_id == resource.graph_id:
            return False
        near = GLOBAL in (user.region, resource.region) or user.region == resource.region
        if not (near or user.relation.across_regions):
            return False
        if user.relation.strength != "needed" or user.joined is None:
            return True
        # What only joins resources keeps one as long as another one stays.
        gone = {*self._names_of_going, *_names(resource.subject, resource.properties)}
        return any(names.isdisjoint(gone) for names in user.joined)


def _names(subject: Subject, properties: Mapping[str, Any]) -> list[Name]:
    return [(subject.kind, normal(by, value)) for by, value in identities_of(subject, properties)]
