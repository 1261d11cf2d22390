"""Promise 6: never try to delete a resource that something else still uses."""

from __future__ import annotations

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


def check_blockers(draft: Draft, name: str, going: set[str]) -> None:
    """Refuse a candidate that a resource outside `going` still uses."""
    if draft.is_rejected(name):
        return
    candidate = draft.found[name]
    kind = candidate.resource.kind
    removed = removed_with(kind, asked_for(kind, candidate.rules, draft.config))
    blockers = sorted(
        edge.target
        for edge in draft.inventory.edges_out(name, "delete")
        if edge.target not in going or draft.is_rejected(edge.target)
        if not (removed and _goes_inside(draft, edge.target, removed))
    )
    if blockers:
        described = ", ".join(draft.described(blocker) for blocker in dict.fromkeys(blockers))
        draft.refuse(name, "blocked", f"still used by {described}", tuple(dict.fromkeys(blockers)))


def _goes_inside(draft: Draft, name: str, removed: frozenset[str]) -> bool:
    """Return whether a resource is removed with what it lies in, because a job asked for that."""
    resource = draft.inventory[name]
    return resource.kind in removed and draft.protection_of(resource) is None
