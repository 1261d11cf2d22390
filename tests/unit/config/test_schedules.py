"""Expressions of EventBridge Scheduler: which AWS accepts, how often they start, and when next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.config.schedules import DAYS, next_of_cron, problem_of, rate_of, shortest_interval

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(1 hours)",
        "rate(90 days)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(0/5 8-17,22 ? JAN,3-6 2-6 *)",
        "cron(*/15 * L * ? *)",
        "cron(0 9 3W * ? *)",
        "cron(0 9 ? * L *)",
        "cron(0 9 ? * 3#2 *)",
        "cron(15 10 ? * 6L 2022-2023)",
        "cron(0 0 29 2 ? 2026/2)",
    ],
)
def test_what_the_user_guide_shows_is_accepted(expression: str) -> None:
    assert problem_of(expression) == ""


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("hourly", "is neither rate"),
        ("rate(0 minutes)", "is neither rate"),
        ("rate(5 weeks)", "is neither rate"),
        ("at(2026-12-01T00:00:00)", "is neither rate"),
        ("cron(0 2 * * *)", "is neither rate"),
        ("cron(0 2 * * ? * *)", "is neither rate"),
        ("cron(60 2 * * ? *)", "'60' in minutes is not in 0-59"),
        ("cron(0 24 * * ? *)", "'24' in hours is not in 0-23"),
        ("cron(0 2 32 * ? *)", "'32' in day of month is not in 1-31"),
        ("cron(0 2 * 13 ? *)", "'13' in month is not in 1-12 or JAN-DEC"),
        ("cron(0 2 ? * 0 *)", "'0' in day of week is not in 1-7 or SUN-SAT"),
        ("cron(0 2 ? * mon *)", "'mon' in day of week is not in 1-7 or SUN-SAT"),
        ("cron(0 2 ? * MON 1969)", "'1969' in year is not in 1970-2199"),
        ("cron(? 2 * * ? *)", "'?' in minutes is not in"),
        ("cron(0/0 2 * * ? *)", "a step is a number"),
        ("cron(0/5/5 2 * * ? *)", "a step is a number"),
        ("cron(1-2-3 2 * * ? *)", "'1-2-3' in minutes"),
        ("cron(0 22-2 * * ? *)", "ends before it begins; write two ranges"),
        ("cron(0 2 ? * 3#1,6#3 *)", "3#1 in day of week stands alone"),
        ("cron(0 2 ? * 3#6 *)", "'3#6' in day of week"),
        ("cron(0 2 * * * *)", "one of day of month and day of week must be ?"),
        ("cron(0 2 ? * ? *)", "one of day of month and day of week must be ?"),
        ("cron(0 2 1 * MON *)", "one of day of month and day of week must be ?"),
        ("cron(0 2 31 2 ? *)", "never comes true"),
        ("cron(0 2 \u0663 * ? *)", "in day of month is not in 1-31"),
    ],
)
def test_what_aws_would_refuse_is_refused(expression: str, said: str) -> None:
    assert said in problem_of(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(15 10 ? * 6L *)", "2026-11-27 10:15"),  # the last Friday
        ("cron(0 9 ? * L *)", "2026-11-28 09:00"),  # Saturday ends the week
        ("cron(0 9 ? * 3#2 *)", "2026-12-08 09:00"),  # the second Tuesday
        ("cron(0 8 * * ? 2027)", "2027-01-01 08:00"),
        ("cron(0 0 1 1 ? 2027)", "2027-01-01 00:00"),
        ("cron(0 8 1 6 ? 2020/3)", "2029-06-01 08:00"),
        ("cron(0 9 29 2 ? 2027-2030)", "2028-02-29 09:00"),
        ("cron(0 8 * * ? 2022-2025)", None),
        ("cron(0 8 3W * ? *)", None),
    ],
)
def test_the_next_start_knows_weekdays_and_years(expression: str, expected: str | None) -> None:
    found = next_of_cron(expression, "UTC", NOW)
    assert (None if found is None else f"{found:%Y-%m-%d %H:%M}") == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 02:00 to 03:00 is skipped on 2026-03-29, and happens twice on 2026-10-25.
        ("cron(30 2 * * ? *)", "2026-03-29T00:00Z", "2026-03-30T00:30Z"),
        ("cron(30 * * * ? *)", "2026-03-29T00:30Z", "2026-03-29T01:30Z"),
        ("cron(0 3 * * ? *)", "2026-03-29T00:59Z", "2026-03-29T01:00Z"),
        ("cron(30 2 29 3 ? 2026)", "2026-03-01T00:00Z", None),
        ("cron(45 2 * * ? *)", "2026-10-25T00:10Z", "2026-10-25T00:45Z"),
        ("cron(45 2 * * ? *)", "2026-10-25T01:10Z", "2026-10-26T01:45Z"),
        ("cron(0/15 * * * ? *)", "2026-10-25T01:10Z", "2026-10-25T02:00Z"),
    ],
)
def test_the_next_start_follows_the_clocks(
    expression: str, after: str, expected: str | None
) -> None:
    found = next_of_cron(expression, "Europe/Berlin", datetime.fromisoformat(after))
    assert (None if found is None else f"{found:%Y-%m-%dT%H:%MZ}") == expected


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("rate(2 hours)", 120),
        ("cron(* * * * ? *)", 1),
        ("cron(0/20 * * * ? *)", 20),
        ("cron(50,55 3 * * ? *)", 5),
        ("cron(0 6,18 ? * SUN *)", 720),
        ("cron(0 3 1 * ? *)", 1440),
    ],
)
def test_the_shortest_interval_is_that_within_a_day(expression: str, minutes: int) -> None:
    assert shortest_interval(expression) == timedelta(minutes=minutes)


def spans(lowest: int, highest: int) -> st.SearchStrategy[str]:
    numbers = st.integers(lowest, highest)
    ranges = st.tuples(numbers, numbers).map(lambda both: f"{min(both)}-{max(both)}")
    stepped = st.tuples(numbers, st.integers(1, highest)).map(lambda one: f"{one[0]}/{one[1]}")
    return st.lists(st.one_of(numbers.map(str), ranges, stepped), min_size=1, max_size=3).map(
        ",".join
    )


weekdays = st.one_of(spans(1, 7), st.sampled_from([*DAYS, "MON-FRI", "L", "2L", "FRI#5", "*"]))
of_days = st.one_of(
    st.tuples(st.one_of(spans(1, 28), st.sampled_from(["*", "L"])), st.just("?")),
    st.tuples(st.just("?"), weekdays),
)


@given(spans(0, 59), spans(0, 23), of_days, st.one_of(st.just("*"), spans(1, 12)))
def test_whatever_is_accepted_has_a_next_start(
    minutes: str, hours: str, days: tuple[str, str], months: str
) -> None:
    expression = f"cron({minutes} {hours} {days[0]} {months} {days[1]} *)"
    assert problem_of(expression) == ""
    first = next_of_cron(expression, "UTC", NOW)
    assert first is not None and first > NOW
    second = next_of_cron(expression, "UTC", first)
    shortest = shortest_interval(expression)
    assert second is not None and shortest is not None
    assert second - first >= shortest


@given(st.text(max_size=30))
def test_any_text_is_refused_or_a_schedule(text: str) -> None:
    for expression in (text, f"rate({text})", f"cron({text})", f"cron(0 2 * * ? {text})"):
        if problem_of(expression) == "":
            starts = rate_of(expression) or next_of_cron(expression, "UTC", NOW)
            assert starts is not None or not expression.endswith("*)")
