"""What a rule says about one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ebbtide.graph.inventory import Inventory
from ebbtide.resource import Resource

type Verdict = Literal["select", "veto", "doubt"]


@dataclass(frozen=True, slots=True)
class Finding:
    """select: clean it up. veto: looks like it, but must stay. doubt: cannot be known in this run.

    `negates` are the kinds of whose absence the rule makes use; `part_of` names the resource for
    whose sake alone this one was selected. An `overriding` veto holds against every other rule.
    """

    resource: str
    rule: str
    verdict: Verdict
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    negates: tuple[str, ...] = ()
    part_of: str | None = None
    overriding: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What every rule looks at: one account's inventory and the run's time."""

    inventory: Inventory
    now: datetime

    def age(self, resource: Resource) -> timedelta | None:
        """Time since the creation, or since it was first seen where AWS tells no creation."""
        born = resource.created or resource.first_seen
        return None if born is None else self.now - born

    def watched_for(self, resource: Resource) -> timedelta:
        """How long Ebbtide itself has known the resource."""
        return self.now - (resource.first_seen or self.now)

    def unchanged_for(self, resource: Resource) -> timedelta | None:
        return None if resource.updated is None else self.now - resource.updated
