"""The time that an invocation has left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time on the monotonic clock, in seconds, after which no new work starts."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> Self:
        """Return this deadline, or one ending after `seconds` if that is earlier."""
        return type(self)(min(self.at, time.monotonic() + seconds))

    @property
    def remaining_seconds(self) -> float:
        return self.at - time.monotonic()

    def checker(self, reserve_seconds: float) -> Callable[[], None]:
        """Return a function that raises TimeoutError once less than the reserve is left."""

        def check() -> None:
            if self.remaining_seconds < reserve_seconds:
                raise TimeoutError("the function ran out of time")

        return check
