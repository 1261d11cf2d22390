"""Lists the members of all stacks of a region, where that takes fewer calls than asking for each.

A list serves as long as any other list of the cleanup. There is none, so that CloudFormation is
asked for each resource, if few resources are to be asked for, if any call fails, or while a stack
of the region may be taking in new members.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import call_answer, call_pages
from ebbtide.base.errors import CallError
from ebbtide.cleanup.listings import LIFETIME_SECONDS, Listings
from ebbtide.kinds import registry
from ebbtide.model.stack_types import STACK, comparable
from ebbtide.model.stacks import LIST_MEMBERS

type Summary = Mapping[str, Any]
# The summaries of ListStackResources with the name of their stack, by comparable physical id.
type Members = Mapping[str, Sequence[Summary]]


@dataclass(slots=True)
class StackLists:
    """The members of the stacks of each region, listed in the background and shared by threads."""

    listing: Listings
    _asked: Counter[str] = field(default_factory=Counter)
    _lists: dict[str, tuple[float, Future[Members | None]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Forget the lists, so that what is asked for next is listed again."""
        with self._lock:
            self._lists.clear()

    def expect(self, regions: Iterable[str]) -> None:
        """Note for how many resources CloudFormation is asked next; each names its region."""
        with self._lock:
            self._asked = Counter(regions)

    def members(self, region: str) -> Members | None:
        """Return all members of all stacks of a region; None if there is no list to rely on."""
        with self._lock:
            most = self._asked[region]
            began, listed = self._lists.get(region, (0.0, None))
            now = self.listing.seconds()
            if listed is None or now - began > LIFETIME_SECONDS:
                if most < 2:
                    return None
                listed = self.listing.readers.submit(self._read, region, most)
                self._lists[region] = now, listed
        return listed.result()

    def _read(self, region: str, most: int) -> Members | None:
        """List the stacks and their members with fewer than `most` calls."""
        try:
            stacks = self._stacks(region, most)
            if stacks is None or any(map(_may_grow, stacks)):
                return None
            lists = self.listing.calls.map(lambda one: self._members_of(one, region), stacks)
            found: dict[str, list[Summary]] = defaultdict(list)
            for member in (one for members in lists for one in members):
                found[comparable(member.get("PhysicalResourceId") or "")].append(member)
        # Whatever goes wrong, each resource is asked for.
        except CallError:
            return None
        return found

    def _stacks(self, region: str, most: int) -> list[Summary] | None:
        """Return all stacks but those that are deleted; None if they are too many."""
        call = registry()[STACK].list
        assert call is not None
        found: list[Summary] = []
        for pages, page in enumerate(call_pages(self.listing.session, call, region), 1):
            found += page
            if pages + len(found) >= most:
                return None
        return found

    def _members_of(self, stack: Summary, region: str) -> list[Summary]:
        document = {"id": stack["StackId"]}
        answered = call_answer(self.listing.session, LIST_MEMBERS, region, document)
        return [{**one, "StackName": stack["StackName"]} for one in answered or ()]


def _may_grow(stack: Summary) -> bool:
    """Return whether an operation may add members; one in review has none yet."""
    status = str(stack.get("StackStatus"))
    settled = ("DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")
    return status.endswith("_IN_PROGRESS") and status not in settled
