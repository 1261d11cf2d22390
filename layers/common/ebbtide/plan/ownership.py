"""Resources that AWS deletes together with their owner: only the owner's fate counts."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.owner_tags import owner_in_tags
from ebbtide.plan.draft import Draft


def find_owners(draft: Draft, active: set[str]) -> dict[str, str]:
    """Map each resource that AWS deletes with an active candidate to its direct owner.

    Resources that are owned through other resources are included.
    """
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
    """Refuse a candidate whose owner stays: the owner would only create it again."""
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
    """Reject an owner whose deletion would also delete something protected or unknown."""
    if draft.is_rejected(name):
        return
    for owned in _carried(name, owners):
        resource = draft.inventory[owned]
        protected = draft.protection_of(resource)
        if protected is not None:
            reason = f"deleting it would also delete {owned}, which is {protected}"
            draft.refuse(name, "owns_protected", reason, (owned,))
            return
        if resource.tags is None or resource.stale_since is not None or resource.unread:
            reason = f"deleting it would also delete {owned}, which could not be read completely"
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
    """Return the candidate at the top of the chain of owners."""
    while name in owners:
        name = owners[name]
    return name
