"""Moments as people give them: a time, or how long ago."""

from __future__ import annotations

from datetime import datetime

from ebbtide.clock import from_text
from ebbtide.durations import parse_duration


def moment_of(text: str, now: datetime) -> datetime | None:
    """The time that a text names or is that long ago; None if it is neither."""
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        return from_text(text)
    except ValueError:
        return None
