"""Resources that AWS deletes together with their owner: only the owner's fate counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ebbtide.plan.draft import Draft
from ebbtide.verdict.ownership import Ownership, ownership_of


def find_owners(draft: Draft, active: set[str]) -> dict[str, str]:
    """Map each resource that AWS deletes with an active candidate to its direct owner.

    Resources that are owned through other resources are included. What several resources of one
    kind share goes along only if all of them go.
    """
    kept: set[str] = set()
    while True:
        owners = _reachable(draft, active, kept)
        going = active | owners.keys()
        shared = {name for name, owner in owners.items() if _is_shared(draft, name, owner, going)}
        if not shared:
            return owners
        kept |= shared


def _reachable(draft: Draft, active: set[str], kept: set[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    waiting = sorted(active)
    while waiting:
        owner = waiting.pop()
        for edge in draft.inventory.edges_out(owner, "owns"):
            owned = draft.inventory[edge.target]
            known = edge.target in owners or edge.target in kept or edge.target == owner
            if not known and not owned.ended and not _carries(edge.target, owner, owners):
                owners[edge.target] = owner
                waiting.append(edge.target)
    return owners


def _carries(name: str, other: str, owners: Mapping[str, str]) -> bool:
    """Return whether `name` already carries `other`: edges that form a circle end there."""
    while other in owners:
        other = owners[other]
        if other == name:
            return True
    return False


def _is_shared(draft: Draft, name: str, owner: str, going: set[str]) -> bool:
    """Return whether another resource of the owner's kind, which stays, owns this one, too."""
    kind = draft.inventory[owner].kind
    return any(
        other.kind == kind and not other.ended and other.graph_id not in going
        for other in draft.inventory.sources(name, "owns")
    )


def check_owner(draft: Draft, name: str) -> None:
    """Refuse a candidate whose owner stays: the owner would only create it again."""
    resource = draft.found[name].resource
    owners = [owner for owner in draft.inventory.sources(name, "owns") if not owner.ended]
    if owners:
        reason = f"belongs to {owners[0].kind} {owners[0].name}, which stays"
        draft.refuse(name, "owned", reason, (owners[0].graph_id,))
        return
    _check_marks(draft, name, ownership_of(resource, draft.owners, draft.config.owners))


def _check_marks(draft: Draft, name: str, ownership: Ownership) -> None:
    """Refuse or doubt a candidate whose marks name an owner; note it if that owner is gone."""
    if ownership.living:
        seen = ownership.living[0]
        blockers = (seen.owner,) if seen.owner else ()
        draft.refuse(name, "owned", f"belongs to {seen.claim.words}", blockers)
    elif ownership.doubt:
        draft.doubt(name, "owner_unknown", ownership.doubt)
    elif ownership.gone:
        draft.orphaned[name] = {
            "owners": [seen.claim.words for seen in ownership.gone],
            "looked_for": sorted({note for seen in ownership.gone for note in seen.notes}),
        }


def check_owned(draft: Draft, name: str, carried: Sequence[str]) -> None:
    """Reject an owner whose deletion would also delete something that must stay, or is unknown."""
    if draft.is_rejected(name):
        return
    for owned in carried:
        if owned in draft.rejected_by:
            reason = f"deleting it would also delete {owned}: {draft.rejected_by[owned]}"
            draft.refuse(name, "rejected", reason, (owned,))
            return
        if owned in draft.held:
            reason = f"deleting it would also delete {owned}: {draft.held[owned]}"
            draft.undecided[name] = draft.rejected(name, "held", reason, (owned,))
            return
        resource = draft.inventory[owned]
        protected = draft.protection_of(resource)
        if protected is not None:
            reason = f"deleting it would also delete {owned}, which is {protected.reason}"
            draft.refuse(name, "owns_protected", reason, (owned,))
            return
        outside = draft.outside(resource)
        if outside is not None:
            reason = f"deleting it would also delete {owned}, and {outside}"
            draft.refuse(name, "not_asked", reason, (owned,))
            return
        guardrail = draft.kept_guardrail(resource, with_stack=True)
        if guardrail is not None:
            reason = f"deleting it would also delete {owned}: {guardrail}"
            draft.refuse(name, "owns_protected", reason, (owned,))
            return
        if resource.tags is None or resource.stale_since is not None or resource.unread:
            reason = f"deleting it would also delete {owned}, which could not be read completely"
            draft.doubt(name, "owned_unknown", reason)
            return


def carried_with(owners: Mapping[str, str]) -> dict[str, list[str]]:
    """Return, for each owner that no other carries, all that AWS deletes along with it."""
    found: dict[str, list[str]] = {}
    for name in sorted(owners):
        found.setdefault(root_owner(name, owners), []).append(name)
    return found


def root_owner(name: str, owners: Mapping[str, str]) -> str:
    """Return the candidate at the top of the chain of owners."""
    while name in owners:
        name = owners[name]
    return name
