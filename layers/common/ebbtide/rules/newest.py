"""Keeps the newest of what a search finds, such as the last three snapshots of each volume.

Whatever the search surely finds is a copy that somebody can use. Of those, the newest of each
source stay, and the options choose among the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from ebbtide.model.resource import Resource
from ebbtide.rules.rule import Search
from ebbtide.rules.search_rule import SearchOptions


@dataclass(frozen=True, slots=True)
class Newest:
    """How many of those stay that have the same value of a property."""

    per: str
    count: int

    @classmethod
    def of(cls, search: Search, options: SearchOptions) -> Self | None:
        """Return what a rule keeps; None if the newest are not special to it."""
        return cls(search.newest_per, options.newest) if options.newest else None

    def kept(self, found: Iterable[Resource]) -> dict[str, str]:
        """Return why some of what a search surely finds stays: graph id -> reason.

        What could not be read in this run may be gone, so it does not count among the newest. What
        has no time of creation may be the newest, so it stays.
        """
        groups: defaultdict[tuple[str, Any], list[Resource]] = defaultdict(list)
        kept = {}
        for one in found:
            if one.created is None:
                kept[one.graph_id] = "AWS does not say when it was created: it may be the newest"
            elif one.stale_since is None:
                groups[one.region, one.get(self.per)].append(one)
        for (_, source), group in groups.items():
            group.sort(key=lambda one: (one.created, one.graph_id), reverse=True)
            which = f"the newest {self.count}" if self.count > 1 else "the newest"
            reason = f"it is one of {which} with {self.per} {source} (keep_newest)"
            kept |= {one.graph_id: reason for one in group[: self.count]}
        return kept

    def unsure(self, resource: Resource) -> str:
        """Return why a resource may be one of the newest; "" if that is known."""
        if resource.get(self.per) is None:
            return f"its {self.per} is unknown, so it may be one of the newest"
        return ""
