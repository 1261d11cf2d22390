"""Somebody starts, watches and stops runs with the command; two starts meet."""
# ruff: noqa: ARG001  (a fixture may name the previous run only to fix the order)

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import Result

from ebbtide.deployment.events import STEPS
from ebbtide.store.keys import CLAIM
from local.deploy import ACCOUNT
from local.session import Session, cleanup
from tests.e2e.people import ebbtide
from tests.e2e.scenario import Stage, Told, in_full

# Nine more runs, most of which are stopped or skipped: two minutes.
pytestmark = pytest.mark.full

OWNER = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local"}


def typed(session: Session, *words: str) -> Result:
    """Return the result of a command, which must succeed."""
    answer = ebbtide(session, OWNER, *words)
    assert answer.exit_code == 0, answer.stderr
    return answer


def shown(session: Session, run_id: str) -> dict[str, Any]:
    found = json.loads(typed(session, "runs", "show", run_id, "--format", "json").stdout)
    record: dict[str, Any] = found[0]
    return record


def await_event(session: Session, run_id: str, event: str) -> None:
    deadline = time.monotonic() + 300
    while event not in [one["event"] for one in session.events(run_id)]:
        assert time.monotonic() < deadline, f"{run_id} did not announce {event}"
        time.sleep(0.1)


def await_question(session: Session, run_id: str) -> None:
    """Wait until an automation is asked."""
    deadline = time.monotonic() + 300
    while not any("automation" in one for one in session.events(run_id)):
        assert time.monotonic() < deadline, f"{run_id} asked no automation"
        time.sleep(0.1)


def ended(session: Session, run_id: str) -> None:
    """Wait until an execution has ended."""
    machine = session.deployment.outputs["StateMachineArn"]
    session.wait(f"{machine.replace(':stateMachine:', ':execution:')}:{run_id}")


@dataclass(frozen=True)
class Stopped:
    """A run that was stopped in a step: what the command said, and what it shows afterwards."""

    step: str
    said: str
    shown: dict[str, Any]
    holder: str


@pytest.fixture(scope="module")
def session(request: pytest.FixtureRequest, stage: Stage, cleaned: Told) -> Iterator[Session]:
    assert cleaned.run.status == "SUCCEEDED", cleaned.run
    in_full(request, "killed_cleanup")
    stage.session.configure(cleanup=cleanup(dry_run=True))
    yield stage.session


@pytest.fixture(scope="module")
def stopped(session: Session) -> list[Stopped]:
    """One run after the other, each stopped while it waits for an automation in another step."""
    found = []
    for step in STEPS:
        run_id = f"stopped-in-{step}"
        silent = [{"name": "silent", "event": step}]
        session.configure(cleanup=cleanup(dry_run=True), automations=silent)
        assert (
            typed(session, "runs", "start", "--name", run_id, "--dry-run").stdout == f"{run_id}\n"
        )
        await_question(session, run_id)
        said = typed(session, "runs", "stop", run_id).stderr
        ended(session, run_id)
        holder = session.bucket.read_json(CLAIM)["run_id"]
        found.append(Stopped(step, said, shown(session, run_id), holder))
    session.configure(cleanup=cleanup(dry_run=True))
    return found


@pytest.fixture(scope="module")
def watched(session: Session, stopped: list[Stopped]) -> Result:
    """What `runs start --watch` prints of a run that takes over the claim of a stopped one."""
    return typed(session, "runs", "start", "--name", "watched", "--workflow", "collect", "--watch")


@dataclass(frozen=True)
class Overlap:
    """Two runs that were started while another one was under way."""

    warned: str
    told: str
    skipped: dict[str, Any]
    waited: dict[str, Any]
    first: dict[str, Any]


@pytest.fixture(scope="module")
def overlap(session: Session, watched: Result) -> Overlap:
    start = ("runs", "start", "--workflow", "collect", "--name")
    typed(session, *start, "first")
    await_event(session, "first", "pre_collect")
    warned = ebbtide(session, OWNER, *start, "second")
    told = ebbtide(session, OWNER, *start, "third", "--wait")
    for run_id in ("second", "first", "third"):
        ended(session, run_id)
    second, third, first = (shown(session, name) for name in ("second", "third", "first"))
    return Overlap(warned.stderr, told.stderr, second, third, first)


def test_a_run_can_be_stopped_in_each_step(stopped: list[Stopped]) -> None:
    for one in stopped:
        assert f"Stopped run stopped-in-{one.step}." in one.said
        assert one.shown["status"] == "stopped", one.shown
        assert one.holder == f"stopped-in-{one.step}"


def test_the_command_says_which_steps_a_stopped_run_has_not_done(stopped: list[Stopped]) -> None:
    for number, one in enumerate(stopped):
        (line,) = [line for line in one.said.splitlines() if line.startswith("Not done: ")]
        named = [word.strip(" ,.") for word in line.removeprefix("Not done: ").split()]
        assert [word for word in named if word in STEPS] == list(STEPS[number:])


def test_a_watched_run_shows_its_progress_and_its_end(watched: Result) -> None:
    printed = watched.stdout + watched.stderr
    assert "watched" in printed and "collect" in printed and "succeeded" in printed


def test_a_second_start_is_skipped_and_says_so(overlap: Overlap) -> None:
    assert "run first is under way, so this one will be skipped" in overlap.warned
    assert overlap.skipped["status"] == "skipped"


def test_a_start_that_waits_begins_after_the_run_under_way(overlap: Overlap) -> None:
    assert "begins when it has ended" in overlap.told
    assert (overlap.first["status"], overlap.waited["status"]) == ("succeeded", "succeeded")
    assert overlap.waited["resources"] and overlap.waited["ended"] > overlap.first["ended"]


def test_lists_name_all_of_them(session: Session, overlap: Overlap) -> None:
    rows = json.loads(typed(session, "runs", "list", "--limit", "50", "--format", "json").stdout)
    status = {row["run"]: row["status"] for row in rows}
    assert {status[f"stopped-in-{step}"] for step in STEPS} == {"stopped"}
    assert (status["watched"], status["second"], status["third"]) == (
        "succeeded",
        "skipped",
        "succeeded",
    )
