"""Stacks in a plan: what may belong to one, and what goes with one, must be known."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.stack_types import STACK
from ebbtide.plan.draft import Draft
from ebbtide.plan.ownership import carried_by
from ebbtide.verdict.stack_members import UnknownStacks, possible_owner, unknown_members


def check_stack_owner(draft: Draft, name: str, unknown: UnknownStacks) -> None:
    """Doubt a candidate that may belong to a stack whose resources could not be read."""
    if draft.is_rejected(name):
        return
    why = possible_owner(draft.inventory, draft.found[name].resource, unknown)
    if why:
        draft.doubt(name, "owner_unknown", f"it may belong to a CloudFormation stack: {why}")


def check_stack_members(draft: Draft, name: str, owners: Mapping[str, str]) -> None:
    """Doubt a candidate if not all resources are known that go with a stack: its own or itself."""
    if draft.is_rejected(name):
        return
    known_types = draft.config.cleanup.known_stack_types
    for one in (name, *carried_by(name, owners)):
        resource = draft.inventory[one]
        if resource.kind != STACK:
            continue
        unknown = unknown_members(draft.inventory, resource, known_types)
        if unknown:
            more = f"; {len(unknown) - 1} more" if len(unknown) > 1 else ""
            reason = f"deleting it would also delete what is unknown: {unknown[0]}{more}"
            draft.doubt(name, "owned_unknown", reason)
            return
