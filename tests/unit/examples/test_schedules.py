"""A schedule is read strictly, and is on by the clocks of its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.event_examples import program

with program("start-stop/function", "schedule") as schedule:
    pass

WORK = "mon-fri 08:00-18:00 Europe/Berlin"
NIGHT = "fri 22:00-06:00 UTC"
days = st.sampled_from(schedule.DAYS)
minutes = st.integers(0, 24 * 60 - 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "when", "on"),
    [
        (WORK, "2026-11-27T06:59", False),  # Friday, 07:59 in Berlin
        (WORK, "2026-11-27T07:00", True),
        (WORK, "2026-11-27T16:59", True),
        (WORK, "2026-11-27T17:00", False),
        (WORK, "2026-11-28T10:00", False),  # Saturday
        (WORK, "2026-07-03T06:00", True),  # summer time: 08:00
        (WORK, "2026-07-03T05:59", False),
        ("sun 00:00-24:00 Pacific/Auckland", "2026-11-28T12:00", True),  # already Sunday there
        ("sun 00:00-24:00 UTC", "2026-11-28T12:00", False),
        (NIGHT, "2026-11-27T21:59", False),
        (NIGHT, "2026-11-27T22:00", True),
        (NIGHT, "2026-11-28T05:59", True),  # the morning belongs to Friday
        (NIGHT, "2026-11-28T06:00", False),
        (NIGHT, "2026-11-28T22:00", False),
        (NIGHT, "2026-11-27T05:00", False),  # that would be Thursday's night
        ("sat-mon 08:00-09:00 UTC", "2026-11-29T08:30", True),
        ("sat-mon 08:00-09:00 UTC", "2026-11-27T08:30", False),
        ("mon+fri 08:00-09:00 UTC", "2026-11-27T08:30", True),
        ("mon+fri 08:00-09:00 UTC", "2026-11-25T08:30", False),
    ],
)
def test_schedule_is_on(text: str, when: str, on: bool) -> None:
    assert schedule.parse(text).is_on(at(when)) is on


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected days, times and a time zone"),
        ("office hours", "as in 'mon-fri 08:00-18:00 Europe/Berlin'"),
        ("mon-fri 08:00-18:00", "expected days, times and a time zone"),
        ("mon-fri  08:00-18:00 UTC", "expected days, times and a time zone"),
        ("mon-fri 08:00-18:00 UTC now", "expected days, times and a time zone"),
        ("Mon-Fri 08:00-18:00 UTC", "'Mon-Fri' is not a day or a range of days"),
        ("mon-tue-wed 08:00-18:00 UTC", "'mon-tue-wed' is not a day or a range of days"),
        ("mon+ 08:00-18:00 UTC", "'' is not a day"),
        ("mon ٠٨:00-18:00 UTC", "is not a span of time such as 08:00-18:00"),
        ("mon 8:00-18:00 UTC", "'8:00-18:00' is not a span of time such as 08:00-18:00"),
        ("mon 08:00 UTC", "'08:00' is not a span of time"),
        ("mon 08:60-18:00 UTC", "has a time that does not exist"),
        ("mon 24:00-08:00 UTC", "has a time that does not exist"),
        ("mon 08:00-24:01 UTC", "has a time that does not exist"),
        ("mon 08:00-08:00 UTC", "write 00:00-24:00 for whole days"),
        ("mon 08:00-18:00 Berlin", "'Berlin' is not a time zone such as Europe/Berlin or UTC"),
        ("mon 08:00-18:00 ../../etc/passwd", "is not a time zone"),
        ("mon 08:00-18:00 /etc/localtime", "is not a time zone"),
    ],
)
def test_wrong_part_is_named(text: str, message: str) -> None:
    with pytest.raises(schedule.ScheduleError) as raised:
        schedule.parse(text)
    assert message in str(raised.value)


@given(st.text() | st.from_regex(r"[a-z+-]{3,9} \d\d:\d\d-\d\d:\d\d [A-Za-z/]{0,12}"))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    try:
        schedule.parse(text)
    except schedule.ScheduleError as error:
        assert str(error)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    begin, end = draw(minutes), draw(minutes)
    end = end if end != begin else begin + 1
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}", begin, end


@given(spans(), days, st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))
def test_schedule_is_on_as_long_as_its_span(
    span: tuple[str, int, int], day: str, week: datetime
) -> None:
    """Over any week, the minutes that it is on are those from its begin to its end."""
    text, begin, end = span
    plan = schedule.parse(f"{day} {text} UTC")
    length = (end - begin) % (24 * 60)
    first = week.replace(tzinfo=UTC, hour=0, minute=0, second=0, microsecond=0)
    first += timedelta(days=(schedule.DAYS.index(day) - first.weekday()) % 7, minutes=begin)
    assert plan.is_on(first) and plan.is_on(first + timedelta(minutes=length - 1))
    assert not plan.is_on(first - timedelta(minutes=1))
    assert not plan.is_on(first + timedelta(minutes=length))
