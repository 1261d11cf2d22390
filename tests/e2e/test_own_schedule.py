"""An own workflow on its own schedule: made by an operator, started by AWS, removed again."""

from __future__ import annotations

import json

import pytest

from tests.e2e.scenario import Stage
from tests.e2e.schedules import NAME, OWN, Scheduled

pytestmark = [pytest.mark.full, pytest.mark.enforced]


def test_a_schedule_is_missing_until_somebody_with_the_right_makes_it(
    on_schedule: Scheduled,
) -> None:
    assert (on_schedule.missing["state"], on_schedule.missing["schedule_state"]) == (
        "attention",
        "missing",
    )
    assert on_schedule.refused.exit_code == 3
    assert "CreateSchedule" in on_schedule.refused.stderr
    assert "OperatorPolicyArn" in on_schedule.refused.stderr
    assert (on_schedule.shown["state"], on_schedule.shown["schedule_state"]) == ("ok", "applied")
    assert on_schedule.shown["next"] is not None
    assert "nothing to do" in on_schedule.repeated.stderr


def test_the_schedule_is_as_configured(guarded: Stage, on_schedule: Scheduled) -> None:
    (schedule,) = on_schedule.schedules.values()
    outputs = guarded.session.deployment.outputs
    assert (schedule["Name"], schedule["ScheduleExpression"]) == (NAME, OWN["schedule"])
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == outputs["StateMachineArn"]
    assert target["RoleArn"] == outputs["ScheduleRoleArn"]
    assert json.loads(target["Input"]) == {"workflow": NAME}


def test_the_schedule_starts_the_workflow_by_its_name(on_schedule: Scheduled) -> None:
    assert on_schedule.given == {"workflow": NAME}
    assert on_schedule.run.status == "SUCCEEDED", on_schedule.run


def test_what_leaves_the_configuration_leaves_the_group(on_schedule: Scheduled) -> None:
    assert on_schedule.removed.exit_code == 0, on_schedule.removed.stderr
    assert on_schedule.left == {}
