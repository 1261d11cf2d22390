"""Decides when a wait has stalled: by lack of progress, never by elapsed time."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

STALL_SECONDS = 300.0
# A waiter that was itself suspended (a closed laptop, a starved process) saw nothing meanwhile, so
# a pause between two looks counts for at most this many seconds.
LONGEST_PAUSE = 10.0


@dataclass(slots=True)
class Patience:
    """The progress of one operation, judged by signs that change while it advances.

    Pass the signs to `saw()` at each look. `stalled` becomes true after `stall_seconds` of watching
    without a change. `sleep` pauses between two looks.
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
        """Compare the signs with those of the previous look."""
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
        """Seconds from the last progress to the latest look."""
        return self._looked - self._moved

    @property
    def waited(self) -> float:
        """Seconds from the start to the latest look."""
        return self._looked - self._begun
