"""A workflow of the configuration, deployed: started by its name, it waits and does its steps."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from ebbtide.store.keys import CLAIM
from ebbtide.store.run import read_run
from local.estate import PAYMENTS
from local.session import Record, Run, cleanup
from tests.e2e.scenario import Stage, Told

# Two more runs, and one that fails, take a minute.
pytestmark = pytest.mark.full

STEPS = ["collect", "cleanup_plan", "cleanup"]
OWN = {
    "name": "payments",
    "steps": STEPS,
    "accounts": [PAYMENTS],
    "dry_run": True,
    "overlap": "wait",
}
# With a job, an event has hooks; it is announced by an execution of its own.
JOB = {
    "name": "volumes",
    "event": "post_collect",
    "search": "is(aws_ec2_volume)",
    "action": {"notify": {"event": "volumes"}},
}
EVENTS = [
    "workflow_started",
    *("pre_collect", "collect", "post_collect", "job_matched"),
    *("pre_cleanup_plan", "cleanup_plan", "post_cleanup_plan"),
    *("pre_cleanup", "cleanup", "post_cleanup"),
    "workflow_succeeded",
]


@dataclass(frozen=True)
class Scene:
    """Two runs, the second started while the first works, an unknown one, and what announced."""

    runs: tuple[Told, Told]
    unknown: Run
    announcements: set[str]


def announcements(stage: Stage) -> set[str]:
    """The names of all executions of the machine that asks hooks."""
    states = stage.session.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=stage.session.deployment.outputs["AnnounceStateMachineArn"]
    )
    return {one["name"] for page in pages for one in page["executions"]}


def await_claim(stage: Stage, run_id: str) -> None:
    deadline = time.monotonic() + 300
    while (stage.session.bucket.find_json(CLAIM) or {}).get("run_id") != run_id:
        assert time.monotonic() < deadline, f"{run_id} did not take the claim"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def scene(stage: Stage, killed_cleanup: Told) -> Scene:
    assert killed_cleanup.run.status == "SUCCEEDED", killed_cleanup.run
    session, mark = stage.session, stage.session.cloud.mark()
    session.configure(cleanup=cleanup(dry_run=False), workflows=[OWN], jobs=[JOB])
    before = announcements(stage)
    started = [session.start("own-1", {"workflow": "payments"})]
    # Of two that are started at once, either may come first.
    await_claim(stage, "own-1")
    started.append(session.start("own-2", {"workflow": "payments"}))
    ended = [session.wait(execution) for execution in started]
    first, second = (stage.tell(run, mark) for run in ended)
    unknown = session.wait(session.start("own-3", {"workflow": "payment"}))
    return Scene((first, second), unknown, announcements(stage) - before)


def test_both_runs_do_the_steps_of_the_workflow_one_after_the_other(
    stage: Stage, scene: Scene
) -> None:
    for told in scene.runs:
        assert told.run.status == "SUCCEEDED", told.run
        assert told.names() == EVENTS
        assert {event["workflow"] for event in told.events} == {"payments"}
        assert list(read_run(stage.session.bucket, told.run.run_id).steps) == STEPS


def test_they_do_them_only_where_and_as_the_workflow_says(stage: Stage, scene: Scene) -> None:
    for told in scene.runs:
        keys = told.run.keys
        assert stage.session.bucket.read_json(keys.accounts) == [{"account": PAYMENTS}]
        said: dict[str, Record] = {event["event"]: event["data"] for event in told.events}
        assert said["post_cleanup"]["dry_run"] is True
        assert said["post_cleanup"]["outcome"]["gone"] == 0
        assert told.changes == []


def test_only_the_event_with_a_job_has_an_execution_of_its_own(scene: Scene) -> None:
    assert {name.rpartition("-")[0] for name in scene.announcements} == {"post_collect"}
    assert len(scene.announcements) == 2


def test_an_unknown_workflow_fails_the_run_and_lists_all(scene: Scene) -> None:
    assert (scene.unknown.status, scene.unknown.error) == ("FAILED", "InputError")
    assert "did you mean 'payments'?" in scene.unknown.cause
    assert "collect_and_cleanup" in scene.unknown.cause
