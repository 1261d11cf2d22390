"""The next start of a schedule, in the forms that EventBridge Scheduler documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide_cli.schedules import next_start

CREATED = datetime(2026, 1, 1, 12, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # a Friday


def schedule(expression: str, zone: str = "UTC", **more: Any) -> dict[str, Any]:
    known = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone}
    return {**known, "CreationDate": CREATED, **more}


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("rate(1 hour)", "UTC", "2026-11-27 10:07"),
        ("rate(30 minutes)", "UTC", "2026-11-27 10:07"),
        ("rate(1 day)", "UTC", "2026-11-27 12:07"),
        ("cron(0 8 * * ? *)", "UTC", "2026-11-28 08:00"),
        ("cron(15 10 ? * 6 *)", "UTC", "2026-11-27 10:15"),  # 6 is Friday, 1 is Sunday
        ("cron(0 9 ? * MON-FRI *)", "UTC", "2026-11-30 09:00"),
        ("cron(0 9 ? * 2-6 *)", "UTC", "2026-11-30 09:00"),
        ("cron(0/15 * * * ? *)", "UTC", "2026-11-27 10:15"),
        ("cron(0 0 1 * ? *)", "UTC", "2026-12-01 00:00"),
        ("cron(0 12 * * ? *)", "Europe/Berlin", "2026-11-27 11:00"),
    ],
)
def test_the_next_start_is_found(expression: str, zone: str, expected: str) -> None:
    found = next_start(schedule(expression, zone), NOW)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "expression", ["at(2026-12-01T00:00:00)", "cron(0 8 * * ? 2020)", "cron(0 8)", "rate(soon)"]
)
def test_what_cannot_be_told_is_not_told(expression: str) -> None:
    assert next_start(schedule(expression), NOW) is None


@given(
    st.integers(1, 90),
    st.sampled_from(["minute", "hour", "day"]),
    st.timedeltas(timedelta(days=-10), timedelta(days=400)),
)
def test_a_rate_starts_within_its_length(number: int, unit: str, since: timedelta) -> None:
    moment = CREATED + since
    plural = "" if number == 1 else "s"
    found = next_start(schedule(f"rate({number} {unit}{plural})"), moment)
    every = timedelta(**{f"{unit}s": number})
    assert found is not None
    assert (found - CREATED) % every == timedelta()
    assert found == CREATED if moment < CREATED else moment < found <= moment + every
