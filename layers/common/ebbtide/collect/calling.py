"""Makes the calls for one kind in one slice: paced, timed, with failures recorded.

Listing, details and last use all build on it, and none depends on how the others work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import AccountSession
from ebbtide.collect.to_resource import UNKNOWN_TAGS, Place
from ebbtide.model.kind import Call, Detail, Kind

type Item = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """The calls of one kind in one slice, and their outcome.

    `first_error` is set when an item could not be completed; `unknown_tags` counts the items whose
    tags could not be read. `busy_seconds` is the sum of the calls' durations, so it exceeds the
    elapsed time when calls overlap. `check_time` raises TimeoutError once the function must stop.
    """

    session: AccountSession
    kind: Kind
    place: Place
    pool: Executor
    check_time: Callable[[], None]
    first_error: Exception | None = None
    unknown_tags: int = 0
    busy_seconds: float = 0.0
    # What the lists that serve all items of the slice brought, by its `into`.
    lists: dict[str, dict[Any, list[Any]]] = field(default_factory=dict)

    def failed(self, detail: Detail, items: list[Item], error: Exception) -> list[Item]:
        """Return the items that survive the failure of one of their details.

        An item whose detail fails is dropped, and the merge step keeps its last known state. An
        item that lacks only its tags stays, with unknown tags.
        """
        if detail.into is not None and self.kind.tags == detail.into:
            for item in items:
                item[detail.into] = UNKNOWN_TAGS
            self.unknown_tags += len(items)
            return items
        self.first_error = self.first_error or error
        return []

    def submit[R](self, call: Call, function: Callable[..., R], *arguments: Any) -> Future[R]:
        """Submit a function that makes a call, as soon as the call's rate limits allow it.

        The submitting thread waits, so that a slow service never blocks the pool's threads.
        """
        self.check_time()
        self.session.wait_for_rate(call, self.place.region)
        return self.pool.submit(self._prepaid, function, *arguments)

    def _prepaid[R](self, function: Callable[..., R], *arguments: Any) -> R:
        with self.session.pacer.prepaid():
            return function(*arguments)

    def timed[R](self, function: Callable[..., R], *arguments: Any) -> R:
        """Call a function that waits for AWS, and add its duration to `busy_seconds`."""
        self.check_time()
        started = time.monotonic()
        try:
            return function(*arguments)
        finally:
            self.busy_seconds += time.monotonic() - started
