"""Asks CloudFormation, immediately before a deletion, what belongs to which stack now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ebbtide.aws import AccountSession, call_answer, is_denied_by_organization
from ebbtide.base.errors import CallError
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.stack_lists import StackLists
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.resource import GLOBAL, Resource, Subject
from ebbtide.model.stack_types import (
    STACK,
    StackType,
    comparable,
    document_of,
    homes,
    stack_types,
    types_of,
)
from ebbtide.model.stacks import LIST_MEMBERS, Member, members_of
from ebbtide.plan.model import Plan
from ebbtide.verdict.stack_members import unknown_type

# Answers at most the first 100 resources of the stack that the resource belongs to (CloudFormation
# API reference, DescribeStackResources).
FIND_STACK = Call(
    "cloudformation",
    "describe_stack_resources",
    "StackResources[]",
    PhysicalResourceId="{physical_id}",
)


@dataclass(slots=True)
class StackMembership:
    """Finds what has changed in the stacks of an account since a plan was made.

    `planned` are the subjects of the plan by graph id, and `known_types` the types without a kind
    that may be deleted with their stack.
    """

    listing: Listings
    planned: Mapping[str, Subject]
    known_types: frozenset[str]
    lists: StackLists = field(init=False)
    _going: frozenset[str] = frozenset()
    _going_ids: frozenset[tuple[str, str, str]] = frozenset()

    def __post_init__(self) -> None:
        self.lists = StackLists(self.listing)

    @property
    def session(self) -> AccountSession:
        return self.listing.session

    @classmethod
    def of(cls, plan: Plan, listing: Listings, known_types: Iterable[str]) -> Self:
        """Return what looks for changes since a plan was made."""
        planned = {entry.subject.graph_id: entry.subject for entry in plan.planned}
        made = cls(listing, planned, frozenset(known_types))
        made.start_round(frozenset(planned))
        return made

    def start_round(self, going: frozenset[str]) -> None:
        """Ask anew, and note what the plan still deletes."""
        self.lists.forget()
        self._going = going
        self._going_ids = frozenset(
            (subject.kind, subject.region, comparable(physical))
            for name, subject in self.planned.items()
            for physical in (_physical_ids(subject, {}) if name in going else ())
        )

    def expect(self, subjects: Iterable[Subject]) -> None:
        """Note of which resources the owners are asked for next."""
        asked = (one for one in subjects if one.kind != STACK and types_of(one.kind))
        self.lists.expect(region for one in asked for region in self._regions_of(one))

    def owner_of(self, resource: Resource) -> str:
        """Return the stack that a resource belongs to now, in words; "" if to none.

        Raises CallError if CloudFormation could not be asked.
        """
        if resource.kind == STACK or not types_of(resource.kind):
            return ""
        physical_ids = _physical_ids(resource.subject, resource.properties)
        if not physical_ids:
            return "a stack perhaps: its physical id is unknown"
        regions = homes(resource.kind, resource.properties) or self._regions_of(resource)
        for region in regions:
            for physical_id in physical_ids:
                owner = self._owner(physical_id, region, resource.kind)
                if owner:
                    return owner
        return ""

    def _owner(self, physical_id: str, region: str, kind: str) -> str:
        members = self.lists.members(region)
        if members is not None:
            return _owner_among(members.get(comparable(physical_id), ()), kind)
        return _owner_in(self._stack_with(physical_id, region), physical_id, kind)

    def _regions_of(self, resource: Resource | Subject) -> Iterable[str]:
        if resource.region != GLOBAL:
            return (resource.region,)
        return tuple(region for region in self.listing.regions if region != GLOBAL)

    def _stack_with(self, physical_id: str, region: str) -> list[Mapping[str, Any]]:
        try:
            found = call_answer(self.session, FIND_STACK, region, {"physical_id": physical_id})
        except CallError as error:
            # "Stack for ... does not exist": the physical id belongs to no stack.
            if error.code == "ValidationError" and "does not exist" in error.message:
                return []
            if region in self.listing.locked and is_denied_by_organization(error.message):
                return []
            raise
        return list(found or ())

    def unplanned_member(self, stack: Resource) -> str:
        """Return why a stack may not go, such as a member that is not planned; "" if it may.

        Raises CallError or IncompleteError if the members could not be listed.
        """
        if stack.kind != STACK:
            return ""
        document = {"id": stack.id}
        answered = call_answer(self.session, LIST_MEMBERS, stack.region, document)
        for member in members_of(answered or ()):
            reason = self._objection(member, stack.region)
            if reason:
                return reason
        return ""

    def _objection(self, member: Member, region: str) -> str:
        type = stack_types().get(member.type)
        if type is None:
            return unknown_type(member, self.known_types)
        places = _places(type.kind, region)
        physical = comparable(member.physical_id)
        if any((type.kind, place, physical) in self._going_ids for place in places):
            return ""
        found = list(self._now(type, physical, places))
        if any(other.graph_id not in self._going for other in found):
            return f"it contains {member}, which is not planned"
        return "" if found or type.certain else f"it may contain {member}, which was not found"

    def _now(self, type: StackType, physical: str, places: Iterable[str]) -> Iterator[Resource]:
        for place in places:
            for other, _ in self.listing.of_kind(type.kind, place):
                forms = type.ids(document_of(other.subject, other.properties))
                if not other.ended and physical in map(comparable, forms):
                    yield other


def _physical_ids(subject: Subject, properties: Mapping[str, Any]) -> list[str]:
    document = document_of(subject, properties)
    return list(
        dict.fromkeys(physical for one in types_of(subject.kind) for physical in one.ids(document))
    )


def _places(kind: str, region: str) -> tuple[str, ...]:
    scope = registry()[kind].scope
    if scope == "both":
        return (region, GLOBAL)
    return (GLOBAL,) if scope == "global" else (region,)


def _owner_in(found: list[Mapping[str, Any]], physical_id: str, kind: str) -> str:
    """Return the stack that an answer names; the resource itself may be beyond the first 100."""
    if not found:
        return ""
    named = f"the CloudFormation stack {found[0]['StackName']}"
    same = [one for one in found if one.get("PhysicalResourceId") == physical_id]
    return _owner_among(same, kind) if same else named


def _owner_among(same: Sequence[Mapping[str, Any]], kind: str) -> str:
    """Return the stack that one of the members by the same physical id belongs to."""
    living = [(one["StackName"], member) for one in same for member in members_of([one])]
    if not living:
        return ""
    types = {one.type for one in types_of(kind)}
    for stack, member in living:
        if member.type in types:
            return f"the CloudFormation stack {stack}"
    # Another stack, which was not answered, may have a resource of this kind by that id.
    stack, member = living[0]
    return f"a stack perhaps: the CloudFormation stack {stack} has {member} by the same physical id"
