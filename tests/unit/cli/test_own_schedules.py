"""What makes schedules equal to the configuration, whatever there is and wherever it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.config.workflows import Workflow
from ebbtide_cli.own_schedules import Change, Place, changes_between, wanted_schedules
from ebbtide_cli.workflow_states import states_of

PLACE = Place("ebbtide", "arn:aws:states:::stateMachine:x", "arn:aws:iam:::role/schedule")
MOMENT = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
NAMES = ("nightly", "sandbox", "weekly")
type World = dict[str, dict[str, Any]]


def workflow(name: str = "nightly", **given: Any) -> Workflow:
    return Workflow(name=name, steps=("collect",), **{"schedule": "rate(1 hour)"} | given)


def carry_out(world: World, changes: Sequence[Change]) -> None:
    """Do as EventBridge Scheduler: an update replaces everything, and defaults are returned."""
    for change in changes:
        if change.action == "delete":
            world.pop(change.name, None)
            continue
        assert (change.name in world) is (change.action == "update")
        assert change.schedule["GroupName"] == PLACE.group
        given = json.loads(json.dumps(change.schedule))
        defaults = {"ActionAfterCompletion": "NONE", "Arn": f"arn:{change.name}"}
        world[change.name] = defaults | given


workflows = st.lists(
    st.builds(
        workflow,
        st.sampled_from(NAMES),
        schedule=st.sampled_from([None, "rate(1 hour)", "cron(0 2 * * ? *)"]),
        timezone=st.sampled_from(["UTC", "Europe/Berlin"]),
    ),
    unique_by=lambda one: one.name,
)
targets = st.fixed_dictionaries(
    {"Arn": st.sampled_from([PLACE.machine, "arn:other"]), "RoleArn": st.just(PLACE.role)},
    optional={
        "Input": st.sampled_from(['{ "workflow":"nightly" }', "{}", "not JSON"]),
        "RetryPolicy": st.fixed_dictionaries({"MaximumRetryAttempts": st.integers(0, 5)}),
        "DeadLetterConfig": st.just({"Arn": "arn:queue"}),
    },
)
found = st.dictionaries(
    st.sampled_from((*NAMES, "by-hand")),
    st.fixed_dictionaries(
        {
            "ScheduleExpression": st.sampled_from(["rate(1 hour)", "at(2026-12-01T00:00:00)"]),
            "FlexibleTimeWindow": st.sampled_from([{"Mode": "OFF"}, {"Mode": "FLEXIBLE"}]),
            "Target": targets,
        },
        optional={
            "State": st.sampled_from(["ENABLED", "DISABLED"]),
            "ScheduleExpressionTimezone": st.just("Asia/Tokyo"),
            "StartDate": st.just(MOMENT),
            "ActionAfterCompletion": st.just("DELETE"),
            "KmsKeyArn": st.just("arn:key"),
        },
    ),
)


@given(workflows, found, st.integers(0, 8))
def test_applying_the_changes_leaves_none_wherever_it_was_stopped_before(
    configured: list[Workflow], world: World, done: int
) -> None:
    world = dict(world)
    keys = {name: one.get("KmsKeyArn") for name, one in world.items()}
    wanted = wanted_schedules(configured, PLACE)
    carry_out(world, changes_between(world, wanted)[:done])
    carry_out(world, changes_between(world, wanted))
    assert changes_between(world, wanted) == []
    assert world.keys() == {one.name for one in configured if one.schedule}
    for one in configured:
        if one.schedule:
            schedule = world[one.name]
            assert schedule["ScheduleExpression"] == one.schedule
            assert schedule["ScheduleExpressionTimezone"] == one.timezone
            assert schedule["State"] == "ENABLED"
            assert json.loads(schedule["Target"]["Input"]) == {"workflow": one.name}
            assert schedule.get("KmsKeyArn") == keys.get(one.name)


@pytest.mark.parametrize(
    ("altered", "words"),
    [
        ({"ScheduleExpression": "rate(6 hours)"}, "schedule: rate(6 hours) -> rate(1 hour)"),
        ({"ScheduleExpressionTimezone": "Asia/Tokyo"}, "timezone: Asia/Tokyo -> UTC"),
        ({"State": "DISABLED"}, "state: DISABLED -> ENABLED"),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}},
            'window: {"MaximumWindowInMinutes": 5, "Mode": "FLEXIBLE"} -> {"Mode": "OFF"}',
        ),
        ({"EndDate": "2026-12-01"}, "end: 2026-12-01 -> none"),
        ({"ActionAfterCompletion": "DELETE"}, "after_completion: DELETE -> NONE"),
    ],
)
def test_a_difference_names_the_field(altered: Mapping[str, Any], words: str) -> None:
    wanted = wanted_schedules([workflow()], PLACE)
    found = {"nightly": {**wanted["nightly"], **altered}}
    (change,) = changes_between(found, wanted)
    assert (change.action, change.words) == ("update", words)
    assert change.is_disabled_only is ("State" in altered)


def test_spaces_in_the_input_are_no_difference_but_another_workflow_is() -> None:
    wanted = wanted_schedules([workflow()], PLACE)

    def with_input(text: str | None) -> list[Change]:
        target = {**wanted["nightly"]["Target"], "Input": text}
        return changes_between({"nightly": {**wanted["nightly"], "Target": target}}, wanted)

    assert with_input('{\n "workflow" : "nightly"\n}') == []
    for text in ('{"workflow": "cleanup"}', "nightly", None):
        assert [*with_input(text)[0].fields] == ["input"]


@pytest.mark.parametrize(
    ("altered", "word", "next_start"),
    [
        ({}, "applied", "11:07"),
        ({"State": "DISABLED"}, "disabled", None),
        ({"ScheduleExpression": "rate(2 hours)"}, "different", "12:07"),
        ({"State": "DISABLED", "ScheduleExpression": "rate(2 hours)"}, "different", None),
    ],
)
def test_the_state_is_that_of_what_aws_has(
    altered: dict[str, Any], word: str, next_start: str | None
) -> None:
    created = datetime(2026, 11, 27, 8, 7, tzinfo=UTC)
    found = {"nightly": wanted_schedules([workflow()], PLACE)["nightly"] | altered}
    found["nightly"]["CreationDate"] = created
    state = states_of([workflow()], found, PLACE, datetime(2026, 11, 27, 10, 30, tzinfo=UTC))
    assert state["nightly"].word == word
    shown = state["nightly"].next_start
    assert (None if shown is None else f"{shown:%H:%M}") == next_start


def test_what_is_missing_or_left_over_is_told() -> None:
    found = wanted_schedules([workflow("old")], PLACE)
    states = states_of([workflow(), workflow("idle", schedule=None)], found, PLACE, MOMENT)
    assert {name: state.word for name, state in states.items()} == {
        "nightly": "missing",
        "old": "left over",
    }
