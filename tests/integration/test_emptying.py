"""Buckets and repositories are emptied only if a job says so, and then completely or not at all."""

from __future__ import annotations

import json
from typing import Any

import boto3
import botocore.client
import pytest

from ebbtide.cleanup import emptying
from tests.integration.workflow import REGION, Workflow

type Session = boto3.session.Session

BUCKET, REPOSITORY = "full-and-old", "shop"
SEARCHES = {
    "aws_s3_bucket": f"is(aws_s3_bucket) and id = {BUCKET}",
    "aws_ecr_repository": f"is(aws_ecr_repository) and name = {REPOSITORY}",
}


class KilledError(Exception):
    """Ends a tick at a place where a function could be killed."""


class Wire:
    """Counts the calls that remove something, and may end the tick after one of them."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.killed_after = 1000
        self.errors: list[dict[str, str]] = []

    def after(self, name: str, answer: Any) -> None:
        if not name.startswith(("Delete", "Abort", "BatchDelete")):
            return
        self.removed.append(name)
        if name == "DeleteObjects" and self.errors:
            answer["Errors"] = self.errors
        if len(self.removed) == self.killed_after:
            raise KilledError


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    original = botocore.client.BaseClient._make_api_call
    one = Wire()

    def call(self: Any, name: str, arguments: Any) -> Any:
        answer = original(self, name, arguments)
        if name == "DescribeRegions":
            answer["Regions"] = [{"RegionName": REGION}]
        one.after(name, answer)
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return one


def full_bucket(session: Session, **options: Any) -> Any:
    """Make a bucket with versions, a delete marker and an unfinished upload."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET, **options)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b", "c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"data")
    s3.delete_object(Bucket=BUCKET, Key="b")
    s3.create_multipart_upload(Bucket=BUCKET, Key="d")
    return s3


def repository(session: Session) -> None:
    ecr = session.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY)
    for tag in ("one", "two"):
        ecr.put_image(
            repositoryName=REPOSITORY,
            imageManifest=json.dumps({"schemaVersion": 2, "name": tag, "config": {"size": 1}}),
            imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
            imageTag=tag,
        )


def images(session: Session) -> int:
    return len(session.client("ecr").list_images(repositoryName=REPOSITORY)["imageIds"])


def planned(workflow: Workflow, kind: str, *, empty: bool = True, **limits: int) -> str:
    job = {
        "name": "sweep",
        "event": "post_collect",
        "action": {"clean": {"reason": "old", "empty": empty}},
        "search": SEARCHES[kind],
    }
    workflow.configure(
        kinds=[kind],
        collect={"regions": [REGION], "empty_regions": {"skip": False}},
        jobs=[job],
        cleanup={
            "enabled": True,
            "dry_run": False,
            "limits": {"percent_of_account": 100, **limits},
        },
    )
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id, "post_collect") == {"sweep": None}
    plan = workflow.plan(run_id)
    assert plan.planned, [one.reason for one in (*plan.refused, *plan.undecided)]
    (entry,) = plan.planned
    assert entry.asked == (("empty",) if empty else ())
    return run_id


def reason(workflow: Workflow, run_id: str) -> tuple[str, str]:
    state = workflow.bucket.read_json(f"runs/{run_id}/cleanup/111122223333/state.json")
    (entry,) = state["resources"].values()
    return entry["status"], entry["reason"]


def names(session: Session) -> set[str]:
    return {one["Name"] for one in session.client("s3").list_buckets()["Buckets"]}


def versions(s3: Any) -> int:
    found = s3.list_object_versions(Bucket=BUCKET)
    return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


def test_a_bucket_goes_with_versions_markers_and_uploads(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    full_bucket(customer)
    run_id = planned(workflow, "aws_s3_bucket")
    workflow.clean(run_id)
    assert reason(workflow, run_id)[0] == "gone"
    assert BUCKET not in names(customer)
    assert wire.removed == [
        "DeleteObject",
        "AbortMultipartUpload",
        "DeleteObjects",
        "DeleteBucket",
    ]
    ledger = workflow.bucket.read_json(f"runs/{run_id}/cleanup/111122223333/state.json")["ledger"]
    (calls,) = [entry["calls"] for entry in ledger if entry["event"] == "calls_of_prepared"]
    assert [call["removed"] for call in calls] == [1, 5]


def test_a_repository_goes_with_its_images(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    repository(customer)
    run_id = planned(workflow, "aws_ecr_repository")
    workflow.clean(run_id)
    assert reason(workflow, run_id)[0] == "gone"
    assert wire.removed == ["BatchDeleteImage", "DeleteRepository"]


@pytest.mark.parametrize(
    "killed_after",
    [pytest.param(1, marks=pytest.mark.full), 2, pytest.param(3, marks=pytest.mark.full)],
)
def test_a_tick_killed_after_any_call_ends_the_same(
    workflow: Workflow, customer: Session, wire: Wire, killed_after: int
) -> None:
    full_bucket(customer)
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket")
    wire.killed_after = killed_after
    with pytest.raises(KilledError):
        workflow.clean(run_id)
    workflow.clean(run_id)
    assert reason(workflow, run_id)[0] == "gone"
    assert BUCKET not in names(customer)


@pytest.mark.full
def test_what_is_left_when_the_time_is_up_goes_in_the_next_tick(
    workflow: Workflow, customer: Session, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = full_bucket(customer)
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket")
    monkeypatch.setattr(emptying, "SECONDS", -1.0)
    workflow.tick(run_id)
    status, why = reason(workflow, run_id)
    assert (status, why) == ("planned", "removed 1, more are left")
    assert wire.removed == ["AbortMultipartUpload"] and versions(s3) == 5
    monkeypatch.undo()
    assert "DeleteBucket" not in wire.removed


def test_nobody_empties_a_bucket_that_no_job_asked_to_empty(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    full_bucket(customer)
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket", empty=False)
    workflow.tick(run_id)
    assert reason(workflow, run_id)[0] == "skipped"
    assert wire.removed == [] and BUCKET in names(customer)


def test_more_than_the_limit_is_counted_and_nothing_removed(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    s3 = full_bucket(customer)
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket", per_emptied=5)
    workflow.clean(run_id)
    status, why = reason(workflow, run_id)
    assert status == "skipped" and "cleanup.limits.per_emptied" in why
    assert not wire.removed and versions(s3) == 5
    workflow.release(run_id)
    run_id = planned(workflow, "aws_s3_bucket", per_emptied=6)
    workflow.clean(run_id)
    assert reason(workflow, run_id)[0] == "gone"


def test_a_bucket_with_object_lock_stays_as_it_is(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    s3 = full_bucket(customer, ObjectLockEnabledForBucket=True)
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket")
    workflow.clean(run_id)
    status, why = reason(workflow, run_id)
    assert status == "skipped" and "locked" in why
    assert not wire.removed and versions(s3) == 5


@pytest.mark.full
def test_a_replicated_bucket_stays_as_it_is(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    s3 = full_bucket(customer)
    s3.create_bucket(Bucket="copies")
    s3.put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Enabled"})
    rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}
    s3.put_bucket_replication(
        Bucket=BUCKET,
        ReplicationConfiguration={"Role": "arn:aws:iam::111122223333:role/r", "Rules": [rule]},
    )
    wire.removed.clear()
    run_id = planned(workflow, "aws_s3_bucket")
    workflow.clean(run_id)
    status, why = reason(workflow, run_id)
    assert status == "skipped" and "replicated" in why
    assert not wire.removed


def test_a_partial_failure_ends_it_with_what_aws_says(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    full_bucket(customer)
    wire.removed.clear()
    wire.errors = [{"Key": "c", "Code": "AccessDenied", "Message": "a policy keeps c"}]
    run_id = planned(workflow, "aws_s3_bucket")
    workflow.clean(run_id)
    status, why = reason(workflow, run_id)
    assert status == "failed" and "a policy keeps c" in why
    assert "DeleteBucket" not in wire.removed
