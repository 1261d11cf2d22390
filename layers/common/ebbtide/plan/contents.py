"""What the snapshot knows of the contents of a resource that a job asks to empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from ebbtide.plan.draft import Draft
from ebbtide.verdict.asking import removed_with


def facts_of_contents(draft: Draft, name: str, asked: Collection[str]) -> dict[str, Any]:
    """Return, by the word that asks for it, how much is known to be removed with a resource.

    Planning makes no calls, and a snapshot holds few kinds of contents, and of those not each one.
    So its figures are a lower bound, and the cleanup counts before it touches anything.
    """
    if not asked:
        return {}
    removed = removed_with(draft.inventory[name].kind, asked)
    inside = {edge.target for edge in draft.inventory.edges_out(name, "delete")} if removed else ()
    kinds = Counter(draft.inventory[one].kind for one in inside)
    known = {kind: kinds[kind] for kind in sorted(removed & kinds.keys())}
    at_most = draft.config.cleanup.limits.per_emptied
    facts = {"at_least": known, "at_most": at_most, "counted": "before anything is deleted"}
    return {word: dict(facts) for word in asked}
