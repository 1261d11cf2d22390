"""Change calendars have a state at each time, as Systems Manager documents it."""

from collections.abc import Callable
from typing import Any

import pytest

from local.emulator.calendars import Calendar, CalendarError

EVENT = "BEGIN:VEVENT\r\nDTSTART:20261224T000000Z\r\nDTEND:20261227T000000Z\r\nEND:VEVENT\r\n"
BEFORE, DURING, AFTER = "2026-12-23T23:59:59Z", "2026-12-24T00:00:00Z", "2026-12-27T00:00:00Z"


def text(usual: str, events: str = EVENT) -> str:
    return f"BEGIN:VCALENDAR\r\nX-CALENDAR-TYPE:DEFAULT_{usual}\r\n{events}END:VCALENDAR\r\n"


def test_a_calendar_is_the_opposite_during_its_events(client: Callable[[str], Any]) -> None:
    ssm = client("ssm")
    for name, usual in (("freeze", "OPEN"), ("window", "CLOSED")):
        given = {"DocumentType": "ChangeCalendar", "DocumentFormat": "TEXT"}
        ssm.create_document(Name=name, Content=text(usual), **given)

    def states(*names: str) -> list[str]:
        return [
            ssm.get_calendar_state(CalendarNames=list(names), AtTime=at)["State"]
            for at in (BEFORE, DURING, AFTER)
        ]

    assert states("freeze") == ["OPEN", "CLOSED", "OPEN"]
    assert states("window") == ["CLOSED", "OPEN", "CLOSED"]
    assert states("freeze", "window") == ["CLOSED"] * 3
    found = ssm.get_calendar_state(CalendarNames=["freeze"], AtTime=DURING)
    assert found["NextTransitionTime"] == AFTER
    assert "NextTransitionTime" not in ssm.get_calendar_state(
        CalendarNames=["freeze"], AtTime=AFTER
    )


def test_a_calendar_that_does_not_exist_is_an_error(
    client: Callable[[str], Any], refused: Callable[..., str]
) -> None:
    asked = {"CalendarNames": ["arn:aws:ssm:us-east-1:111122223333:document/none"]}
    assert refused(client("ssm").get_calendar_state, **asked) == "InvalidDocument"


@pytest.mark.parametrize(
    "content",
    ["", text("AJAR"), text("OPEN", EVENT.replace("END:VEVENT", "RRULE:FREQ=DAILY\r\nEND:VEVENT"))],
    ids=["empty", "no type", "repeated"],
)
def test_a_calendar_that_cannot_be_evaluated_is_refused(content: str) -> None:
    with pytest.raises(CalendarError):
        Calendar(content)
