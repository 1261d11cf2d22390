"""An own workflow on its own schedule, which a person with the operator's rights makes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from typer.testing import Result

from local.session import Record, Run, Session
from tests.e2e.people import ebbtide, person

NAME = "every-minute"
OWN = {"name": NAME, "steps": ["collect", "generate_metrics"], "schedule": "rate(1 minute)"}
# The first start comes a minute and up to a tick of ten seconds after the schedule was made.
_LONGEST = 180


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What became of the schedule; `missing` is what the status said before it was made."""

    refused: Result
    missing: Record
    schedules: dict[str, Record]
    shown: Record
    repeated: Result
    run: Run
    given: Record
    removed: Result
    left: dict[str, Record]


def scheduled(session: Session) -> Scheduled:
    """Make the schedule as an operator, wait for its first run, and remove the schedule."""
    viewers = person(session, "schedule-viewers", "ViewerPolicyArn")
    operators = person(session, "schedulers", "ViewerPolicyArn", "OperatorPolicyArn")
    apply = ("workflows", "apply", "--yes")
    before = {one["name"] for one in executions(session)}
    session.configure(workflows=[OWN])
    missing = status(session, viewers)
    refused = ebbtide(session, viewers, *apply)
    applied = ebbtide(session, operators, *apply)
    assert applied.exit_code == 0, applied.stderr
    schedules = found(session)
    shown, repeated = status(session, viewers), ebbtide(session, operators, *apply)
    execution = first_of(session, before)
    # The run under way still finds its workflow.
    session.configure(workflows=[{**OWN, "schedule": None}])
    removed = ebbtide(session, operators, *apply)
    run = session.wait(execution["executionArn"])
    given = json.loads(execution["input"])
    return Scheduled(
        refused, missing, schedules, shown, repeated, run, given, removed, found(session)
    )


def status(session: Session, keys: dict[str, str]) -> Record:
    """Return what the status says of the workflow."""
    (document,) = json.loads(ebbtide(session, keys, "status", "--format", "json").stdout)
    said: Record = document[f"workflow {NAME}"]
    return said


def found(session: Session) -> dict[str, Record]:
    """Return the schedules in the group of the stack."""
    client = session.client("scheduler")
    group = session.deployment.outputs["ScheduleGroupName"]
    names = [one["Name"] for one in client.list_schedules(GroupName=group)["Schedules"]]
    return {name: client.get_schedule(Name=name, GroupName=group) for name in names}


def executions(session: Session) -> list[Any]:
    machine = session.deployment.outputs["StateMachineArn"]
    listed = session.client("stepfunctions").list_executions(stateMachineArn=machine)
    return list(listed["executions"])


def first_of(session: Session, before: set[str]) -> Record:
    """Wait for the first execution that was not there before, and describe it."""
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        new = [one for one in executions(session) if one["name"] not in before]
        if new:
            first = min(new, key=lambda one: one["startDate"])
            described: Record = session.client("stepfunctions").describe_execution(
                executionArn=first["executionArn"]
            )
            return described
        time.sleep(2)
    raise AssertionError(f"the schedule of {NAME} started nothing in {_LONGEST} s")
