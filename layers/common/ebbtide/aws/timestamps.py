"""Times in AWS's answers, which botocore hands to whoever is named as its `timestamp_parser`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.utils import parse_timestamp


def read_timestamp(value: Any) -> datetime:
    """A time of an answer: ISO 8601, or seconds since 1970; anything else as botocore reads it.

    botocore tries dateutil's parser on every text, which guesses at all forms of dates: 45 us,
    and half of the time it takes to read a page of volumes. Raises ValueError for what is no time.
    """
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        elif isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    found: datetime = parse_timestamp(value)
    return found
