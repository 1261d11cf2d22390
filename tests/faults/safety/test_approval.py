"""A repeated announcement has the result of the first one."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.deployment.events import HOOKABLE_EVENTS
from tests.faults.known import known_fault
from tests.support.interpreter import TaskError
from tests.unit.statemachine.test_statemachine import Workflow

CLOSED = "StepFunctions.ExecutionAlreadyExistsException"


class Repeated(Workflow):
    """A workflow in which one announcement was started before and ended with this status."""

    def __init__(self, event: str, status: str) -> None:
        super().__init__(fails={f"Announce {event}": CLOSED})
        self.status = status

    def answer(self, state: str, resource: str, given: Any) -> Any:
        if "describeExecution" in resource and state != "Look At Holder":
            return {"Status": self.status}
        return super().answer(state, resource, given)

    def end(self) -> str:
        """Run the workflow and return its last event."""
        try:
            self.run()
        except TaskError:
            return "workflow_failed"
        return self.events[-1]


@known_fault("safety 1.15: an approval that refused counts as announced")
@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_an_announcement_that_failed_before_ends_the_run(event: str) -> None:
    run = Repeated(event, "FAILED")
    assert run.end() == "workflow_failed"
    cleans = run.states.count("Clean Up Accounts")
    assert cleans == int(_is_after_cleanup(event))


def _is_after_cleanup(event: str) -> bool:
    return HOOKABLE_EVENTS.index(event) > HOOKABLE_EVENTS.index("cleanup")


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_an_announcement_that_succeeded_before_lets_the_run_go_on(event: str) -> None:
    assert Repeated(event, "SUCCEEDED").end() == "workflow_succeeded"


def test_an_announcement_that_fails_ends_the_run_before_anything_is_deleted() -> None:
    run = Workflow(fails={"Announce pre_cleanup": "AutomationFailed"})
    with pytest.raises(TaskError):
        run.run()
    assert run.events[-1] == "workflow_failed"
    assert "Clean Up Accounts" not in run.states
