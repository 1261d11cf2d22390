"""Read schedules such as `mon-fri 08:00-18:00 Europe/Berlin`, and say whether they are on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE = "mon-fri 08:00-18:00 Europe/Berlin"
_TIMES = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_DAY_MINUTES = 24 * 60


class ScheduleError(Exception):
    """A tag is not a schedule; the message says which part is wrong and what is expected."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days (0 is Monday) and the minutes of the day from `begin` up to `end`, which is not on.

    If `end` is not after `begin`, it is on the next day; the night belongs to the day it begins.
    """

    days: frozenset[int]
    begin: int
    end: int
    zone: ZoneInfo

    def is_on(self, now: datetime) -> bool:
        """Return whether the schedule is on at a time, by the clocks of its zone."""
        local = now.astimezone(self.zone)
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= minute < self.end
        yesterday = (local - timedelta(days=1)).weekday()
        return (today in self.days and minute >= self.begin) or (
            yesterday in self.days and minute < self.end
        )


def parse(text: str) -> Schedule:
    """Return the schedule of a tag. Raises ScheduleError if any part is not exactly as expected."""
    parts = text.split(" ")
    if len(parts) != 3:
        raise ScheduleError(f"{text!r}: expected days, times and a time zone, as in '{EXAMPLE}'")
    days, times, zone = parts
    begin, end = _times(times)
    return Schedule(_days(days), begin, end, _zone(zone))


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split("+"):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            raise ScheduleError(
                f"{part!r} is not a day or a range of days: use {', '.join(DAYS)}, as in mon-fri "
                "or mon+wed"
            )
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(found)


def _times(text: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ScheduleError(f"{text!r} is not a span of time such as 08:00-18:00")
    hour, minute, last_hour, last_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or begin >= _DAY_MINUTES or end > _DAY_MINUTES:
        raise ScheduleError(f"{text!r} has a time that does not exist; the last one is 24:00")
    if begin == end:
        raise ScheduleError(f"{text!r} begins when it ends; write 00:00-24:00 for whole days")
    return begin, end


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # Depending on what is wrong with a name, zoneinfo raises KeyError, ValueError or OSError.
    except (KeyError, ValueError, OSError):
        raise ScheduleError(f"{name!r} is not a time zone such as Europe/Berlin or UTC") from None
