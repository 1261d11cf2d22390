"""Makes the calls for one kind in one slice: paced, timed, with failures recorded.

Listing, details and last use all build on it, and none depends on how the others work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import AccountSession, is_refused
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter
from ebbtide.collect.to_resource import UNKNOWN_TAGS, UNREAD, Place
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Kind

type Item = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """The calls of one kind in one slice, and their outcome.

    `first_error` is set when an item could not be completed; `unknown_tags` counts the items whose
    tags could not be read. `refused` and `answered` say which detail calls AWS refused, with the
    first error, and which it answered for at least one item. `busy_seconds` is the sum of the
    calls' durations, so it exceeds the elapsed time when calls overlap. `check_time` raises
    TimeoutError once the function must stop.
    """

    session: AccountSession
    kind: Kind
    place: Place
    pool: Executor
    check_time: Callable[[], None]
    first_error: Exception | None = None
    unknown_tags: int = 0
    busy_seconds: float = 0.0
    refused: dict[str, Exception] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    # What the lists that serve all items of the slice brought, by its `into`.
    lists: dict[str, dict[Any, list[Any]]] = field(default_factory=dict)

    @property
    def failure(self) -> Exception | None:
        """Return why the kind is incomplete, or None.

        A call that AWS refuses for some resources and answers for others is no failure of the kind:
        policies of those resources deny the reader, and the resources are marked as unread.
        """
        if self.first_error is not None:
            return self.first_error
        everywhere = (error for name, error in self.refused.items() if name not in self.answered)
        return next(everywhere, None)

    def is_for_tags(self, detail: Detail) -> bool:
        return detail.into is not None and self.kind.tags == detail.into

    def failed(self, detail: Detail, items: list[Item], error: Exception) -> list[Item]:
        """Return the items that survive the failure of one of their details.

        An item that lacks only its tags stays, with unknown tags. Any other stays with what was
        read and the error; the merge step prefers its last known state. One that cannot be
        identified without the detail is dropped.
        """
        if self.is_for_tags(detail):
            return self.without_tags(items)
        kept = [item for item in items if getter(self.kind.id)(item) not in (None, "")]
        for item in kept:
            item[UNREAD] = {**item.get(UNREAD, {}), detail.call.operation: error}
        if is_refused(error) and len(kept) == len(items):
            self.refused.setdefault(detail.call.operation, error)
        else:
            self.first_error = self.first_error or error
        return kept

    def without_tags(self, items: list[Item]) -> list[Item]:
        """Return the items with unknown tags."""
        for item in items:
            assert self.kind.tags is not None
            item[self.kind.tags] = UNKNOWN_TAGS
        self.unknown_tags += len(items)
        return items

    def odd(self, item: Any, error: Exception) -> None:
        """Record that an item cannot be read, and which; the others of its page are not affected.

        Raises TimeoutError again, which is about the function's time and not about the item.
        """
        if isinstance(error, TimeoutError):
            raise error
        if self.first_error is not None:
            return
        code, message = type(error).__name__, f"{self._named(item)}: {error}"
        where = (self.place.account, self.place.region)
        self.first_error = CallError(self.kind.name, "read", code, message, *where)

    def _named(self, item: Any) -> str:
        """Return what identifies an item for people: its id, or else whatever names it has."""
        if not isinstance(item, Mapping):
            return repr(item)
        id = getter(self.kind.id)(item)
        if id not in (None, ""):
            return str(id)
        ends = ("id", "arn", "name")
        names = [
            f"{key} {value}"
            for key, value in item.items()
            if isinstance(value, str) and key.lower().endswith(ends)
        ]
        return ", ".join(names[:3]) or "an item without any name"

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
