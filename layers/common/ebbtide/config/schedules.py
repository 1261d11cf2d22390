"""Rate and cron expressions of EventBridge Scheduler: what is wrong with one, and when it starts.

The forms are those of "Schedule types" in the user guide of EventBridge Scheduler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

ANY, EITHER = "*", "?"
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RATE = re.compile(r"rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.*)\)")
_SOME_MOMENT = datetime(2026, 1, 1)
_DAY = timedelta(days=1)
# As many years as cronsim looks ahead for a day.
_MOST_YEARS = 50


class Field(NamedTuple):
    """A field of a cron expression: its numbers, their names, and what else a value may be."""

    label: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()
    special: re.Pattern[str] | None = None

    def problem_of(self, text: str) -> str:
        """Return what is wrong with the field, or ''."""
        parts = text.split(",")
        for part in parts:
            if self.special is not None and self.special.fullmatch(part):
                if len(parts) > 1:
                    return f"{part} in {self.label} stands alone, not in a list"
                continue
            span, *step = part.split("/")
            if len(step) > 1 or (step and self._number(step[0], 1, self.highest) is None):
                return f"{part!r} in {self.label}: a step is a number, as in 0/15"
            if problem := self._problem_of_span(span):
                return problem
        return ""

    def _problem_of_span(self, span: str) -> str:
        if span == ANY:
            return ""
        numbers = [self._value(one) for one in span.split("-")]
        known = [one for one in numbers if one is not None]
        if len(numbers) > 2 or len(known) < len(numbers):
            names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
            return f"{span!r} in {self.label} is not in {self.lowest}-{self.highest}{names}"
        if known != sorted(known):
            return f"{span!r} in {self.label} ends before it begins; write two ranges"
        return ""

    def _value(self, text: str) -> int | None:
        if text in self.names:
            return self.lowest + self.names.index(text)
        return self._number(text, self.lowest, self.highest)

    @staticmethod
    def _number(text: str, lowest: int, highest: int) -> int | None:
        known = text.isascii() and text.isdecimal() and len(text) <= len(str(highest))
        return int(text) if known and lowest <= int(text) <= highest else None


_WEEKDAY = rf"(?:[1-7]|{'|'.join(DAYS)})"
FIELDS = (
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day of month", 1, 31, special=re.compile(r"\?|L|(?:[1-9]|[12]\d|3[01])W")),
    Field("month", 1, 12, _MONTHS),
    Field("day of week", 1, 7, DAYS, re.compile(rf"\?|L|{_WEEKDAY}L|{_WEEKDAY}#[1-5]")),
    Field("year", 1970, 2199),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


@cache
def problem_of(expression: str) -> str:
    """Return what is wrong with a rate or cron expression, or ''."""
    if _RATE.fullmatch(expression):
        return ""
    found = _CRON.fullmatch(expression)
    fields = found[1].split(" ") if found else []
    if len(fields) != len(FIELDS):
        return (
            f"{expression!r} is neither rate(NUMBER minutes|hours|days) nor cron(MINUTES HOURS "
            "DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)"
        )
    for field, text in zip(FIELDS, fields, strict=True):
        if problem := field.problem_of(text):
            return f"{expression!r}: {problem}"
    days = (fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK])
    if days.count(EITHER) != 1:
        return (
            f"{expression!r}: one of day of month and day of week must be ?, and the other one "
            "must not, as in cron(0 2 ? * MON-FRI *) or cron(0 2 * * ? *)"
        )
    return "" if _can_happen(fields) else f"{expression!r} never comes true"


def _can_happen(fields: list[str]) -> bool:
    if fields[_DAY_OF_MONTH].endswith("W"):
        return True
    try:
        CronSim(_unix(fields), _SOME_MOMENT)
    except CronSimError:
        return False
    return True


def rate_of(expression: str) -> timedelta | None:
    """Return how long a rate expression waits between two starts; None for any other one."""
    found = _RATE.fullmatch(expression)
    if found is None:
        return None
    try:
        return timedelta(**{f"{found[2]}s": int(found[1])})
    except OverflowError:
        return timedelta.max


def next_of_cron(expression: str, timezone: str, after: datetime) -> datetime | None:
    """Return the next start of a cron expression; None for any other one, or if it has none.

    It is also None for the weekday nearest to a day (`3W`). A local time that the clocks skip
    starts nothing, and one that they show twice starts a run the first time ("Daylight savings
    time" in the user guide of EventBridge Scheduler).
    """
    found = _CRON.fullmatch(expression)
    fields = found[1].split() if found else []
    if len(fields) != len(FIELDS) or fields[_DAY_OF_MONTH].endswith("W"):
        return None
    zone = ZoneInfo(timezone)
    local: datetime | None = after.astimezone(zone).replace(tzinfo=None)
    while local is not None:
        try:
            local = _next_local(fields, local)
        except (CronSimError, ValueError):
            return None
        moment = None if local is None else local.replace(tzinfo=zone).astimezone(UTC)
        if moment is not None and moment > after and not _is_skipped(moment, local, zone):
            return moment
    return None


def _is_skipped(moment: datetime, local: datetime | None, zone: ZoneInfo) -> bool:
    """Return whether the clocks never show a local time, because they go forward over it."""
    return moment.astimezone(zone).replace(tzinfo=None) != local


def _next_local(fields: list[str], after: datetime) -> datetime | None:
    for year in _years(fields[-1], after.year):
        # The very first minute of a year counts as well.
        begin = max(after, datetime(year, 1, 1) - timedelta(minutes=1))
        found: datetime | None = next(CronSim(_unix(fields), begin), None)
        if found is not None and (fields[-1] in (ANY, EITHER) or found.year == year):
            return found
    return None


def _years(field: str, first: int) -> Iterator[int]:
    """Yield the years of a field from the first one on; for any year, only that one."""
    if field in (ANY, EITHER):
        yield first
        return
    spans = [part.partition("/") for part in field.split(",")]
    last = min(first + _MOST_YEARS, FIELDS[-1].highest)
    for year in range(first, last + 1):
        if any(_has(span, int(step or 1), year, stepped=bool(step)) for span, _, step in spans):
            yield year


def _has(span: str, step: int, year: int, *, stepped: bool) -> bool:
    lowest, highest = FIELDS[-1].lowest, FIELDS[-1].highest
    begin, dash, end = (f"{lowest}-{highest}" if span == ANY else span).partition("-")
    last = int(end) if dash else highest if stepped else int(begin)
    return int(begin) <= year <= last and (year - int(begin)) % step == 0


def _unix(fields: list[str]) -> str:
    """Return the first five fields as cron knows them, where days of the week begin with 0."""
    minute, hour, day, month, weekday, _ = fields
    return f"{minute} {hour} {_any(day)} {month} {_unix_weekdays(weekday)}"


def _any(field: str) -> str:
    return ANY if field == EITHER else field


def _unix_weekdays(field: str) -> str:
    if field == "L":
        return DAYS[-1]
    if field.endswith("L"):
        last = field.removesuffix("L")
        return f"{DAYS.index(last) if last in DAYS else int(last) - 1}L"
    return re.sub(r"(?<![#/\d])[1-7]", lambda found: DAYS[int(found[0]) - 1], _any(field))


def shortest_interval(expression: str) -> timedelta | None:
    """Return the shortest time between two starts, at most a day; None if it is unknown."""
    if (rate := rate_of(expression)) is not None:
        return rate
    found = _CRON.fullmatch(expression)
    fields = found[1].split() if found else []
    if len(fields) != len(FIELDS):
        return None
    try:
        times = CronSim(f"{fields[0]} {fields[1]} * * *", _SOME_MOMENT)
    except CronSimError:
        return None
    of_day = sorted(60 * hour + minute for hour in times.hours for minute in times.minutes)
    around = [*of_day, of_day[0] + int(_DAY.total_seconds() // 60)]
    return timedelta(minutes=min(later - earlier for earlier, later in pairwise(around)))
