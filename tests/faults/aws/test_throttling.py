"""A run in a new account, with a quota of ten concurrent functions, loses no task."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from ebbtide.config.model import MOST_AUTOMATIONS
from tools.check_statemachine import DEFINITIONS, read_definition
from tools.template import read_template

STATES: Mapping[str, Any] = read_definition(DEFINITIONS / "collect_and_cleanup.asl.json")["States"]
MAX_CONCURRENCY = read_template()["Parameters"]["MaxConcurrency"]["Default"]
NEW_ACCOUNT = 10  # concurrent functions, the usual reduced quota of a new account
THROTTLED = "Lambda.TooManyRequestsException"
TASKS = 100
DURATIONS = (20, 60, 240)  # seconds of a task
# States whose function works for seconds, and whose retries would fill the history of an execution.
BRIEF = {"Take Answer"}
SECONDS_OF_AN_ANSWER = 20


def retrier(state: str) -> Mapping[str, Any]:
    """Return the retrier that handles throttling in the first task of a map."""
    processor = STATES[state]["ItemProcessor"]
    retriers = processor["States"][processor["StartAt"]]["Retry"]
    return next(one for one in retriers if THROTTLED in one["ErrorEquals"])


def lost_tasks(retry: Mapping[str, Any], at_once: int, quota: int, seconds: float) -> int:
    """Simulate a map of TASKS tasks with this duration in seconds; count the tasks that fail."""
    chance, order = random.Random(2026), count()
    events: list[tuple[float, int, int]] = []  # time, order, attempt (-1: end of a task)
    running = lost = 0
    waiting = TASKS

    def start(now: float) -> None:
        nonlocal waiting
        if waiting:
            waiting -= 1
            heapq.heappush(events, (now, next(order), 0))

    for _ in range(at_once):
        start(0)
    while events:
        now, _, attempt = heapq.heappop(events)
        if attempt < 0:
            running -= 1
            start(now)
        elif running < quota:
            running += 1
            heapq.heappush(events, (now + seconds, next(order), -1))
        elif attempt < retry["MaxAttempts"]:
            pause = retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt
            pause = min(pause, retry.get("MaxDelaySeconds", pause))
            if retry.get("JitterStrategy") == "FULL":
                pause = chance.uniform(0, pause)
            heapq.heappush(events, (now + pause, next(order), attempt + 1))
        else:
            lost += 1
            start(now)
    return lost


MAPS = [name for name, state in STATES.items() if THROTTLED in str(state.get("ItemProcessor"))]


def test_maps_that_call_functions_are_found() -> None:
    assert set(MAPS) >= {"Collect Tasks", "Merge Accounts", "Plan Accounts", "Aggregate Accounts"}


@pytest.mark.parametrize("state", MAPS)
def test_new_account_loses_no_task(state: str) -> None:
    lost = {
        seconds: lost_tasks(retrier(state), MAX_CONCURRENCY, NEW_ACCOUNT, seconds)
        for seconds in DURATIONS
    }
    assert lost == dict.fromkeys(DURATIONS, 0)


@pytest.mark.parametrize("state", MAPS)
def test_concurrency_above_the_quota_loses_no_task(state: str) -> None:
    """The owner may raise MaxConcurrency too far, or other functions may use the quota."""
    above = 2 * NEW_ACCOUNT
    lost = {one: lost_tasks(retrier(state), above, NEW_ACCOUNT, one) for one in DURATIONS}
    assert lost == dict.fromkeys(DURATIONS, 0)


def test_new_account_keeps_half_of_its_quota_for_other_functions() -> None:
    assert MAX_CONCURRENCY <= NEW_ACCOUNT / 2


def retriers(definition: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Yield each state that calls a function, with its retriers."""
    for name, state in definition["States"].items():
        if "Function}" in str(state.get("Resource")):
            yield name, state["Retry"]
        if "ItemProcessor" in state:
            yield from retriers(state["ItemProcessor"])


@pytest.mark.parametrize("machine", ["collect_and_cleanup", "announce"])
def test_every_function_call_is_as_patient(machine: str) -> None:
    found = dict(retriers(read_definition(DEFINITIONS / f"{machine}.asl.json")))
    assert found
    patient = retrier(MAPS[0])
    for name, retry in found.items():
        first = next(one for one in retry if {THROTTLED, "States.ALL"} & {*one["ErrorEquals"]})
        if name in BRIEF:
            assert lost_tasks(first, MOST_AUTOMATIONS, NEW_ACCOUNT, SECONDS_OF_AN_ANSWER) == 0
            first = first | {"MaxAttempts": patient["MaxAttempts"]}
        assert first == patient, name


@pytest.mark.parametrize("seconds", DURATIONS)
def test_simulation_loses_nothing_below_the_quota(seconds: float) -> None:
    (state, *_) = MAPS
    assert lost_tasks(retrier(state), NEW_ACCOUNT, NEW_ACCOUNT, seconds) == 0


def test_simulation_loses_nothing_with_patience() -> None:
    patient = {
        "IntervalSeconds": 60,
        "BackoffRate": 1,
        "MaxAttempts": 100,
        "JitterStrategy": "FULL",
    }
    assert lost_tasks(patient, 20, NEW_ACCOUNT, 60) == 0
    assert lost_tasks({**patient, "MaxAttempts": 1}, 20, NEW_ACCOUNT, 60) > 0
