"""Parse durations in Resoto's notation: `7d`, `2h30m`, `4 weeks`, `1 day and 4 hours`, `P1D`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ebbtide.base.clock import from_text

# Months count 31 days and years 365, as in Resoto; case matters only for M (month) and m (minute).
_UNIT_SECONDS = {
    "year": 365 * 86400,
    "month": 31 * 86400,
    "week": 7 * 86400,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
_SHORT = {
    "y": "year",
    "yr": "year",
    "M": "month",
    "mo": "month",
    "w": "week",
    "d": "day",
    "h": "hour",
    "m": "minute",
    "min": "minute",
    "s": "second",
    "sec": "second",
}
_PART = re.compile(r"\s*(?:,|and\b)?\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*")
_PERIOD = re.compile(
    r"P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?"
    r"(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?"
)
# Longer than any meaningful lifetime, and below timedelta's own limit.
MAX_SECONDS = 1000 * 365 * 86400


def parse_duration(text: str) -> timedelta:
    """Parse a duration. Raises ValueError, with an example of the expected form."""
    stripped = text.strip()
    if stripped.startswith("P"):
        return _limited(_period_seconds(stripped), text)
    position, seconds = 0, 0.0
    while match := _PART.match(stripped, position):
        seconds += float(match[1]) * _UNIT_SECONDS[_unit(match[2], text)]
        position = match.end()
    if not stripped or position != len(stripped):
        raise ValueError(f"{text!r} is not a duration such as 7d, 2h30m or '4 weeks'")
    return _limited(seconds, text)


def moment_of(text: str, now: datetime) -> datetime:
    """Parse a time, or a duration to subtract from `now`. Raises ValueError for anything else."""
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        return from_text(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither a time nor a duration such as 3d") from None


def _limited(seconds: float, text: str) -> timedelta:
    if seconds > MAX_SECONDS:
        raise ValueError(f"{text!r} is longer than 1000 years")
    return timedelta(seconds=seconds)


def _unit(word: str, text: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    lower = word.lower()
    unit = _SHORT.get(lower) or (lower.removesuffix("s") if len(lower) > 2 else lower)
    if unit not in _UNIT_SECONDS:
        raise ValueError(f"{word!r} in {text!r} is not a unit of time (y, M, w, d, h, m, s)")
    return unit


def _period_seconds(text: str) -> float:
    match = _PERIOD.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as P7D or PT2H30M")
    return sum(
        float(number) * size
        for number, size in zip(match.groups(), _UNIT_SECONDS.values(), strict=True)
        if number is not None
    )


def describe(length: timedelta) -> str:
    """Return a length in its largest unit and the next one, for people: `3d 4h`, `12m`, `90d`."""
    seconds = int(length.total_seconds())
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    first = next((place for place, (_, size) in enumerate(sizes) if seconds >= size), None)
    if first is None:
        return "0s"
    parts = []
    for letter, size in sizes[first : first + 2]:
        parts.append(f"{seconds // size}{letter}")
        seconds %= size
    return " ".join(part for part in parts if not part.startswith("0"))
