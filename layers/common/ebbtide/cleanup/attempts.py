"""How often a deletion has failed over all runs, when it is tried again, and what is news."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ebbtide.base.clock import from_text, to_text
from ebbtide.cleanup.state import Progress

# After as many failures in a row for the same reason, the next attempt waits so long. Fewer wait
# for nothing: the next run tries again.
PAUSES = (
    (3, timedelta(hours=6)),
    (4, timedelta(hours=12)),
    (5, timedelta(hours=24)),
)
# Failures in a row that are told again, besides the first.
TOLD_AGAIN = frozenset({10, 30, 100, 300, 1000})

# What differs between two tellings of the same reason: ids of requests, numbers, times.
_PASSING = re.compile(r"[0-9a-fA-F-]{8,}|\d+")


def note_failure(progress: Progress, reason: str, at: str) -> None:
    """Count a failure, from one again if its reason is another one than before."""
    if progress.failures and _lasting(progress.failing_reason) == _lasting(reason):
        progress.failures += 1
    else:
        progress.failures, progress.failing_since = 1, at
    progress.failing_reason = reason
    progress.new = progress.failures == 1 or progress.failures in TOLD_AGAIN


def next_attempt(failures: int, last: str) -> datetime | None:
    """Return when a deletion may be tried again; None if the next run may."""
    pauses = [pause for count, pause in PAUSES if failures >= count]
    return from_text(last) + pauses[-1] if pauses else None


def pause_in_words(failures: int, since: str, reason: str, until: datetime) -> str:
    return (
        f"failed {failures} times since {since} with: {reason}; tried again after {to_text(until)}"
    )


def _lasting(reason: str) -> str:
    return _PASSING.sub("#", reason)
