"""What runs remember of each other: reports of first runs, deletions of a day, snapshots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.plan import Plan, plan_account, published, read_plan
from ebbtide.plan.published import read_published
from ebbtide.store.keys import CLAIM, CURRENT, PUBLISHED_PLANS, RunKeys
from tests.integration.test_cleanup import volume, volumes
from tests.integration.workflow import ACCOUNT, Workflow

type Session = boto3.session.Session

OLD = {
    "name": "old",
    "event": "post_collect",
    "search": 'is(volume) and tags.env == "dev"',
    "action": {"clean": {"reason": "old"}},
}
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
DEV = [{"Key": "env", "Value": "dev"}]


def configure(workflow: Workflow, *, limits: dict[str, Any] | None = None, **sections: Any) -> None:
    cleanup = {"enabled": True, "dry_run": False, "first_run": "report", "limits": limits or {}}
    sections = {"rules": {"expired": {"enabled": True}}, "cleanup": cleanup, **sections}
    workflow.configure(kinds=("aws_ec2_volume",), **sections)


def whole_run(workflow: Workflow) -> Plan:
    """Run all steps of the workflow an hour after the last, and return the plan."""
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect()
    workflow.run_jobs(run_id, "cleanup_plan")
    plan = workflow.plan(run_id)
    workflow.clean(run_id)
    workflow.release(run_id)
    return plan


def test_the_first_run_of_a_rule_deletes_nothing(workflow: Workflow, customer: Session) -> None:
    configure(workflow)
    found = volume(customer, tags=EXPIRED)
    plan = whole_run(workflow)
    assert [entry.subject.id for entry in plan.reported] == [found]
    assert plan.first_run == ("expired",) and not plan.planned
    assert volumes(customer) == {found}
    summary = workflow.bucket.read_json(RunKeys(plan.run_id).plan_summary)
    assert summary["first_run"] == ["expired"] and summary["accounts"][0]["reported"] == 1
    assert whole_run(workflow).planned
    assert volumes(customer) == set()


def test_a_published_dry_run_is_the_first_run(workflow: Workflow, customer: Session) -> None:
    configure(workflow, cleanup={"enabled": True, "dry_run": True, "first_run": "report"})
    found = volume(customer, tags=EXPIRED)
    assert [entry.subject.id for entry in whole_run(workflow).planned] == [found]
    assert volumes(customer) == {found}
    configure(workflow)
    assert not whole_run(workflow).reported
    assert volumes(customer) == set()


def test_a_first_run_that_is_repeated_still_only_reports(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow)
    found = volume(customer, tags=EXPIRED)
    run_id = workflow.collect()
    first = workflow.plan(run_id)
    remembered = workflow.bucket.read_json(PUBLISHED_PLANS)
    assert workflow.plan(run_id) == first
    assert workflow.bucket.read_json(PUBLISHED_PLANS) == remembered
    workflow.clean(run_id)
    assert volumes(customer) == {found}


def test_a_run_that_was_killed_before_its_summary_has_reported_nothing(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow)
    found = volume(customer, tags=EXPIRED)
    run_id = workflow.collect()
    request = AccountRequest(run_id=run_id, account=ACCOUNT, manifest=RunKeys(run_id).manifest)
    plan_account(request, workflow.bucket)
    workflow.release(run_id)
    assert whole_run(workflow).reported
    assert volumes(customer) == {found}


def test_another_search_of_a_job_has_another_first_run(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, rules={}, jobs=[OLD])
    first = volume(customer, tags=DEV)
    assert whole_run(workflow).first_run == ("job:old",)
    assert volumes(customer) == {first}
    whole_run(workflow)
    assert volumes(customer) == set()
    later = volume(customer, tags=[{"Key": "env", "Value": "test"}])
    configure(workflow, rules={}, jobs=[{**OLD, "search": 'is(volume) and tags.env == "test"'}])
    assert [entry.subject.id for entry in whole_run(workflow).reported] == [later]
    assert volumes(customer) == {later}


def test_what_a_killed_run_deleted_counts_for_a_day(workflow: Workflow, customer: Session) -> None:
    limits = {"per_day": 2, "percent_of_account": 100}
    cleanup = {"enabled": True, "dry_run": False, "limits": limits}
    configure(workflow, cleanup=cleanup)
    gone = {volume(customer, tags=EXPIRED) for _ in range(2)}
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.tick(run_id)  # killed after its first tick, without a summary of its cleanup
    workflow.release(run_id)
    assert not gone & volumes(customer)
    found = volume(customer, tags=EXPIRED)
    plan = whole_run(workflow)
    assert plan.planned
    (reason,) = workflow.bucket.read_json(RunKeys(plan.run_id).plan_summary)["exceeded"]
    assert "2 were deleted in the last 24 hours" in reason
    assert volumes(customer) == {found}
    workflow.now += timedelta(hours=24)
    whole_run(workflow)
    assert volumes(customer) == set()


def test_dry_runs_and_held_runs_delete_nothing_that_counts(
    workflow: Workflow, customer: Session
) -> None:
    volume(customer, tags=EXPIRED)
    limits: dict[str, Any] = {"per_run": 0}
    configure(workflow, cleanup={"enabled": True, "dry_run": False, "limits": limits})
    whole_run(workflow)
    configure(workflow, cleanup={"enabled": True, "dry_run": True})
    whole_run(workflow)
    assert not read_published(workflow.bucket).runs


def planned_later(workflow: Workflow, run_id: str, hours: float) -> list[str]:
    """Plan on the current snapshot that many hours later, and return what was refused."""
    start = workflow.now
    workflow.now += timedelta(hours=hours)
    manifest = workflow.claim(run_id, workflow="cleanup")["manifest"]
    refusals = []
    try:
        plan_account(
            AccountRequest(run_id=run_id, account=ACCOUNT, manifest=manifest), workflow.bucket
        )
    except PlanError as error:
        refusals.append(str(error))
    try:
        workflow.summarise_plans(run_id, manifest)
    except PlanError as error:
        refusals.append(str(error))
    workflow.release(run_id)
    workflow.now = start
    return refusals


def test_an_old_snapshot_is_no_base_for_a_plan(workflow: Workflow, customer: Session) -> None:
    configure(workflow)
    volume(customer, tags=EXPIRED)
    workflow.release(workflow.collect())
    assert planned_later(workflow, "soon", 1.9) == []
    plan = read_plan(workflow.bucket.read_json(RunKeys("soon").plan(ACCOUNT)))
    assert len(plan.reported) == 1
    refusals = planned_later(workflow, "late", 2.1)
    assert len(refusals) == 2
    assert all("is 2h" in refusal and "2h 6m old" in refusal for refusal in refusals), refusals


def test_a_run_without_the_claim_publishes_no_plan(workflow: Workflow) -> None:
    configure(workflow)
    run_id = workflow.collect()
    workflow.release(run_id)
    with pytest.raises(PlanError, match="no longer holds the claim"):
        workflow.plan(run_id)
    assert workflow.bucket.find_json(PUBLISHED_PLANS) is None


def test_what_others_remember_at_the_same_time_is_kept(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    other = workflow.bucket
    other.write_json(PUBLISHED_PLANS, published.Published({"a": "2026-01-01T00:00:00Z"}).to_json())
    replace, raced = type(other).replace_json, []

    def late(bucket: Any, key: str, value: Any, etag: str) -> str:
        if key == PUBLISHED_PLANS and not raced:
            raced.append(key)
            both = {"a": "2026-01-01T00:00:00Z", "b": "2026-01-01T00:00:00Z"}
            bucket.write_json(key, published.Published(both).to_json())
        return replace(bucket, key, value, etag)

    monkeypatch.setattr(type(other), "replace_json", late)
    run_id = workflow.collect()
    workflow.plan(run_id)
    found = read_published(other)
    assert set(found.runs) == {"a", "b"} and set(found.reports.rules) == {"expired"}


def test_no_snapshot_replaces_that_of_a_later_run(workflow: Workflow) -> None:
    configure(workflow)
    assert workflow.claim("old")["claimed"]
    workflow.discover("old")
    for task in workflow.work("old"):
        workflow.collect_task("old", task)
    workflow.merge("old")
    claim = workflow.bucket.read_json(CLAIM)
    workflow.release("old")
    workflow.now += timedelta(hours=1)
    workflow.release(workflow.collect("new"))
    workflow.bucket.write_json(CLAIM, claim)
    with pytest.raises(PlanError, match="run new began after run old"):
        workflow.publish("old")
    assert workflow.bucket.read_json(CURRENT)["run_id"] == "new"
