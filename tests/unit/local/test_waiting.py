"""A run is waited for as long as it advances, and not much longer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.deploy import Deployment
from local.observation import Look
from local.patience import STALL_SECONDS, Patience
from local.session import RunError, Session

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:ebbtide:slow"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = 3600.0
# How a run shows that it advances; each list of steps below is a run of its own.
SIGNS = ("history", "event", "object", "call")

gaps = st.floats(min_value=0.0, max_value=STALL_SECONDS - 5, allow_nan=False)
runs = st.lists(st.tuples(gaps, st.sampled_from(SIGNS)), min_size=1, max_size=8)


@dataclass
class Machine:
    """A fake of the emulated cloud, where a run does one thing after each gap of seconds."""

    folder: Path
    steps: list[tuple[float, str]]
    ends: bool
    lag: float = 0.0  # seconds that each call takes on this machine
    drowsiness: float = 5.0  # how many times longer than asked for a sleep takes
    now: float = 0.0
    messages: list[str] = field(default_factory=list)
    _done: int = 0
    _history: int = 1
    _objects: int = 0
    _due: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._due = list(accumulate(gap for gap, _ in self.steps))

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds * self.drowsiness
        while self._done < len(self.steps) and self._due[self._done] <= self.now:
            self._do(self.steps[self._done][1])
            self._done += 1

    def _do(self, what: str) -> None:
        if what == "history":
            self._history += 1
        elif what == "event":
            detail = {"run_id": "slow", "event": "collect", "data": {}}
            self.messages.append(json.dumps({"detail": detail}))
        elif what == "object":
            self._objects += 1
        else:
            with (self.folder / "calls.jsonl").open("a") as record:
                record.write('{"principal": "arn:aws:sts::2:assumed-role/EbbtideReader/x"}\n')

    @property
    def last_step(self) -> float:
        return self._due[-1]

    # What the session asks.

    state_dir = property(lambda self: self.folder)

    def mark(self) -> int:
        return 0

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        self.now += self.lag
        ended = self.ends and self._done == len(self.steps)
        stop = START + timedelta(seconds=self.now)
        return {
            "name": "slow",
            "status": "SUCCEEDED" if ended else "RUNNING",
            "startDate": START,
            "stopDate": stop,
        }

    def get_execution_history(self, **_: Any) -> dict[str, Any]:
        entered = {"stateEnteredEventDetails": {"name": "Collect Tasks"}}
        return {"events": [{"id": self._history, "timestamp": START, **entered}]}

    def get_paginator(self, _: str) -> Machine:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": str(n), "ETag": ""} for n in range(self._objects)]}]

    def receive_message(self, **_: Any) -> dict[str, Any]:
        received, self.messages = self.messages, []
        return {"Messages": [{"Body": body, "ReceiptHandle": ""} for body in received]}

    def delete_message(self, **_: Any) -> None:
        pass

    def session(self) -> Session:
        (self.folder / "calls.jsonl").write_text("")
        cloud: Any = self
        deployment = Deployment({"BucketName": "bucket"}, 0, 0)
        session = Session(cloud, deployment, queue="events")
        for service in ("stepfunctions", "s3", "sqs"):
            session._clients[service, "111111111111", "us-east-1"] = self
        return session

    def patience(self) -> Patience:
        return Patience(clock=self.clock, sleep=self.sleep)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@given(steps=runs, lag=st.sampled_from([0.0, 0.5, 20.0]), drowsiness=st.sampled_from([5.0, 20.0]))
def test_a_slow_run_that_advances_is_waited_for(
    folder: Path, steps: list[tuple[float, str]], lag: float, drowsiness: float
) -> None:
    machine = Machine(folder, steps, ends=True, lag=lag, drowsiness=drowsiness)
    assert machine.session().wait(EXECUTION, machine.patience()).status == "SUCCEEDED"
    assert machine.now >= machine.last_step


@settings(max_examples=30)
@given(steps=runs)
def test_a_run_that_stands_still_fails_with_the_time_it_stood_still(
    folder: Path, steps: list[tuple[float, str]]
) -> None:
    machine = Machine(folder, steps, ends=False)
    with pytest.raises(RunError) as caught:
        machine.session().wait(EXECUTION, machine.patience())
    still, waited = (float(number) for number in re.findall(r"(\d+) seconds", str(caught.value)))
    assert STALL_SECONDS - 1 <= still <= STALL_SECONDS + 10
    assert still == pytest.approx(machine.now - machine.last_step, abs=3)
    assert waited == pytest.approx(machine.now, abs=3)


def test_the_sentence_says_what_was_waited_for_and_where_to_look(folder: Path) -> None:
    machine = Machine(folder, [(1.0, "event")], ends=False)
    with pytest.raises(RunError) as caught:
        machine.session().wait(EXECUTION, machine.patience())
    sentence = str(caught.value)
    assert "run slow has stalled" in sentence
    assert "in the state 'Collect Tasks' since 12:00:00; its last event was 'collect'" in sentence
    assert str(folder / "emulator.log") in sentence
    assert f"get-execution-history --reverse-order --execution-arn {EXECUTION}" in sentence


def test_a_waiter_that_was_suspended_does_not_blame_the_run() -> None:
    times = iter([0.0, 0.0, HOUR, HOUR + 5, HOUR + 5 + STALL_SECONDS])
    patience = Patience(clock=lambda: next(times))
    for _ in range(3):
        patience.saw("the same")
    assert not patience.stalled


def test_the_last_look_sees_the_ended_run(folder: Path) -> None:
    machine = Machine(folder, [(3.0, "event"), (0.0, "object")], ends=True)
    looks: list[Look] = []
    note: Callable[[Look], None] = looks.append
    machine.session().wait(EXECUTION, machine.patience(), note)
    assert looks[-1].ended
    assert (looks[-1].last_event, len(looks[-1].objects)) == ("collect", 1)
    assert not looks[0].ended
