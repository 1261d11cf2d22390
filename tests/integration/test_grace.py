"""Grace over several runs: what is remembered, whoever repeats or ends a function, and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.deployment.inputs import AccountRequest
from ebbtide.plan import Plan, plan_account
from ebbtide.plan.approvals import Decision
from ebbtide.plan.published import read_published
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import PUBLISHED_PLANS, RunKeys
from tests.integration.test_cleanup import Killed, volume, volumes
from tests.integration.workflow import ACCOUNT, Workflow

type Session = boto3.session.Session

pytestmark = pytest.mark.about("aws_ec2_volume")

EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
DEV = [{"Key": "env", "Value": "dev"}]
OLD = {
    "name": "old",
    "event": "post_collect",
    "search": 'is(volume) and tags.env == "dev"',
    "action": {"clean": {"reason": "old", "grace_runs": 2}},
}


def configure(workflow: Workflow, *, cleanup: dict[str, Any] | None = None, **rule: Any) -> None:
    workflow.configure(
        kinds=("aws_ec2_volume",),
        rules={"expired": {"enabled": True, **rule}},
        cleanup={"enabled": True, "dry_run": False, **(cleanup or {})},
        jobs=[OLD],
    )


def started(workflow: Workflow, hours: float = 1, **given: Any) -> str:
    workflow.now += timedelta(hours=hours)
    run_id = workflow.collect(**given)
    workflow.run_jobs(run_id, "cleanup_plan")
    return run_id


def whole_run(workflow: Workflow, hours: float = 1, **given: Any) -> Plan:
    """Run all steps of the workflow some hours after the last, and return the plan."""
    run_id = started(workflow, hours, **given)
    plan = workflow.plan(run_id)
    workflow.clean(run_id)
    workflow.release(run_id)
    return plan


def waits(workflow: Workflow, run_id: str) -> dict[str, Any]:
    stored: dict[str, Any] = workflow.bucket.read_json(RunKeys(run_id).waits(ACCOUNT))
    return {rule: wait for found in stored["waits"].values() for rule, wait in found.items()}


def test_a_rule_and_a_job_delete_after_their_grace(workflow: Workflow, customer: Session) -> None:
    configure(workflow, grace="2h", grace_runs=3)
    expired, dev = volume(customer, tags=EXPIRED), volume(customer, tags=DEV)
    plan = whole_run(workflow)
    assert not plan.planned and {entry.subject.id for entry in plan.reported} == {expired, dev}
    summary = workflow.bucket.read_json(RunKeys(plan.run_id).plan_summary)["accounts"][0]
    assert (summary["reported"], summary["in_grace"], summary["grace_ending"]) == (2, 2, 1)
    assert volumes(customer) == {expired, dev}
    plan = whole_run(workflow)
    assert [entry.subject.id for entry in plan.planned] == [dev]
    assert volumes(customer) == {expired}
    assert waits(workflow, plan.run_id)["expired"]["runs"] == 2
    assert whole_run(workflow).planned and volumes(customer) == set()
    assert waits(workflow, whole_run(workflow).run_id) == {}


def test_grace_counts_while_nothing_is_deleted(workflow: Workflow, customer: Session) -> None:
    configure(workflow, grace_runs=3, cleanup={"enabled": False})
    found = volume(customer, tags=EXPIRED)
    whole_run(workflow)
    configure(workflow, grace_runs=3, cleanup={"dry_run": True})
    whole_run(workflow)
    configure(workflow, grace_runs=3)
    assert [entry.subject.id for entry in whole_run(workflow).planned] == [found]
    assert volumes(customer) == set()


def test_only_published_plans_of_whole_runs_count(workflow: Workflow, customer: Session) -> None:
    configure(workflow, grace_runs=3)
    volume(customer, tags=EXPIRED)
    first = whole_run(workflow)
    # This one plans, but ends before its plan is published.
    lost = started(workflow)
    request = AccountRequest(run_id=lost, account=ACCOUNT, manifest=RunKeys(lost).manifest)
    plan_account(request, workflow.bucket)
    workflow.release(lost)
    assert waits(workflow, lost)["expired"]["runs"] == 2
    limited = whole_run(workflow, accounts=[ACCOUNT])
    assert not limited.planned
    assert workflow.bucket.find_json(RunKeys(limited.run_id).waits(ACCOUNT)) is None
    assert list(read_published(workflow.bucket).waited) == [first.run_id]
    second = whole_run(workflow)
    assert waits(workflow, second.run_id)["expired"]["runs"] == 2
    assert whole_run(workflow).planned


def test_a_run_that_is_planned_again_later_meets_what_it_met(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, grace_runs=4)
    volume(customer, tags=EXPIRED)
    whole_run(workflow)
    second = whole_run(workflow)
    before = waits(workflow, second.run_id)
    whole_run(workflow)
    manifest = RunKeys(second.run_id).manifest
    request = AccountRequest(run_id=second.run_id, account=ACCOUNT, manifest=manifest)
    plan_account(request, workflow.bucket)
    assert waits(workflow, second.run_id) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: {**value, "format": 2},
        lambda value: {**value, "account": "444455556666"},
        lambda value: {**value, "waits": {name: {"expired": {}} for name in value["waits"]}},
        lambda value: {**value, "waits": []},
        lambda _: [],
        lambda _: None,
    ],
)
def test_what_cannot_be_read_begins_anew(
    workflow: Workflow, customer: Session, damage: Callable[[Any], Any]
) -> None:
    configure(workflow, grace_runs=2)
    volume(customer, tags=EXPIRED)
    plan = whole_run(workflow)
    key = RunKeys(plan.run_id).waits(ACCOUNT)
    found = damage(workflow.bucket.read_json(key))
    if found is None:
        workflow.bucket.write_text(key, "{")
    else:
        workflow.bucket.write_json(key, found)
    again = whole_run(workflow)
    assert not again.planned and waits(workflow, again.run_id)["expired"]["runs"] == 1
    workflow.bucket.delete(RunKeys(again.run_id).waits(ACCOUNT))
    assert not whole_run(workflow).planned
    assert whole_run(workflow).planned


class Killing(Bucket):
    """A bucket whose process ends at its n-th write, before or after the write."""

    def __init__(self, bucket: Bucket, at: int, *, after: bool) -> None:
        super().__init__(bucket._client, bucket.name)
        self.left, self.after = at, after

    def _put(self, key: str, body: bytes, extra: Any) -> str:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        found = super()._put(key, body, extra)
        if self.left == 0:
            raise Killed
        return found


def state(bucket: Bucket, run_id: str) -> Iterator[tuple[str, Any]]:
    keys = RunKeys(run_id)
    for key in (keys.waits(ACCOUNT), keys.plan(ACCOUNT), keys.plan_summary, PUBLISHED_PLANS):
        yield key, bucket.read_json(key)


@pytest.mark.parametrize("after", [False, True])
def test_the_step_killed_at_each_write_and_repeated_leaves_the_same(
    workflow: Workflow, customer: Session, *, after: bool
) -> None:
    configure(workflow, grace_runs=20)
    volume(customer, tags=EXPIRED)
    whole_run(workflow)
    bucket = workflow.bucket
    for at in range(1, 6):
        run_id = started(workflow)
        workflow.bucket = Killing(bucket, at, after=after)
        try:
            workflow.plan(run_id)
            assert at > 4
        except Killed:
            assert at <= 4
        workflow.bucket = bucket
        workflow.plan(run_id)
        found = dict(state(bucket, run_id))
        workflow.plan(run_id)
        assert dict(state(bucket, run_id)) == found
        assert waits(workflow, run_id)["expired"]["runs"] == at + 1
        workflow.release(run_id)


@pytest.mark.parametrize("approval", ["never", "beyond_limits"])
def test_an_owner_can_reject_what_is_in_its_grace(
    workflow: Workflow, customer: Session, approval: str
) -> None:
    configure(workflow, grace_runs=2, cleanup={"approval": approval})
    volume(customer, tags=EXPIRED)
    plan = whole_run(workflow)
    hash = workflow.bucket.read_json(RunKeys(plan.run_id).plan_summary)["hash"]
    decision = Decision(
        verdict="reject",
        user="AIDAOWNER",
        run_id=plan.run_id,
        hash=hash,
        made=workflow.now,
        until=(workflow.now + timedelta(hours=10)).replace(microsecond=0),
    )
    workflow.bucket.write_text(decision.key, decision.text)
    for _ in range(3):
        assert [one.code for one in whole_run(workflow).refused] == ["rejected"]
    # Once the rejection is over, the grace begins anew.
    assert not whole_run(workflow, hours=9).planned
    assert whole_run(workflow).planned
