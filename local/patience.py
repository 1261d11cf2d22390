"""Decides when a wait has stalled: by a lack of progress, never by the time it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

STALL_SECONDS = 300.0
# A waiter that was stopped itself (a suspended laptop, a starved process) has watched nothing in
# the meantime, so no pause between two looks counts for more than this.
LONGEST_PAUSE = 10.0


@dataclass(slots=True)
class Patience:
    """Watch the signs of progress of one thing.

    `saw()` takes whatever changes while the thing advances. `stalled` becomes true only after
    `stall_seconds` of watching without any change. `sleep` pauses between two looks.
    """

    stall_seconds: float = STALL_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _begun: float = field(init=False)
    _looked: float = field(init=False)
    _moved: float = field(init=False)
    _watched: float = field(init=False, default=0.0)
    _signs: Hashable = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._begun = self._looked = self._moved = self.clock()

    def saw(self, signs: Hashable) -> None:
        """Compare what is seen now with what was seen last."""
        now = self.clock()
        if signs == self._signs:
            self._watched += min(now - self._looked, LONGEST_PAUSE)
        else:
            self._signs, self._moved, self._watched = signs, now, 0.0
        self._looked = now

    @property
    def stalled(self) -> bool:
        return self._watched >= self.stall_seconds

    @property
    def still(self) -> float:
        """Seconds from the last progress to the last look."""
        return self._looked - self._moved

    @property
    def waited(self) -> float:
        """Seconds from the beginning to the last look."""
        return self._looked - self._begun
