"""The example change-freeze refuses while a calendar is closed, or will close too soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.emulator.calendars import Calendar
from tests.support.example_functions import Answers, function_of

# Before the functions are imported.
pytestmark = pytest.mark.usefixtures("answers")

NOW = datetime.now(UTC)


class Calendars:
    """A Systems Manager whose calendars are closed during some spans."""

    def __init__(self, *spans: tuple[timedelta, timedelta]) -> None:
        events = [
            f"BEGIN:VEVENT\r\nDTSTART:{NOW + start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{NOW + end:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
            for start, end in spans
        ]
        self.calendar = Calendar(f"X-CALENDAR-TYPE:DEFAULT_OPEN\r\n{''.join(events)}")
        self.asked: list[list[str]] = []

    def get_calendar_state(self, *, CalendarNames: list[str], AtTime: str) -> dict[str, str]:
        self.asked.append(CalendarNames)
        at = datetime.strptime(AtTime, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        later = [moment for moment in sorted(self.calendar.moments) if moment > at]
        turns = {"NextTransitionTime": later[0].isoformat()} if later else {}
        return {"State": self.calendar.state(at), **turns}


@pytest.fixture
def ask(
    event: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Calendars]]:
    monkeypatch.setenv("CALENDARS", "arn:one,arn:two")
    monkeypatch.setenv("OPEN_FOR_MINUTES", "60")

    def asking(*spans: tuple[timedelta, timedelta], **data: Any) -> Calendars:
        calendars = Calendars(*spans)
        monkeypatch.setattr(boto3, "client", lambda _: calendars)
        with function_of("change-freeze") as imported:
            imported("app").answer(event("pre_cleanup", "change-freeze", **data), None)
        return calendars

    yield asking


def hours(start: float, end: float) -> tuple[timedelta, timedelta]:
    return timedelta(hours=start), timedelta(hours=end)


@pytest.mark.parametrize("spans", [(), (hours(-3, -1),), (hours(2, 9),)])
def test_open_calendars_let_the_run_continue(
    ask: Callable[..., Calendars], answers: Answers, spans: Any
) -> None:
    assert ask(*spans).asked == [["arn:one", "arn:two"]] * 2
    assert answers.success == {"token": "{}"}


@pytest.mark.parametrize("span", [hours(-1, 5), hours(0.5, 5)])
def test_a_freeze_now_or_soon_is_refused_with_its_end(
    ask: Callable[..., Calendars], answers: Answers, span: Any
) -> None:
    ask(span)
    error, why = answers.failure["token"]
    assert error == "ChangeFreeze"
    assert "arn:one, arn:two is closed" in why
    assert (NOW + span[1]).isoformat(timespec="minutes").partition("+")[0] in why


@pytest.mark.parametrize("data", [{"enabled": False}, {"dry_run": True}])
def test_a_run_that_changes_nothing_runs_in_a_freeze(
    ask: Callable[..., Calendars], answers: Answers, data: dict[str, bool]
) -> None:
    ask(hours(-1, 5), **data)
    assert answers.success == {"token": "{}"}


def test_a_calendar_that_cannot_be_read_is_refused(
    ask: Callable[..., Calendars], answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> dict[str, str]:
        answer: Any = {"Error": {"Code": "InvalidDocument", "Message": "none"}}
        raise ClientError(answer, "GetCalendarState")

    monkeypatch.setattr(Calendars, "get_calendar_state", failing)
    with pytest.raises(ClientError):
        ask()
    assert "the change calendar cannot be read" in answers.failure["token"][1]
