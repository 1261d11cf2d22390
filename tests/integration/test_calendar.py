"""A freeze that begins in the middle of a cleanup, and a plan that is spread over days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from ebbtide import cleanup
from ebbtide.base.clock import to_text
from ebbtide.deployment.inputs import RunRequest
from ebbtide.store.keys import RunKeys
from tests.integration.test_cleanup import configure, planned, volume, volumes, watching
from tests.integration.workflow import ACCOUNT, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")

MINUTE = timedelta(minutes=1)


def clean(workflow: Workflow, run_id: str) -> dict[str, Any]:
    """Run ticks by the clock of the workflow, which waits as they say."""
    for _ in range(60):
        answer = workflow.tick(run_id, clock=lambda: workflow.now)
        if answer["done"]:
            workflow.release(run_id)
            return answer
        workflow.now += timedelta(seconds=answer["wait_seconds"])
    raise AssertionError(answer)


def summary(workflow: Workflow, run_id: str) -> Any:
    return workflow.bucket.read_json(RunKeys(run_id).plan_summary)


def freeze(start: datetime, until: datetime) -> dict[str, Any]:
    times = {"start": f"{start:%FT%H:%M}", "until": f"{until:%FT%H:%M}"}
    return {"freeze": [{**times, "reason": "release week"}]}


def test_a_freeze_begins_in_the_middle_of_a_cleanup(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = workflow.now.replace(second=0, microsecond=0) + 10 * MINUTE
    ends = begins + timedelta(hours=2)
    limits = {"percent_of_account": 100, "percent_of_kind": 100}
    configure(workflow, calendar=freeze(begins, ends), limits=limits)
    waste = {volume(customer) for _ in range(40)}
    run_id = planned(workflow)
    assert summary(workflow, run_id)["calendar"]["closed"] == 0

    def jump(name: str, _: Any) -> None:
        if name == "DeleteVolume":
            workflow.now = max(workflow.now, begins)

    with watching(monkeypatch, jump) as calls:
        answer = clean(workflow, run_id)
    begun = calls.count("DeleteVolume")
    assert 0 < begun <= 32
    assert (answer["gone"], answer["skipped"]) == (begun, 40 - begun)
    assert len(volumes(customer) & waste) == 40 - begun
    told = cleanup.summarise_cleanup(RunRequest(run_id=run_id), workflow.bucket)
    assert told["closed"] == 40 - begun

    # A run in the freeze plans the rest, says until when it stays, and makes no call.
    frozen = planned(workflow)
    calendar = summary(workflow, frozen)["calendar"]
    assert calendar["closed"] == 40 - begun
    assert calendar["opens"] == to_text(ends)
    with watching(monkeypatch) as calls:
        clean(workflow, frozen)
    assert "DeleteVolume" not in calls

    workflow.now = ends
    clean(workflow, planned(workflow))
    assert not volumes(customer) & waste


def test_a_plan_is_spread_over_days(workflow: Workflow, customer: boto3.session.Session) -> None:
    # The limits measure what goes: five are planned in each account, and no more than two may go.
    configure(
        workflow,
        calendar={"timezone": "Asia/Kolkata", "per_day": 2, "spread": True},
        limits={"percent_of_account": 100, "per_run": 2},
    )
    waste = {volume(customer) for _ in range(5)}
    left = []
    for _ in range(3):
        for _ in range(2):
            run_id = planned(workflow)
            found = summary(workflow, run_id)
            assert not found["held"]
            (told,) = (one for one in found["accounts"] if one["account"] == ACCOUNT)
            assert told["planned"] == len(told["calendar"]["begins"]) + told["calendar"]["waiting"]
            clean(workflow, run_id)
            left.append(len(volumes(customer) & waste))
        workflow.now += timedelta(days=1)
    assert left == [3, 3, 1, 1, 0, 0]


def test_without_spread_the_limits_measure_all_that_is_planned(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    limits = {"percent_of_account": 100, "per_run": 2}
    configure(workflow, calendar={"per_day": 2}, limits=limits)
    waste = {volume(customer) for _ in range(3)}
    run_id = planned(workflow)
    assert summary(workflow, run_id)["held"]
    clean(workflow, run_id)
    assert volumes(customer) & waste == waste
