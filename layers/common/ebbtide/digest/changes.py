"""What differs from the last digest of the same receiver, and whether it is worth another; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from ebbtide.digest.item import Item

# A note lists what was told up to this number of resources; beyond, only the fingerprint counts.
MOST_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Last:
    """The last digest of a receiver: when the run began that it was about, and what it told.

    `items` is graph id -> state; None if they were too many, or are not compared one by one.
    """

    started: datetime
    fingerprint: str
    items: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Graph ids that are new, that are told differently, and that are no longer there."""

    new: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()

    @classmethod
    def since(cls, last: Last | None, items: Iterable[Item]) -> Self | None:
        """Compare with the last digest; None if there is nothing to compare with."""
        if last is None or last.items is None:
            return None
        now, before = states_of(items), last.items
        both = now.keys() & before.keys()
        return cls(
            frozenset(now.keys() - before.keys()),
            frozenset(name for name in both if now[name] != before[name]),
            frozenset(before.keys() - now.keys()),
        )

    @property
    def words(self) -> str:
        """Say the change in a few words."""
        told = [
            f"{len(names)} {what}"
            for names, what in (
                (self.new, "new"),
                (self.moved, "in another state"),
                (self.ended, "no longer listed"),
            )
            if names
        ]
        return ", ".join(told) or "nothing new"


def states_of(items: Iterable[Item]) -> dict[str, str]:
    return {one.subject.graph_id: one.state for one in items}


def remembered(items: Iterable[Item]) -> dict[str, str] | None:
    """Return what a note keeps of the items; None if they are too many."""
    states = states_of(items)
    return states if len(states) <= MOST_ITEMS else None


def fingerprint(items: Iterable[Item], others: Iterable[Any] = ()) -> str:
    """Return a hash of what a digest is about: neither ages, prices nor the order count.

    `others` is what it tells besides, as JSON has it.
    """
    listed = sorted([one.subject.graph_id, one.state, *sorted(one.rules)] for one in items)
    text = json.dumps([listed, sorted(map(json.dumps, others))], separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
