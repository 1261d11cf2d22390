"""The section `cleanup.calendar`: when deletions may begin, and how many begin in a day."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from ebbtide.config.jobs import Reason, TimeZone
from ebbtide.options.names import AccountId, KindName
from ebbtide.options.section import Section

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A freeze that returns must end before it begins again: the shortest year, month and week.
_SHORTEST = {"year": timedelta(days=365), "month": timedelta(days=28), "week": timedelta(days=7)}
_WHEN = re.compile(r"2\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _when(value: object) -> object:
    """Turn what YAML takes for a date or a time into the text that it came from."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip().replace(" ", "T")
    raise ValueError("must be a date such as 2026-12-20, or a time such as 2026-12-20T18:00")


def _is_when(value: str) -> str:
    if not _WHEN.fullmatch(value):
        raise ValueError(
            f"{value!r} is neither a date such as 2026-12-20 nor a time such as 2026-12-20T18:00; "
            "both are of cleanup.calendar.timezone, so they have no offset"
        )
    datetime.fromisoformat(value)
    return value


def _quoted(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be a time in quotes, such as "17:00"')
    return value


def _hour(value: str) -> str:
    if not _HOUR.fullmatch(value):
        raise ValueError(f'{value!r} is not a time of a day such as "09:00"')
    return value


def _end_hour(value: str) -> str:
    return value if value == "24:00" else _hour(value)


# Kept as texts: only they tell a day from its midnight wherever a configuration is stored.
_TEXT = WithJsonSchema({"type": "string", "examples": ["2026-12-20", "2026-12-20T18:00"]})
When = Annotated[str, BeforeValidator(_when), AfterValidator(_is_when), _TEXT]
Hour = Annotated[str, BeforeValidator(_quoted), AfterValidator(_hour)]
EndHour = Annotated[str, BeforeValidator(_quoted), AfterValidator(_end_hour)]


@cache
def wall(text: str, *, end: bool = False) -> datetime:
    """Return the time that a clock shows, without a zone; a day at the `end` counts as a whole."""
    moment = datetime.fromisoformat(text)
    return moment + timedelta(days=1) if end and len(text) == len("2026-12-20") else moment


def minute(text: str) -> int:
    """Return the minutes from midnight to a time of a day."""
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


class Freeze(Section):
    """A time in which nothing begins to be deleted."""

    start: When = Field(description="a day, from its beginning, or a time")
    until: When = Field(description="the last day, as a whole, or the time at which it ends")
    every: Literal["year", "month", "week"] | None = Field(
        default=None,
        description="it returns every year, month or week, from `start` on; where a month lacks "
        "the day, the last one counts",
    )
    reason: Reason = Field(description="what plans and ledgers say")
    accounts: tuple[AccountId, ...] = Field(default=(), description="only these; empty: all")
    kinds: tuple[KindName, ...] = Field(
        default=(), description="only these kinds or base kinds; empty: all"
    )

    @model_validator(mode="after")
    def _ends(self) -> Freeze:
        length = wall(self.until, end=True) - wall(self.start)
        if length <= timedelta():
            raise ValueError(f"until ({self.until}) must be after start ({self.start})")
        if self.every is not None and length >= _SHORTEST[self.every]:
            raise ValueError(f"a freeze of every {self.every} must be shorter than a {self.every}")
        return self


class Hours(Section):
    """A part of the week in which deletions may begin."""

    days: tuple[Day, ...] = Field(default=(), description="empty: every day")
    start: Hour = Field(description='such as "09:00"')
    until: EndHour = Field(
        description='such as "17:00", at most "24:00"; one before `start` is of the next day'
    )

    @model_validator(mode="after")
    def _ends(self) -> Hours:
        if self.start == self.until:
            raise ValueError('start and until are the same; a whole day is "00:00" until "24:00"')
        return self


class CalendarConfig(Section):
    """When deletions may begin, and how many begin in a day (docs/calendars.md)."""

    timezone: TimeZone = Field(
        default="UTC", description="whose days and hours count, such as Europe/Berlin"
    )
    freeze: tuple[Freeze, ...] = Field(
        default=(), description="times in which nothing begins to be deleted"
    )
    hours: tuple[Hours, ...] = Field(
        default=(), description="the only times at which deletions may begin; empty: always"
    )
    per_day: int | None = Field(
        default=None,
        ge=1,
        description="the number of resources of an account that begin to be deleted in a day of "
        "`timezone` at most; the rest waits",
    )
    spread: bool = Field(
        default=False,
        description="true: cleanup.limits measure what `per_day` lets a run begin, not all that "
        "is planned",
    )

    @model_validator(mode="after")
    def _spreads_something(self) -> CalendarConfig:
        if self.spread and self.per_day is None:
            raise ValueError("spread needs per_day: how many resources of an account go in a day")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_set(self) -> bool:
        return bool(self.freeze or self.hours) or self.per_day is not None

    def day_of(self, at: datetime) -> date:
        """Return the day of the calendar's time zone in which a moment is."""
        return at.astimezone(self.zone).date()


MIDNIGHT = time()
