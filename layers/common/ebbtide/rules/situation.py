"""The input of every rule: one account's inventory and the time of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ebbtide.base.durations import describe
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
        """Return the time since creation, or how long it was watched if AWS reports no creation.

        None if neither is known.
        """
        if resource.created is None:
            return resource.watched_for if resource.watched_since is not None else None
        return self.now - resource.created

    def too_young(self, resource: Resource, min_age: timedelta, option: str = "min_age") -> str:
        """Return in words that a resource is not older than an option says; "" if it is older."""
        age = self.age(resource)
        if age is None:
            return "its age is unknown"
        if age > min_age:
            return ""
        return f"it is {describe(age)} old, not older than {option} ({describe(min_age)})"

    def since_change(self, resource: Resource) -> timedelta | None:
        """Return the time since the last change that was seen, or None if unknown.

        Nobody may have looked for a part of it: `Resource.unchanged_for` leaves that part out.
        """
        return None if resource.updated is None else self.now - resource.updated

    def gone_for(self, resource: Resource) -> timedelta | None:
        """Return how long each run has proved that all owners of the resource are gone."""
        since = resource.orphaned_since
        return None if since is None else (resource.last_seen or self.now) - since
