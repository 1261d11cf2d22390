"""How many resources are verified and called before the state is saved again.

Each save writes the whole state. If chunks had a fixed size, the bytes written would grow with the
square of the plan; so chunks grow with the plan, while they are quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ebbtide.base.deadline import Deadline
from ebbtide.plan.model import Planned

# No work starts with less time left than this: the longest call may take 30 s.
RESERVE_SECONDS = 45
# The smallest chunk, and the calls between two looks at the clock and the claim.
AT_ONCE = 32
# No chunk is larger than this part of the plan.
PARTS = 16
# A chunk that took less is followed by a larger one, if the plan allows; one that took more by a
# smaller one, so that each ends well within the reserve.
QUICK_SECONDS, SLOW_SECONDS = 8.0, 16.0


@dataclass(slots=True)
class Chunks:
    """Divides resources into chunks as large as the plan and the time that the last one took allow.

    `planned` is the number of resources of the plan.
    """

    planned: int
    deadline: Deadline
    size: int = AT_ONCE

    def of(self, ready: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
        """Yield chunks until the time is nearly up; what is left waits for the next tick."""
        place = 0
        while place < len(ready) and self.has_time:
            left = self.deadline.remaining_seconds
            chunk = ready[place : place + self.size]
            yield chunk
            place += len(chunk)
            self.adapt(len(chunk), left - self.deadline.remaining_seconds)

    @property
    def has_time(self) -> bool:
        return self.deadline.remaining_seconds >= RESERVE_SECONDS

    def adapt(self, count: int, seconds: float) -> None:
        """Choose the size of the next chunk after one of `count` resources."""
        if seconds > SLOW_SECONDS:
            self.size = max(AT_ONCE, self.size // 2)
        elif seconds < QUICK_SECONDS and count == self.size:
            self.size = max(AT_ONCE, min(2 * self.size, self.planned // PARTS))
