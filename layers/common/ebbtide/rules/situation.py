"""The input of every rule: one account's inventory and the time of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Situation:
    """One account's inventory, the time of the run, and the earlier selections.

    `selected` holds graph ids; it is empty except for rules that extend others.
    """

    inventory: Inventory
    now: datetime
    selected: frozenset[str] = frozenset()

    def age(self, resource: Resource) -> timedelta | None:
        """Return the time since creation, or since the first sighting if AWS reports no creation.

        None if neither is known.
        """
        born = resource.born
        return None if born is None else self.now - born

    def watched_for(self, resource: Resource) -> timedelta:
        """Return how long Ebbtide has known the resource; zero if this run is the first."""
        return self.now - (resource.first_seen or self.now)

    def unchanged_for(self, resource: Resource) -> timedelta | None:
        """Return the time since the last change that was seen, or None if unknown."""
        return None if resource.updated is None else self.now - resource.updated
