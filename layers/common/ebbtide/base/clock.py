"""The only source of the current time, so that tests can fix it; times as text are RFC 3339."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

type Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Format a time as RFC 3339 in UTC, without zero fractions: 2026-11-22T10:00:00Z."""
    # isoformat() of an aware time would end in +00:00 instead of Z.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """Parse RFC 3339 or a bare ISO date into an aware UTC time; a naive time is taken as UTC.

    Raises ValueError if the text is not a time.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        # In some time zones, the first hours of year 1 and the last hours of year 9999.
        raise ValueError(f"{text!r} is outside the years 1 to 9999 in UTC") from error


def optional_text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def optional_time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
