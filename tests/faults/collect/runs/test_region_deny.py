"""Regions that a service control policy denies, as Control Tower's region deny does."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.faults.known import known_fault
from tests.integration.workflow import REGION, Workflow

DENIED = "ap-south-1"
BUCKET, TRAIL = "aws_s3_bucket", "aws_cloud_trail"
JOB = {
    "name": "buckets",
    "event": "cleanup_plan",
    "search": f"is({BUCKET}) and name = lonely",
    "action": {"clean": {"reason": "unused"}},
}
MESSAGE = "with an explicit deny in a service control policy"


@pytest.fixture
def denied(workflow: Workflow, customer: boto3.session.Session, monkeypatch: Any) -> Workflow:
    """An account with two enabled regions, of which a policy of its organization denies one."""
    customer.client("s3").create_bucket(Bucket="lonely")
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == "DescribeRegions":
            return {"Regions": [{"RegionName": REGION}, {"RegionName": DENIED}]}
        if self.meta.region_name == DENIED:
            error = {"Code": "UnauthorizedOperation", "Message": MESSAGE}
            raise ClientError({"Error": error}, name)
        return original(self, name, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return workflow


# Trails of other regions may name a bucket. If a setting must say that nothing can be in a denied
# region, it belongs here.
@known_fault("collection F7: a region that a policy denies leaves global resources undecided")
@pytest.mark.parametrize("regions", ["enabled", [REGION]], ids=["all", "one"])
def test_region_that_a_policy_denies_does_not_keep_global_resources(
    denied: Workflow, regions: Any
) -> None:
    denied.configure(
        collect={"regions": regions},
        jobs=[JOB],
        cleanup={"enabled": True, "dry_run": False},
    )
    run = denied.collect()
    assert denied.run_jobs(run, "cleanup_plan") == {"buckets": None}
    plan = denied.plan(run)
    assert plan.refused == ()
    assert [entry.reason for entry in plan.undecided] == []
    assert [planned.subject.id for planned in plan.planned] == ["lonely"]
