"""What a plan would save, from the monthly prices of its entries; pure."""

from __future__ import annotations

from collections.abc import Iterable

from ebbtide.model.savings import NOBODY, Saved
from ebbtide.plan.model import Planned


def saved_by(entry: Planned) -> Saved:
    """Return what the deletion of one entry saves. What goes with its owner counts on its own."""
    return Saved(
        entry.monthly,
        next(iter(entry.rules), NOBODY),
        entry.subject.account,
        entry.owner or NOBODY,
        entry.subject.kind,
    )


def saved_by_all(entries: Iterable[Planned]) -> list[Saved]:
    return [saved_by(entry) for entry in entries]
