"""Makes the calls for one kind in one slice: when the rate allows, timed, and with what failed.

Listing, details and last use all stand on it, and none of them knows the others' insides.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from ebbtide.aws import AccountSession
from ebbtide.collect.to_resource import UNKNOWN_TAGS, Place
from ebbtide.model.kind import Detail, Kind

type Item = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """The calls of one kind in one slice, and what they came to.

    `first_error` is set when an item could not be completed; `unknown_tags` counts the items whose
    tags could not be read. `busy_seconds` adds up the time that the calls took, which several
    threads spend side by side. `check_time` raises TimeoutError once the function has to end.
    """

    session: AccountSession
    kind: Kind
    place: Place
    pool: Executor
    check_time: Callable[[], None]
    first_error: Exception | None = None
    unknown_tags: int = 0
    busy_seconds: float = 0.0

    def failed(self, detail: Detail, items: list[Item], error: Exception) -> list[Item]:
        """Return the items that survive the failure of one of their details.

        An item whose detail fails is left out, and the merge step keeps its last known state. If
        only its tags could not be read, it stays, with tags that are unknown.
        """
        if detail.into is not None and self.kind.tags == detail.into:
            for item in items:
                item[detail.into] = UNKNOWN_TAGS
            self.unknown_tags += len(items)
            return items
        self.first_error = self.first_error or error
        return []

    def submit[R](self, service: str, function: Callable[..., R], *arguments: Any) -> Future[R]:
        """Have a thread of the pool call a service, once the service's rate allows it.

        This thread does the waiting, so that no service holds up the pool for the others.
        """
        self.check_time()
        self.session.wait_for_rate(service, self.place.region)
        return self.pool.submit(self._prepaid, function, *arguments)

    def _prepaid[R](self, function: Callable[..., R], *arguments: Any) -> R:
        with self.session.pacer.prepaid():
            return function(*arguments)

    def timed[R](self, function: Callable[..., R], *arguments: Any) -> R:
        """Call a function that waits for AWS, and add the time it takes to this kind's."""
        self.check_time()
        started = time.monotonic()
        try:
            return function(*arguments)
        finally:
            self.busy_seconds += time.monotonic() - started
