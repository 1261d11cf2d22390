"""What a run decides and does is seen by its later jobs, its metrics, and the next to search."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph import current_manifest
from ebbtide.language import parse_search
from ebbtide.plan import plan_account
from ebbtide.search import Snapshot, find
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.verdict.snapshot_marks import marks_now
from tests.integration.test_jobs import CLEAN, DELETING, EXPIRED, create_volume
from tests.integration.workflow import ACCOUNT, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")

OLD = {"expiration": "1s", "ebbtide:created": "2020-01-01T00:00:00Z"}
EVENTS = (
    "post_collect",
    "post_cleanup_plan",
    "pre_cleanup",
    "post_cleanup",
    "post_generate_metrics",
)


def told(event: str, search: str) -> dict[str, Any]:
    """Return a job that tells what a search finds at an event."""
    name = f"at-{event}-{search.partition(' ')[0].strip('/').replace('.', '-').replace('_', '-')}"
    action = {"notify": {"event": "told"}}
    return {"name": name.replace("_", "-"), "event": event, "search": search, "action": action}


JOBS = [
    told(event, search)
    for event in EVENTS
    for search in (
        "/desired.clean = true",
        "/metadata.cleaned = true",
        "/desired.refused = protected",
    )
]


def matched(workflow: Workflow, run_id: str, job: dict[str, Any]) -> list[str]:
    """Return the ids that a job's search finds at its event; each attempt finds the same."""
    workflow.run_job(run_id, job["event"], job["name"])
    record = workflow.job_record(run_id, job["event"], job["name"])
    if record["matches"] is None:
        return []
    return sorted(line["id"] for line in workflow.bucket.read_lines(record["matches"]))


def found(workflow: Workflow, text: str) -> list[str]:
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    marks = marks_now(workflow.bucket, manifest.run_id, workflow.now)
    snapshot = Snapshot(workflow.bucket, manifest, marks=marks)
    query = parse_search(text, now=workflow.now)
    return sorted(match.line["id"] for match in find(query, snapshot, workflow.now))


def test_jobs_see_what_the_run_has_decided_and_done_up_to_their_event(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    old = create_volume(customer, **OLD)
    scratch = create_volume(customer, purpose="scratch")
    kept = create_volume(customer, **OLD, keep="yes")
    protect = {"protect": {"tags": {"keep": None}}}
    workflow.configure(jobs=[CLEAN, *JOBS], **EXPIRED, **DELETING, **protect)
    run_id = workflow.collect()
    by_event: dict[str, list[list[str]]] = {}

    def run_event(event: str) -> None:
        here = [job for job in JOBS if job["event"] == event]
        by_event[event] = [matched(workflow, run_id, job) for job in here]

    run_event("post_collect")
    workflow.run_job(run_id, "cleanup_plan", CLEAN["name"])
    workflow.plan(run_id)
    run_event("post_cleanup_plan")
    run_event("pre_cleanup")
    workflow.clean(run_id)
    run_event("post_cleanup")
    workflow.measure(run_id)
    run_event("post_generate_metrics")
    going = sorted([old, scratch])
    assert by_event == {
        "post_collect": [[], [], []],
        "post_cleanup_plan": [going, [], [kept]],
        "pre_cleanup": [going, [], [kept]],
        "post_cleanup": [going, going, [kept]],
        "post_generate_metrics": [going, going, [kept]],
    }
    assert found(workflow, "/metadata.cleaned = true and /metadata.ending_rule = expired") == [old]
    assert found(workflow, "/desired.rule = job:old-volumes") == [scratch]
    assert found(workflow, "/metadata.protected = true") == [kept]


def test_what_a_later_run_deletes_from_a_snapshot_is_marked_there(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume = create_volume(customer, **OLD)
    workflow.configure(**DELETING)
    first = workflow.collect()
    workflow.release(first)
    workflow.configure(**EXPIRED, **DELETING)
    # A claim may be repeated.
    for _ in range(2):
        manifest = workflow.claim("cleanup-1", workflow="cleanup")["manifest"]
    assert manifest == RunKeys(first).manifest
    assert later_runs(workflow.bucket, first) == ["cleanup-1"]
    assert found(workflow, "/desired.clean = true") == []
    plan_account(
        AccountRequest(run_id="cleanup-1", account=ACCOUNT, manifest=manifest), workflow.bucket
    )
    workflow.summarise_plans("cleanup-1", manifest)
    assert found(workflow, "/desired.clean = true and /desired.rule = expired") == [volume]
    workflow.clean("cleanup-1")
    assert found(workflow, '/metadata.cleaned = true and /metadata.ending_run = "cleanup-1"') == [
        volume
    ]
    workflow.release("cleanup-1")
    # The next collection does not find it, and does not wonder why: nothing is carried over.
    workflow.release(workflow.collect())
    assert found(workflow, "is(volume)") == []


def test_a_job_that_is_repeated_later_finds_the_same(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume = create_volume(customer, **OLD)
    job = told("post_cleanup_plan", "/metadata.cleaned != true and /desired.clean = true")
    workflow.configure(jobs=[job], **EXPIRED, **DELETING)
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert found(workflow, "/metadata.cleaned = true") == [volume]
    assert matched(workflow, run_id, job) == [volume]


def test_a_dry_run_cleans_nothing(workflow: Workflow, customer: boto3.session.Session) -> None:
    volume = create_volume(customer, **OLD)
    workflow.configure(**EXPIRED, cleanup={"enabled": True, "dry_run": True})
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert found(workflow, "/metadata.cleaned = true") == []
    assert found(workflow, "/metadata.ending = would_delete") == [volume]
