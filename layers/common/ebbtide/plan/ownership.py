"""What AWS deletes together with something else: only the owner decides over it."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.owner_tags import owner_in_tags
from ebbtide.plan.draft import Draft


def find_owners(draft: Draft, active: set[str]) -> dict[str, str]:
    """What AWS will delete together with an active candidate, directly or through others."""
    owners: dict[str, str] = {}
    waiting = sorted(active)
    while waiting:
        owner = waiting.pop()
        for edge in draft.inventory.edges_out(owner, "owns"):
            owned = draft.inventory[edge.target]
            if edge.target not in owners and edge.target != owner and not owned.ended:
                owners[edge.target] = owner
                waiting.append(edge.target)
    return owners


def check_owner(draft: Draft, name: str) -> None:
    """A resource whose owner stays must stay too: the owner would only make it again."""
    resource = draft.found[name].resource
    owners = [owner for owner in draft.inventory.sources(name, "owns") if not owner.ended]
    if owners:
        reason = f"belongs to {owners[0].kind} {owners[0].name}, which stays"
        draft.refuse(name, "owned", reason, (owners[0].graph_id,))
        return
    named = owner_in_tags(resource.tags)
    if named is not None:
        draft.refuse(name, "owned", f"belongs to {named}")


def check_owned(draft: Draft, name: str, owners: dict[str, str]) -> None:
    """Deleting an owner deletes what it owns; that must not be protected or unknown."""
    if draft.is_rejected(name):
        return
    for owned in _carried(name, owners):
        resource = draft.inventory[owned]
        protected = draft.protection_of(resource)
        if protected is not None:
            reason = f"its deletion would delete {owned} too, protected by {protected}"
            draft.refuse(name, "owns_protected", reason, (owned,))
            return
        if resource.tags is None or resource.stale_since is not None:
            reason = f"its deletion would delete {owned} too, which could not be read completely"
            draft.doubt(name, "owned_unknown", reason)
            return


def _carried(name: str, owners: Mapping[str, str]) -> list[str]:
    found, waiting = [], [name]
    while waiting:
        owner = waiting.pop()
        owned = [target for target, source in owners.items() if source == owner]
        found.extend(owned)
        waiting.extend(owned)
    return sorted(found)


def root_owner(name: str, owners: Mapping[str, str]) -> str:
    """The candidate at the top of a chain of owners."""
    while name in owners:
        name = owners[name]
    return name
