"""What every rule looks at: one account's inventory and the time of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Situation:
    """One account's inventory, the time of the run, and what was selected before.

    `selected` holds graph ids; only rules that extend others are given any.
    """

    inventory: Inventory
    now: datetime
    selected: frozenset[str] = frozenset()

    def age(self, resource: Resource) -> timedelta | None:
        """Time since the creation, or since it was first seen where AWS tells no creation."""
        born = resource.born
        return None if born is None else self.now - born

    def watched_for(self, resource: Resource) -> timedelta:
        """How long Ebbtide itself has known the resource."""
        return self.now - (resource.first_seen or self.now)

    def unchanged_for(self, resource: Resource) -> timedelta | None:
        return None if resource.updated is None else self.now - resource.updated
