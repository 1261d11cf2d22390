"""What follows for the rest of a plan if some of it stays."""

from __future__ import annotations

from typing import Any

from ebbtide.cleanup.board import Board
from ebbtide.cleanup.following import Following
from ebbtide.cleanup.state import Progress, State
from ebbtide.plan import Planned
from tests.support.builders import resource


def planned(id: str, **rest: Any) -> Planned:
    subject = resource("aws_sns_topic", id).subject
    return Planned(subject, rest.pop("action", "delete"), ("expired",), "expired", **rest)


def name(id: str) -> str:
    return resource("aws_sns_topic", id).graph_id


def followed(*entries: Planned, skipped: str, status: Any = "skipped") -> dict[str, str]:
    """Return the reason of each resource that stays, by id."""
    found = {entry.subject.graph_id: entry for entry in entries}
    state = State("run", "account", "hash", False, "now", resources={n: Progress() for n in found})
    state.resources[name(skipped)].status = status
    following = Following(Board(state, found, lambda: "now"))
    following.skip_all()
    staying = {n for n, progress in state.resources.items() if progress.status != "planned"}
    assert following.going() == found.keys() - staying
    return {found[n].subject.id: state.resources[n].reason for n in staying}


def test_what_is_needed_by_something_that_stays_stays() -> None:
    entries = planned("topic", needed_by=(name("alarm"),)), planned("alarm"), planned("other")
    for status in ("skipped", "failed"):
        found = followed(*entries, skipped="alarm", status=status)
        assert found.keys() == {"alarm", "topic"}
        assert found["topic"] == f"is still needed by {name('alarm')}, which stays"


def test_what_needs_something_that_stays_may_go() -> None:
    entries = planned("topic", needed_by=(name("alarm"),)), planned("alarm")
    assert followed(*entries, skipped="topic").keys() == {"topic"}


def test_a_whole_stays_if_one_of_its_parts_is_needed_by_something_that_stays() -> None:
    entries = (
        planned("vpc", after=(name("group"), name("gateway"))),
        planned("group", part_of=name("vpc"), needed_by=(name("template"),)),
        planned("gateway", part_of=name("vpc")),
        planned("template"),
        planned("other"),
    )
    found = followed(*entries, skipped="template")
    assert found.keys() == {"template", "group", "vpc", "gateway"}


def test_an_owner_stays_with_what_it_carries_and_that_with_its_users() -> None:
    entries = (
        planned("stack", needed_by=(name("alarm"),)),
        planned("topic", action="goes_with", goes_with=name("stack"), after=(name("stack"),)),
        planned("alarm", after=(name("last"),)),
        planned("last"),
    )
    assert followed(*entries, skipped="last").keys() == {"last", "alarm", "stack", "topic"}
