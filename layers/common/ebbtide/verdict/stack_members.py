"""Which stacks may own a resource, and which members of a stack are not known well enough."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.stack_parts import PARTS
from ebbtide.model.stack_types import STACK, StackType, copies_of, homes, stack_types, types_of
from ebbtide.model.stacks import Member
from ebbtide.verdict.evidence import gather_evidence, slices_to_read

# Region -> why it is not known what belongs to the stacks in it.
type UnknownStacks = Mapping[str, str]


class _Region(NamedTuple):
    region: str


def unknown_stacks(inventory: Inventory) -> UnknownStacks:
    """Return the regions with a stack whose members could not be read, each with one reason."""
    found: dict[str, str] = {}
    for stack in inventory.of_kind(STACK):
        one = inventory.stacks.get(stack.graph_id)
        error = "its resources were not read" if one is None else one.error
        if error is not None and not stack.ended and stack.region not in found:
            found[stack.region] = f"the stack {stack.name}: {error}"
    return found


def possible_owner(inventory: Inventory, resource: Resource, unknown: UnknownStacks) -> str:
    """Return why an unread stack may own a resource; "" if no stack can that is not known.

    Only what CloudFormation can make counts. A stack says itself whether another one made it.
    """
    if resource.kind == STACK or not types_of(resource.kind):
        return ""
    regions = homes(resource.kind, resource.properties)
    if not regions:
        regions = tuple(slices_to_read(inventory, resource, STACK))
    for region in regions:
        _, gaps = gather_evidence(inventory, _Region(region), (STACK,))
        if gaps:
            return gaps[0]
    return next((f"{region}: {unknown[region]}" for region in regions if region in unknown), "")


def unknown_members(
    inventory: Inventory, stack: Resource, known_types: Collection[str]
) -> list[str]:
    """Return one sentence for each member whose fate under the stack's deletion is unknown.

    `known_types` are types without a kind that may go, from the configuration.
    """
    one = inventory.stacks.get(stack.graph_id)
    if one is None or one.error is not None:
        return [f"its resources could not be read: {one.error if one else 'no list is stored'}"]
    return [
        why for member in one.members if (why := _unknown(inventory, stack, member, known_types))
    ]


def _unknown(
    inventory: Inventory, stack: Resource, member: Member, known_types: Collection[str]
) -> str:
    type = stack_types().get(member.type)
    if type is None:
        return unknown_type(member, known_types)
    if member.resource is not None:
        return _unread_copy(inventory, member, type)
    if member.matches > 1:
        return f"{member} may be any of {member.matches} resources"
    places = _places(type.kind, stack.region)
    for place in places:
        entry = inventory.coverage.get((place, type.kind))
        if entry is None or not entry.proves_absence:
            state = "not collected" if entry is None else f"{entry.state} ({entry.error})"
            return f"{member} could not be read: {place}/{type.kind} is {state}"
    # CloudFormation lists what somebody has deleted since; but only a kind that is read
    # completely can say that it is gone.
    return "" if type.certain else f"{member} was not found, but may exist"


def _unread_copy(inventory: Inventory, member: Member, type: StackType) -> str:
    """Return why a copy of a member in another region is unknown; "" if none is."""
    resource = inventory.resources.get(member.resource or "")
    for region in copies_of(type, resource.properties if resource else {}):
        entry = inventory.coverage.get((region, type.kind))
        if entry is None or not entry.proves_absence:
            return f"the copy of {member} in {region} could not be read"
    return ""


def unknown_type(member: Member, known_types: Collection[str]) -> str:
    """Return why a member without a kind may not go; "" if it is harmless."""
    if member.type in PARTS or member.type in known_types:
        return ""
    return f"{member} is of a type that Ebbtide does not know"


def _places(kind: str, region: str) -> list[str]:
    scope = registry()[kind].scope
    if scope == "both":
        return [region, GLOBAL]
    return [GLOBAL] if scope == "global" else [region]
