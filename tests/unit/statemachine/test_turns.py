"""Every sequence of steps, with hooks at any events: announced in order, with the work between."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ebbtide.base.errors import EventError
from ebbtide.deployment.events import HOOKABLE_EVENTS, STEPS, EventDetail
from ebbtide.deployment.turns import Turn, TurnState
from ebbtide.workflow.announcing import MOST_ENTRIES, PAUSES, put_events
from tests.support.effort import scaled
from tests.unit.statemachine.test_statemachine import JOBS, Workflow, hooks

# The work of each step: the states that do it, as the picture of the state machine names them.
WORK = {
    "collect": ["Discover Work", "Collect Tasks", "Merge Accounts", "Publish Snapshot"],
    "cleanup_plan": ["Plan Accounts", "Summarise Plans"],
    "cleanup": ["Is Cleanup Enabled", "May Clean Up", "Clean Up Accounts", "Summarise Cleanup"],
    "generate_metrics": ["Aggregate Accounts", "Publish Metrics", "Write Report"],
}
DONE_BY = {state: step for step, states in WORK.items() for state in states}


class Watched(Workflow):
    """A workflow that notes its events and work in order, and repeats some calls of its function.

    `killed` names these calls, counted from 0: their answer is lost, so they are made again.
    """

    def __init__(
        self, only: Collection[str], hooked: Collection[str] = (), killed: Collection[int] = ()
    ) -> None:
        named = hooks({event: [f"at-{event}"] for event in hooked})
        super().__init__("own", only=only, automations=named, held_alone=1)
        self.killed = killed
        self.noted: list[str] = []
        self.calls = 0

    def tell(self, detail: Any) -> None:
        super().tell(detail)
        self.noted.append(detail["event"])

    def turn(self, given: Any) -> dict[str, Any]:
        answer = super().turn(copy.deepcopy(given))
        self.calls += 1
        if self.calls - 1 in self.killed:
            assert super().turn(given) == answer
        return answer

    def answer(self, state: str, resource: str, given: Any) -> Any:
        if state in DONE_BY:
            self.noted.append(state)
        return super().answer(state, resource, given)


def expected(steps: Collection[str]) -> list[str]:
    """The events and the tasks of a run in order, as docs/events.md says."""
    found = ["workflow_started"]
    for step in STEPS:
        if step in steps:
            held = ["cleanup_held"] if step == "cleanup" else []
            tasks = [state for state in WORK[step] if not state.endswith(("Accounts", "Tasks"))]
            tasks = [state for state in tasks if not state.startswith(("Is ", "May "))]
            found += [f"pre_{step}", step, *tasks, *held, f"post_{step}"]
    return [*found, "workflow_succeeded"]


def possible(steps: frozenset[str]) -> bool:
    return bool(steps) and ("cleanup" not in steps or "cleanup_plan" in steps)


SEQUENCES = st.frozensets(st.sampled_from(STEPS)).filter(possible)
HOOKED = st.frozensets(st.sampled_from(HOOKABLE_EVENTS))


@settings(max_examples=scaled(40))
@given(SEQUENCES, HOOKED)
def test_each_event_is_announced_once_in_order_with_the_work_between(
    steps: frozenset[str], hooked: frozenset[str]
) -> None:
    run = Watched(steps, hooked)
    run.run()
    assert run.noted == expected(steps)
    # What needs approval is what one automation was asked for, and each works under its own name.
    for step in steps:
        assert [state for state in run.states if DONE_BY.get(state) == step] == WORK[step]
    asked = {given["Input"]["event"] for state, given in run.asked if state == "Ask Hooks"}
    assert asked == {event for event in hooked if event in run.noted}


@settings(max_examples=scaled(40))
@given(SEQUENCES, HOOKED, st.frozensets(st.integers(0, 12), max_size=3))
def test_repeated_call_changes_nothing_but_that_events_come_twice(
    steps: frozenset[str], hooked: frozenset[str], killed: frozenset[int]
) -> None:
    usual, repeated = Watched(steps, hooked), Watched(steps, hooked, killed)
    assert usual.run() == repeated.run()
    assert repeated.states == usual.states
    assert list(dict.fromkeys(repeated.noted)) == usual.noted
    twice = [event for event in set(repeated.noted) if repeated.noted.count(event) > 1]
    # The hooks of an event are asked by an execution whose name makes it the only one.
    assert not set(twice) & hooked
    assert {one["event"]: one for one in repeated.announced} == {
        one["event"]: one for one in usual.announced
    }


@settings(max_examples=scaled(40))
@given(SEQUENCES, HOOKED)
def test_event_costs_two_transitions_at_most_unless_it_has_hooks(
    steps: frozenset[str], hooked: frozenset[str]
) -> None:
    usual, asking = Watched(steps), Watched(steps, hooked)
    for run in (usual, asking):
        run.run()
    # What comes together is announced together: before and after the work of each step.
    assert loop_of(usual) == 2 * (len(steps) + 1) < 2 * len(usual.events)
    assert loop_of(asking) == loop_of(usual) + 3 * asking.states.count("Ask Hooks")


def loop_of(run: Workflow) -> int:
    return sum(run.states.count(name) for name in ("Announce Events", "Next Turn", "Ask Hooks"))


def transitions(run: Workflow) -> int:
    """The transitions of the run itself; children and announcements have executions of their own.

    In the interpreter, each child of an account enters two or more states.
    """
    own = ("Discover Work", "Collect Tasks")
    children = [one for one in run.states if one.endswith((" Account", " Task"))]
    children += [one for one in run.states if one in ("Tick", "Is Account Done", "Leave Account")]
    return len(run.states) - len([one for one in children if one not in own])


def test_transitions_are_as_many_as_the_documentation_says() -> None:
    """27 (docs/costs.md): a run of all steps without hooks, with cleanup disabled."""
    run = Workflow(cleanup_enabled=False)
    run.run()
    assert transitions(run) == 27


def test_jobs_are_added_up_before_the_last_event() -> None:
    run = Workflow("metrics", jobs=hooks({}))
    run.run()
    assert run.states[-6:] == [
        "Next Turn",
        "Summarise Jobs",
        "Announce Events",
        "Next Turn",
        "Release Claim",
        "Succeeded",
    ]
    assert run.data_of("workflow_succeeded")["jobs"] == JOBS


def test_turn_is_either_an_event_or_work() -> None:
    for wrong in ({}, {"event": "collect", "work": "collect"}):
        with pytest.raises(ValidationError, match="either an event or work"):
            Turn.model_validate(wrong)


def test_first_state_begins_where_a_new_turn_state_does() -> None:
    run = Workflow()
    run.run()
    first = next(given for state, given in run.asked if state == "Announce Events")
    assert first["turn"] == TurnState().model_dump(mode="json")


def test_answer_that_names_an_unknown_turn_fails_the_run_with_an_event() -> None:
    run = Workflow()
    ordinary = run.turn
    run.turn = lambda given: ordinary(given) | {"next": "dance"}  # type: ignore[method-assign]
    with pytest.raises(Exception, match="TurnUnknown: The run cannot do dance next"):
        run.run()
    assert run.events[-1] == "workflow_failed"
    assert "Clean Up Accounts" not in run.states


# The bus.


class Bus:
    """A bus that refuses some events for some attempts, and keeps the others in order."""

    def __init__(self, **refusals: int) -> None:
        self.refusals = refusals
        self.accepted: list[str] = []
        self.slept = 0

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert 0 < len(Entries) <= MOST_ENTRIES
        return {"Entries": [self.put(entry["DetailType"]) for entry in Entries]}

    def put(self, event: str) -> dict[str, str]:
        if self.refusals.get(event, 0):
            self.refusals[event] -= 1
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        self.accepted.append(event)
        return {"EventId": "1"}

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= max(PAUSES)
        self.slept += 1


def put(bus: Bus, *events: str) -> None:
    details = [EventDetail(run_id="r", workflow="w", event=one, bucket="b") for one in events]
    put_events(bus, "bus", details, bus.sleep)


def test_only_what_the_bus_has_refused_is_put_again() -> None:
    bus = Bus(b=1, d=3)
    put(bus, "a", "b", "c", "d")
    assert bus.accepted == ["a", "c", "b", "d"]
    assert bus.slept == 3


def test_bus_that_goes_on_refusing_fails_the_run_and_what_it_accepted_is_not_repeated() -> None:
    bus = Bus(b=100)
    with pytest.raises(EventError, match="refused b: ThrottlingException: slow down"):
        put(bus, "a", "b", "c")
    assert bus.accepted == ["a", "c"]
    assert bus.slept == len(PAUSES)


def test_more_events_than_a_call_may_have_are_put_in_several_calls() -> None:
    bus, many = Bus(), [f"e{number}" for number in range(2 * MOST_ENTRIES + 1)]
    put(bus, *many)
    assert bus.accepted == many
    put(bus)
    assert len(bus.accepted) == len(many)
