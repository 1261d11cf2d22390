"""The example ticket-on-hold: one ticket, whatever is delivered, lost or killed in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from ebbtide.base.clock import from_text, to_text
from tests.support.example_functions import function_of
from tests.support.ticket_system import TicketSystem
from tests.support.told_commands import assert_accepted

SECRET = {"user": "ebbtide@example.com", "token": "a-secret-token"}


@pytest.fixture
def hear(
    secrets: Callable[..., str],
    system: TicketSystem,
    event: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., None]]:
    """Let the example hear of an event, some minutes after the first one."""
    secrets("tickets", json.dumps({**SECRET, "url": f"{system.url}/"}))
    values = {
        "TICKET_SECRET": "tickets",
        "PROJECT": "OPS",
        "ISSUE_TYPE": "Task",
        "CLOSE_TRANSITION": "31",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    boto3.client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    with function_of("ticket-on-hold") as imported:
        app = imported("app")

        def hearing(name: str = "cleanup_held", minutes: int = 0, **data: Any) -> None:
            told = event(name, **data)
            told["time"] = to_text(from_text(told["time"]) + timedelta(minutes=minutes))
            app.hear(told, None)

        yield hearing


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let some seconds pass, by what the function takes for the current time."""

    def passing(seconds: int) -> None:
        app = __import__("app")
        real = app.now
        monkeypatch.setattr(app, "now", lambda: real() + timedelta(seconds=seconds))

    return passing


def released(hear: Callable[..., None], minutes: int, **data: Any) -> None:
    hear("post_cleanup", minutes, **{"held": False, "held_resources": 0, **data})


def test_a_hold_opens_a_ticket_with_what_to_do(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear()
    (ticket,) = system.tickets.values()
    assert ticket.fields["project"] == {"key": "OPS"}
    assert ticket.fields["summary"] == "Ebbtide holds 4 deletions"
    assert (
        "ebbtide --bucket ebbtide-bucket plan approve run-1 --all" in ticket.fields["description"]
    )
    assert system.authorizations[0] is not None
    assert system.authorizations[0].startswith("Basic ")


def test_the_commands_of_a_ticket_can_be_typed(
    hear: Callable[..., None], system: TicketSystem, tmp_path: Path
) -> None:
    hear()
    text = system.tickets["OPS-1"].fields["description"]
    found = re.findall(r": (ebbtide .+)$", text, re.MULTILINE)
    assert len(found) == 2
    for command in found:
        assert_accepted(command, tmp_path)


def test_what_no_approval_releases_has_no_such_command(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear(approval="never", held_by=["change-freeze"], held_resources=0)
    text = system.tickets["OPS-1"].fields["description"]
    assert "plan approve" not in text and "Automations that hold: change-freeze" in text


def test_an_event_that_is_delivered_again_changes_nothing(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    for _ in range(3):
        hear()
    assert len(system.tickets) == 1 and system.tickets["OPS-1"].comments == []


def test_an_event_that_is_delivered_at_the_same_time_opens_one_ticket(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    with ThreadPoolExecutor(4) as pool:
        tried = [pool.submit(hear) for _ in range(4)]
    failed = [one.exception() for one in tried if one.exception() is not None]
    # Lambda repeats those.
    assert {type(one).__name__ for one in failed} <= {"ChangedError"}
    assert len(failed) < 4 and len(system.tickets) == 1
    hear()
    assert len(system.tickets) == 1


def test_the_same_hold_an_hour_later_is_the_same_ticket(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear()
    hear(minutes=60, hash="1" * 64)
    assert system.tickets["OPS-1"].comments == []
    hear(minutes=120, hash="2" * 64, held_resources=9, selected=9)
    (comment,) = system.tickets["OPS-1"].comments
    assert len(system.tickets) == 1 and "Held: 9 of 9 planned resources" in comment


def test_a_later_run_that_is_not_held_closes_the_ticket_and_another_hold_opens_one(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear()
    for _ in range(2):
        released(hear, 60)
    ticket = system.tickets["OPS-1"]
    assert ticket.closed and len(ticket.comments) == 1
    hear()  # a late delivery of the first event
    assert len(system.tickets) == 1
    hear(minutes=120, hash="1" * 64)
    assert len(system.tickets) == 2 and not system.tickets["OPS-2"].closed


@pytest.mark.parametrize(
    "data",
    [{"held": True}, {"held_resources": 1}, {"held_by": ["one"]}, {"enabled": False}],
)
def test_a_run_that_is_held_or_changes_nothing_leaves_the_ticket_open(
    hear: Callable[..., None], system: TicketSystem, data: dict[str, Any]
) -> None:
    hear()
    released(hear, 60, **data)
    assert not system.tickets["OPS-1"].closed


def test_an_earlier_run_that_was_not_held_leaves_the_ticket_open(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear()
    released(hear, -60)
    assert not system.tickets["OPS-1"].closed


def test_a_ticket_whose_answer_was_lost_is_found_again(
    hear: Callable[..., None], system: TicketSystem, later: Callable[[int], None]
) -> None:
    system.lost = True
    with pytest.raises(Exception, match="answered 504"):
        hear()
    with pytest.raises(Exception, match="another invocation is opening the ticket"):
        hear()
    later(61)
    hear()
    assert len(system.tickets) == 1
    released(hear, 60)
    assert system.tickets["OPS-1"].closed


def test_a_ticket_that_was_not_opened_is_opened_by_the_next_try(
    hear: Callable[..., None], system: TicketSystem, later: Callable[[int], None]
) -> None:
    system.status = 503
    with pytest.raises(Exception, match="answered 503") as failed:
        hear()
    assert SECRET["token"] not in str(failed.value)
    system.status = 0
    later(61)
    hear()
    assert len(system.tickets) == 1


def test_what_people_do_with_the_ticket_stops_nothing(
    hear: Callable[..., None], system: TicketSystem
) -> None:
    hear()
    system.tickets["OPS-1"].closed = True
    released(hear, 60)
    hear(minutes=120, hash="1" * 64)
    del system.tickets["OPS-2"]
    hear(minutes=180, hash="2" * 64, held_resources=9)
    assert list(system.tickets) == ["OPS-1", "OPS-2"]
    assert "Ebbtide holds 9 deletions" in system.tickets["OPS-2"].fields["summary"]
