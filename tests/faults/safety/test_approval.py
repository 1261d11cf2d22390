"""A repeated announcement has the result of the first one."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from ebbtide.deployment.events import HOOKABLE_EVENTS, STEP_EVENTS
from tests.support.interpreter import TaskError
from tests.unit.statemachine.test_statemachine import RUN_ID, Workflow, hooks
from tools.template import read_template

CLOSED = "StepFunctions.ExecutionAlreadyExistsException"


class Repeated(Workflow):
    """A workflow in which one announcement was started before, and has one status after another."""

    def __init__(
        self, event: str, *statuses: str, error: str = CLOSED, output: str = "{}", **changes: Any
    ) -> None:
        automations = hooks({event: ["anyone"]})
        super().__init__(fails={f"Announce {event}": error}, automations=automations, **changes)
        self.statuses = list(statuses)
        self.output_text = output
        self.looked_at: list[str] = []

    def answer(self, state: str, resource: str, given: Any) -> Any:
        if "describeExecution" in resource and state != "Look At Holder":
            self.looked_at.append(given["ExecutionArn"])
            status = self.statuses.pop(0)
            text = {"Output": self.output_text} if status == "SUCCEEDED" else {}
            return {"Status": status, **text}
        return super().answer(state, resource, given)

    def end(self) -> str:
        """Run the workflow and return its last event."""
        try:
            self.run()
        except TaskError:
            return "workflow_failed"
        return self.events[-1]


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SOMETHING_NEW"])
def test_an_announcement_that_failed_before_ends_the_run(event: str, status: str) -> None:
    run = Repeated(event, status)
    assert run.end() == "workflow_failed"
    assert run.data_of("workflow_failed")["error"] == "AnnouncementFailed"
    cleans = run.states.count("Clean Up Accounts")
    assert cleans == int(_is_after_cleanup(event))


def _is_after_cleanup(event: str) -> bool:
    return HOOKABLE_EVENTS.index(event) > HOOKABLE_EVENTS.index("cleanup")


ANSWERED = json.dumps({"automations": [], "jobs": [], "holds": 0, "held_by": []})
HELD = json.dumps({"automations": [], "jobs": [], "holds": 2, "held_by": ["one", "two"]})
EVERYTHING = ["workflow_started", *STEP_EVENTS, "workflow_succeeded"]
UNHOLDABLE = HOOKABLE_EVENTS[HOOKABLE_EVENTS.index("cleanup") + 1 :]


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_an_announcement_that_succeeded_before_lets_the_run_go_on(event: str) -> None:
    run = Repeated(event, "SUCCEEDED", output=ANSWERED)
    assert run.end() == "workflow_succeeded"
    others = [one for one in EVERYTHING if one != event]
    assert run.events == others
    assert "Clean Up Accounts" in run.states
    (execution,) = run.looked_at
    digest = hashlib.sha1(RUN_ID.encode()).hexdigest()
    assert execution.endswith(f":{event}-{digest}")


HOLDABLE = [one for one in HOOKABLE_EVENTS if one not in UNHOLDABLE]
UNKNOWN = ["{}", '{"holds": 0}', '{"held_by": []}', '{"holds": "0", "held_by": []}', "[]", "null"]


@pytest.mark.parametrize("output", UNKNOWN)
@pytest.mark.parametrize("event", HOLDABLE)
def test_an_announcement_that_does_not_say_who_holds_the_plan_ends_the_run(
    event: str, output: str
) -> None:
    run = Repeated(event, "SUCCEEDED", output=output)
    assert run.end() == "workflow_failed"
    told = run.data_of("workflow_failed")
    assert told["error"] == "FormatError"
    assert f"announcement of {event} does not say" in told["cause"]
    assert "Clean Up Accounts" not in run.states


@pytest.mark.parametrize("event", UNHOLDABLE)
def test_an_announcement_after_the_cleanup_needs_no_answer(event: str) -> None:
    assert Repeated(event, "SUCCEEDED", output="{}").end() == "workflow_succeeded"


@pytest.mark.parametrize("event", HOLDABLE)
def test_an_announcement_that_held_the_plan_before_still_holds_it(event: str) -> None:
    run = Repeated(event, "SUCCEEDED", output=HELD)
    assert run.end() == "workflow_succeeded"
    assert "Clean Up Accounts" not in run.states
    assert run.data_of("cleanup_held")["held_by"] == ["one", "two"]


def test_a_later_repetition_does_not_lift_a_hold() -> None:
    run = Repeated("pre_cleanup", "SUCCEEDED", "SUCCEEDED", output=HELD)
    run.claim["automations"] = hooks({"pre_cleanup": ["one"], "cleanup": ["two"]})
    run.fails["Announce cleanup"] = CLOSED
    ordinary = run.answer

    def answer(state: str, resource: str, given: Any) -> Any:
        if "describeExecution" in resource and run.looked_at:
            run.output_text = ANSWERED
        return ordinary(state, resource, given)

    run.answer = answer  # type: ignore[method-assign]
    assert run.end() == "workflow_succeeded"
    assert len(run.looked_at) == 2
    assert "Clean Up Accounts" not in run.states


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
@pytest.mark.parametrize(("ending", "cleans"), [("SUCCEEDED", True), ("FAILED", False)])
def test_an_announcement_under_way_is_waited_for(status: str, ending: str, cleans: bool) -> None:
    run = Repeated("pre_cleanup", status, status, ending, output=ANSWERED)
    assert run.end() == ("workflow_succeeded" if cleans else "workflow_failed")
    assert run.states.count("Wait For Announcement") == 2
    assert ("Clean Up Accounts" in run.states) == cleans


def test_an_announcement_that_cannot_be_looked_at_ends_the_run() -> None:
    run = Repeated("pre_cleanup", "SUCCEEDED")
    ordinary = run.answer

    def answer(state: str, resource: str, given: Any) -> Any:
        if state == "Look At Announcement":
            raise TaskError("Sfn.AccessDeniedException")
        return ordinary(state, resource, given)

    run.answer = answer  # type: ignore[method-assign]
    assert run.end() == "workflow_failed"
    assert "Clean Up Accounts" not in run.states


def test_the_workflow_may_look_at_its_announcements() -> None:
    """The role names the executions of the machine that announces, as the definition does."""
    resources = read_template()["Resources"]
    machine = resources["WorkflowStateMachine"]["Properties"]
    prefix = machine["DefinitionSubstitutions"]["AnnounceExecution"]["Fn::Sub"]
    policies = resources["WorkflowRole"]["Properties"]["Policies"]
    allowed = [
        resource["Fn::Sub"]
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if "states:DescribeExecution" in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert f"{prefix}:*" in allowed


def test_an_announcement_that_fails_ends_the_run_before_anything_is_deleted() -> None:
    automations = hooks({"pre_cleanup": ["anyone"]})
    run = Workflow(fails={"Announce pre_cleanup": "AutomationFailed"}, automations=automations)
    with pytest.raises(TaskError):
        run.run()
    assert run.events[-1] == "workflow_failed"
    assert "Clean Up Accounts" not in run.states
