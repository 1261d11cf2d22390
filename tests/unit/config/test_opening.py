"""When the calendar lets deletions begin, compared with a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ebbtide.config.calendar import DAYS, CalendarConfig
from ebbtide.config.opening import HORIZON, closed, never_opens
from tests.support.builders import ACCOUNT

KIND = "aws_ec2_volume"
MINUTE = timedelta(minutes=1)
# When clocks change: by an hour, by half an hour, at midnight; and a time when none does.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 3, 29, 1, tzinfo=UTC)),
]
# The days around it, in minutes, and those minutes that are compared: all of the hours around it.
BEFORE, LENGTH = 36 * 60, 72 * 60
COMPARED = sorted({*range(BEFORE - 130, BEFORE + 130), *range(0, LENGTH - 1, 60)})


def calendar(**content: Any) -> CalendarConfig:
    return CalendarConfig.model_validate(content)


def freeze(start: str, until: str, **rest: Any) -> dict[str, Any]:
    return {"start": start, "until": until, "reason": "no changes", **rest}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_closed(found: CalendarConfig, text: str, account: str = ACCOUNT, kind: str = KIND) -> bool:
    return closed(found, utc(text), account, kind) is not None


def begin_of(change: tuple[str, datetime]) -> datetime:
    return change[1] - BEFORE * MINUTE


def shown(change: tuple[str, datetime]) -> list[datetime]:
    """Return what a clock shows in each minute of the days around a change."""
    place = ZoneInfo(change[0])
    return [
        (begin_of(change) + number * MINUTE).astimezone(place).replace(tzinfo=None, fold=0)
        for number in range(LENGTH)
    ]


def test_the_clocks_change_then() -> None:
    for zone, at in CHANGES[:-1]:
        place = ZoneInfo(zone)
        assert (at - MINUTE).astimezone(place).utcoffset() != at.astimezone(place).utcoffset()


def near(change: tuple[str, datetime], quarters: int) -> datetime:
    """Return what a clock shows at the change, moved by quarters of an hour."""
    local = change[1].astimezone(ZoneInfo(change[0])).replace(tzinfo=None, fold=0)
    return local + timedelta(minutes=15 * quarters)


@given(st.sampled_from(CHANGES), st.integers(-9, 9), st.integers(1, 12))
@example(CHANGES[0], -2, 8)  # begins in the hour that is skipped
@example(CHANGES[0], -8, 6)  # ends in it
@example(CHANGES[1], 2, 8)  # begins in the hour that occurs twice
@example(CHANGES[1], -6, 8)  # ends in it
def test_a_freeze_lasts_from_its_first_minute_to_its_last(
    change: tuple[str, datetime], start: int, length: int
) -> None:
    first, last = near(change, start), near(change, start + length)
    text = first.isoformat(timespec="minutes"), last.isoformat()
    found = calendar(timezone=change[0], freeze=[freeze(*text)])
    clock = shown(change)
    latest = list(accumulate(clock, max))
    # From each minute on, the earliest time that is still to be shown.
    earliest = list(accumulate(reversed(clock), min))[::-1]
    for number in COMPARED:
        ends = clock[number] >= last and earliest[number + 1] > last
        at = begin_of(change) + number * MINUTE
        frozen = closed(found, at, ACCOUNT, KIND) is not None
        assert frozen == (latest[number] >= first and not ends), at


HOURS = st.tuples(
    st.sets(st.sampled_from(DAYS), max_size=6), st.integers(-9, 9), st.integers(1, 12)
)


@given(st.sampled_from(CHANGES), st.lists(HOURS, min_size=1, max_size=2))
@example(CHANGES[0], [(set(), -2, 8)])
@example(CHANGES[1], [(set(), 2, 8)])
@example(CHANGES[1], [(set(), -6, 8)])
def test_hours_are_those_of_the_clock_on_the_wall(
    change: tuple[str, datetime], drawn: list[tuple[set[str], int, int]]
) -> None:
    hours = []
    for days, start, length in drawn:
        first, last = near(change, start), near(change, start + length)
        hours.append({"days": sorted(days), "start": f"{first:%H:%M}", "until": f"{last:%H:%M}"})
    found = calendar(timezone=change[0], hours=hours)
    clock = shown(change)
    expected = [any(covers(one, moment) for one in hours) for moment in clock]
    begin = begin_of(change)
    for number in COMPARED:
        why = closed(found, begin + number * MINUTE, ACCOUNT, KIND)
        assert (why is None) == expected[number], number
        if why is not None and why.opens is not None and why.opens < begin + LENGTH * MINUTE:
            # The next minute that is open, not only one of them.
            assert begin + expected.index(True, number) * MINUTE == why.opens
        elif why is not None:
            assert True not in expected[number:]


def covers(hours: dict[str, Any], moment: datetime) -> bool:
    """Say it by walking back from a moment to the last beginning of the hours."""
    first_hour, last_hour = time.fromisoformat(hours["start"]), time.fromisoformat(hours["until"])
    for back in range(2):
        day = (moment - timedelta(days=back)).date()
        first, last = datetime.combine(day, first_hour), datetime.combine(day, last_hour)
        if last < first:
            last += timedelta(days=1)
        on = not hours["days"] or DAYS[day.weekday()] in hours["days"]
        if on and first <= moment < last:
            return True
    return False


@pytest.mark.parametrize(
    ("every", "inside", "outside"),
    [
        (
            "year",
            ["2026-12-20T00:00", "2030-01-03T23:59"],
            ["2030-01-04T00:00"],
        ),
        (None, ["2026-12-20T00:00", "2027-01-03T23:59"], ["2027-12-25T00:00", "2026-12-19T23:59"]),
    ],
)
def test_days_count_as_a_whole_and_return(
    every: str | None, inside: list[str], outside: list[str]
) -> None:
    found = calendar(freeze=[freeze("2026-12-20", "2027-01-03", every=every)])
    assert all(is_closed(found, text) for text in inside)
    assert not any(is_closed(found, text) for text in [*outside, "2025-12-25T00:00"])


def test_a_month_without_the_day_closes_on_its_last() -> None:
    found = calendar(freeze=[freeze("2026-01-31", "2026-01-31", every="month")])
    assert is_closed(found, "2026-02-28T12:00")
    assert is_closed(found, "2026-04-30T12:00")
    assert not is_closed(found, "2026-04-29T12:00")
    assert is_closed(found, "2028-02-29T12:00")
    assert not is_closed(found, "2028-02-28T12:00")


def test_a_freeze_that_a_short_month_would_swallow_lasts_a_day() -> None:
    found = calendar(freeze=[freeze("2026-01-29T10:00", "2026-01-31T08:00", every="month")])
    assert is_closed(found, "2026-02-28T12:00")
    assert not is_closed(found, "2026-03-01T00:00")


def test_every_week_from_friday_to_monday() -> None:
    found = calendar(freeze=[freeze("2026-11-27T12:00", "2026-11-30T08:00", every="week")])
    assert is_closed(found, "2027-11-27T00:00")
    assert not is_closed(found, "2027-11-26T11:59")
    assert not is_closed(found, "2027-11-29T08:00")
    assert not is_closed(found, "2026-11-21T00:00")


def test_a_freeze_is_about_its_accounts_and_kinds_alone() -> None:
    found = calendar(
        freeze=[freeze("2026-12-20", "2026-12-24", accounts=[ACCOUNT], kinds=["volume"])]
    )
    assert is_closed(found, "2026-12-21T00:00")
    assert not is_closed(found, "2026-12-21T00:00", account="999999999999")
    assert not is_closed(found, "2026-12-21T00:00", kind="aws_ec2_instance")


def test_it_says_when_all_of_the_calendar_is_open_again() -> None:
    found = calendar(
        timezone="Europe/Berlin",
        hours=[{"days": ["mon", "tue"], "start": "09:00", "until": "17:00"}],
        freeze=[freeze("2026-12-20", "2027-01-03")],
    )
    why = closed(found, utc("2026-12-16T12:00"), ACCOUNT, KIND)
    assert why is not None
    assert why.opens == utc("2027-01-04T08:00")
    assert why.words == "closed until 2027-01-04T08:00:00Z: outside the hours of deletions"
    frozen = closed(found, utc("2026-12-21T12:00"), ACCOUNT, KIND)
    assert frozen is not None
    assert frozen.reason == "frozen, no changes"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_what_is_told_to_open_is_open_then_and_not_before(moment: datetime) -> None:
    found = calendar(
        timezone="America/New_York",
        hours=[{"days": ["mon", "thu"], "start": "22:00", "until": "03:00"}],
        freeze=[freeze("2026-03-01", "2026-03-09"), freeze("2026-10-30", "2026-11-01")],
    )
    why = closed(found, moment.replace(tzinfo=UTC), ACCOUNT, KIND)
    if why is not None:
        assert why.opens is not None
        assert closed(found, why.opens, ACCOUNT, KIND) is None
        assert closed(found, why.opens - timedelta(seconds=1), ACCOUNT, KIND) is not None


def test_a_calendar_that_never_opens_is_found() -> None:
    at = utc("2026-06-01T00:00")
    whole = freeze("2026-01-01", "2029-01-01")
    assert never_opens(calendar(freeze=[whole]), at)
    assert not never_opens(calendar(freeze=[{**whole, "accounts": [ACCOUNT]}]), at)
    assert not never_opens(calendar(freeze=[whole]), utc("2028-06-01T00:00"))
    week = freeze("2026-01-02T17:00", "2026-01-05T09:00", every="week")
    weekend = [{"days": ["sat", "sun"], "start": "09:00", "until": "17:00"}]
    assert never_opens(calendar(freeze=[week], hours=weekend), at)
    why = closed(calendar(freeze=[week], hours=weekend), at, ACCOUNT, KIND)
    assert why is not None
    assert why.words.startswith("closed for more than a year")
    assert timedelta(days=366) < HORIZON


def test_an_empty_calendar_is_always_open() -> None:
    assert not is_closed(calendar(per_day=3), "2026-06-01T00:00")
