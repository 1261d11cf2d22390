"""Promise 6: never try to delete a resource that something else still uses."""

from __future__ import annotations

from collections.abc import Sequence

from ebbtide.plan.draft import Draft
from ebbtide.verdict.asking import asked_for, removed_with


def check_part(draft: Draft, name: str, active: set[str]) -> None:
    """Refuse a candidate that was selected only as part of resources that all stay."""
    wholes = draft.found[name].wholes
    if wholes and all(whole not in active or draft.is_rejected(whole) for whole in wholes):
        reason = f"selected only as part of {', '.join(wholes)}, which stays"
        draft.refuse(name, "part_of_refused", reason, wholes)


def check_parts(draft: Draft, name: str, going: set[str]) -> None:
    """Refuse a candidate that was selected together with parts, one of which stays."""
    parts = () if draft.is_rejected(name) else draft.found[name].parts
    staying = tuple(part for part in parts if part not in going or draft.is_rejected(part))
    if staying:
        described = ", ".join(map(draft.described, staying))
        draft.refuse(name, "blocked", f"must not go without {described}", staying)


def check_blockers(draft: Draft, name: str, going: set[str], carried: Sequence[str]) -> None:
    """Refuse a candidate that a resource outside `going` still uses.

    So does a user of what AWS deletes along with the candidate, of which AWS would refuse the
    deletion as well.
    """
    if draft.is_rejected(name):
        return
    candidate = draft.found[name]
    kind = candidate.resource.kind
    removed = removed_with(kind, asked_for(kind, candidate.rules, draft.config))
    blockers = [
        target
        for target in _staying_users(draft, name, going)
        if not (removed and _goes_inside(draft, target, removed))
    ]
    if blockers:
        described = ", ".join(map(draft.described, blockers))
        draft.refuse(name, "blocked", f"still used by {described}", tuple(blockers))
        return
    for owned in carried:
        users = _staying_users(draft, owned, going)
        if users:
            described = ", ".join(map(draft.described, users))
            reason = f"deleting it would also delete {owned}, still used by {described}"
            draft.refuse(name, "blocked", reason, tuple(users))
            return


def _staying_users(draft: Draft, name: str, going: set[str]) -> list[str]:
    """Return what must be gone before a resource, but stays."""
    found = {
        edge.target
        for edge in draft.inventory.edges_out(name, "delete")
        if edge.target not in going or draft.is_rejected(edge.target)
    }
    return sorted(found)


def _goes_inside(draft: Draft, name: str, removed: frozenset[str]) -> bool:
    """Return whether a resource is removed with what it lies in, because a job asked for that."""
    resource = draft.inventory[name]
    return resource.kind in removed and draft.protection_of(resource) is None
