"""The only source of the current time, so that tests can fix it; texts are RFC 3339 with Z."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

type Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC; fractions only when there are any: 2026-11-22T10:00:00Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """An aware UTC time from RFC 3339 or a bare ISO date; naive input counts as UTC.

    Raises ValueError when the text is no time.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        # The last hours of the year 9999, and the first of the year 1, of some zones.
        raise ValueError(f"{text!r} is no time within the years 1 to 9999 in UTC") from error


def optional_text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def optional_time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
