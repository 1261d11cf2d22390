"""How much time an invocation has left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock after which nothing new is begun."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def remaining_seconds(self) -> float:
        return self.at - time.monotonic()

    def checker(self, reserve_seconds: float) -> Callable[[], None]:
        """A function that raises TimeoutError once less than the reserve is left."""

        def check() -> None:
            if self.remaining_seconds < reserve_seconds:
                raise TimeoutError("the function's time was used up")

        return check
