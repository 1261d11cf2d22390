"""Regions denied by a service control policy, such as Control Tower's region deny."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.aws import is_denied_by_organization
from ebbtide.collect.probing import PROBES
from ebbtide.graph import read_manifest
from ebbtide.graph.manifest import AccountEntry, read_coverage
from ebbtide.model.coverage import Coverage
from ebbtide.plan import Plan
from ebbtide.store.keys import RunKeys
from tests.faults.collect.runs.deciding import what_decides
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.answering import from_aws
from tests.support.effort import siblings

DENIED = "ap-south-1"
BUCKET, TRAIL, KEY = "aws_s3_bucket", "aws_cloud_trail", "aws_kms_key"
JOB = {
    "name": "buckets",
    "event": "cleanup_plan",
    "search": f"is({BUCKET}) and name = lonely",
    "action": {"clean": {"reason": "unused"}},
}
# IAM user guide, "Troubleshoot access denied error messages".
EXPLICIT = "with an explicit deny in a service control policy"
IMPLICIT = "because no service control policy allows the cloudtrail:DescribeTrails action"
IDENTITY = "because no identity-based policy allows the cloudtrail:DescribeTrails action"


@dataclass
class Organization:
    """A policy that denies every call in the regions in `denied`, except to `exempt` services."""

    enabled: tuple[str, ...] = (REGION, DENIED)
    denied: set[str] = field(default_factory=lambda: {DENIED})
    exempt: Collection[str] = ()
    message: str = EXPLICIT
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, client: Any, name: str) -> dict[str, Any] | None:
        """Return the answer to a call that the mocked cloud would answer otherwise."""
        if name == "DescribeRegions":
            return from_aws({"Regions": [{"RegionName": region} for region in self.enabled]})
        service = client.meta.service_model.service_name
        if client.meta.region_name != DENIED:
            return None
        self.asked.append((service, name))
        if DENIED in self.denied and service not in self.exempt:
            error = {"Code": "UnauthorizedOperation", "Message": self.message}
            raise ClientError({"Error": error}, name)
        return None


@pytest.fixture
def bucket(customer: boto3.session.Session) -> None:
    customer.client("s3").create_bucket(Bucket="lonely")


@pytest.fixture
def organization(monkeypatch: pytest.MonkeyPatch) -> Organization:
    made = Organization()
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        answer = made.answer(self, name)
        return original(self, name, arguments) if answer is None else answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return made


def configure(workflow: Workflow, regions: Any = "enabled", *declared: str) -> None:
    """Collect what decides about the bucket, and keys."""
    section = what_decides(BUCKET, regions=regions)
    section["kinds"]["include"].append(KEY)
    workflow.configure(
        collect={**section, "regions_without_resources": list(declared)},
        jobs=[JOB],
        cleanup={"enabled": True, "dry_run": False, "limits": {"percent_of_account": 100}},
    )


def planned_run(workflow: Workflow) -> tuple[str, Plan]:
    """Plan the deletion of the bucket after one run; return the run id and the plan."""
    workflow.now += timedelta(hours=1)
    run = workflow.collect()
    assert workflow.run_jobs(run, "cleanup_plan") == {"buckets": None}
    return run, workflow.plan(run)


def plan_of(workflow: Workflow) -> Plan:
    run, plan = planned_run(workflow)
    workflow.release(run)
    return plan


def entry_of(workflow: Workflow, run: str) -> AccountEntry:
    entry = read_manifest(workflow.bucket, RunKeys(run).manifest).find(ACCOUNT)
    assert entry
    return entry


def coverage(workflow: Workflow, run: str) -> dict[str, Coverage]:
    """Return the coverage of the denied region by kind."""
    found = read_coverage(workflow.bucket, entry_of(workflow, run))
    return {one.kind: one for one in found if one.region == DENIED}


def lines(workflow: Workflow, run: str, kind: str) -> list[dict[str, Any]]:
    found = workflow.bucket.read_lines(entry_of(workflow, run).resources)
    return [line for line in found if line["kind"] == kind]


def names(plan: Plan) -> list[str]:
    return [planned.subject.id for planned in plan.planned]


def make_trail(customer: boto3.session.Session) -> None:
    """Make a trail of the region that delivers to the bucket."""
    client = customer.client("cloudtrail", DENIED)
    client.create_trail(Name="audit", S3BucketName="lonely", IsMultiRegionTrail=False)


@pytest.mark.usefixtures("bucket")
def test_bucket_is_planned_without_the_denied_region(
    workflow: Workflow, organization: Organization
) -> None:
    organization.enabled = (REGION,)
    configure(workflow)
    assert names(plan_of(workflow)) == ["lonely"]


# Trails and clusters of other regions may name a bucket.
@pytest.mark.usefixtures("bucket", "organization")
@pytest.mark.parametrize("regions", siblings(["enabled", [REGION]]), ids=["all", "one"])
def test_declared_region_that_a_policy_denies_does_not_keep_global_resources(
    workflow: Workflow, customer: boto3.session.Session, regions: Any
) -> None:
    configure(workflow, regions, DENIED)
    run, plan = planned_run(workflow)
    assert [entry.reason for entry in plan.undecided] == []
    assert names(plan) == ["lonely"]
    workflow.clean(run)
    assert customer.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.usefixtures("bucket", "organization")
@pytest.mark.parametrize("regions", siblings(["enabled", [REGION]]), ids=["all", "one"])
def test_region_that_a_policy_denies_proves_nothing_by_itself(
    workflow: Workflow, regions: Any
) -> None:
    configure(workflow, regions)
    plan = plan_of(workflow)
    assert names(plan) == []
    (entry,) = plan.undecided
    assert f"{DENIED}/{TRAIL}" in entry.reason


@pytest.mark.usefixtures("bucket", "organization")
def test_reason_names_the_setting(workflow: Workflow) -> None:
    configure(workflow)
    (entry,) = plan_of(workflow).undecided
    assert "collect.regions_without_resources" in entry.reason


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("regions", siblings(["enabled", [REGION]]), ids=["all", "one"])
def test_declaration_is_not_believed_where_no_policy_denies_the_region(
    workflow: Workflow, customer: boto3.session.Session, organization: Organization, regions: Any
) -> None:
    organization.denied.clear()
    make_trail(customer)
    configure(workflow, regions, DENIED)
    assert names(plan_of(workflow)) == []


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("message", "state"), [(EXPLICIT, "locked"), (IMPLICIT, "locked"), (IDENTITY, "denied")]
)
def test_only_a_policy_of_the_organization_locks_a_region(
    workflow: Workflow, organization: Organization, message: str, state: str
) -> None:
    organization.message = message
    assert is_denied_by_organization(message) == (state == "locked")
    configure(workflow, "enabled", DENIED)
    run, plan = planned_run(workflow)
    assert coverage(workflow, run)[TRAIL].state == state
    assert names(plan) == (["lonely"] if state == "locked" else [])


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("probe", siblings(probe.service for probe in PROBES))
def test_region_in_which_one_probe_answers_is_not_locked(
    workflow: Workflow, organization: Organization, probe: str
) -> None:
    organization.exempt = [probe]
    configure(workflow, "enabled", DENIED)
    run, plan = planned_run(workflow)
    assert coverage(workflow, run)[TRAIL].state == "denied"
    assert names(plan) == []


def test_locked_region_costs_only_the_probes_from_the_second_run(
    workflow: Workflow, organization: Organization
) -> None:
    configure(workflow)
    first = workflow.collect()
    workflow.release(first)
    assert len(organization.asked) > 2 * len(PROBES)
    organization.asked.clear()
    second = workflow.collect()
    assert len(organization.asked) == len(PROBES)
    found = [coverage(workflow, run) for run in (first, second)]
    assert {one.state for run in found for one in run.values()} == {"complete", "locked"}
    assert {name: one.state for name, one in found[0].items()} == {
        name: one.state for name, one in found[1].items()
    }


def test_what_the_policy_exempts_is_read_in_each_run(
    workflow: Workflow, customer: boto3.session.Session, organization: Organization
) -> None:
    """Control Tower's policy exempts KMS, among others."""
    organization.exempt = ["kms"]
    key = customer.client("kms", DENIED).create_key()["KeyMetadata"]["KeyId"]
    configure(workflow)
    for _ in range(2):
        organization.asked.clear()
        run = workflow.collect()
        workflow.release(run)
        found = coverage(workflow, run)
        assert (found[KEY].state, found[KEY].count) == ("complete", 1)
        assert found[TRAIL].state == "locked"
        (line,) = lines(workflow, run, KEY)
        assert (line["id"], line["stale_since"]) == (key, None)
    assert {service for service, _ in organization.asked if service != "kms"} == {
        probe.service for probe in PROBES
    }


@pytest.mark.usefixtures("bucket")
def test_region_that_is_unlocked_is_read_in_full(
    workflow: Workflow, customer: boto3.session.Session, organization: Organization
) -> None:
    configure(workflow, "enabled", DENIED)
    assert names(plan_of(workflow)) == ["lonely"]
    organization.denied.clear()
    make_trail(customer)
    run, plan = planned_run(workflow)
    assert names(plan) == []
    assert {one.state for one in coverage(workflow, run).values()} == {"complete"}


@pytest.mark.usefixtures("bucket")
def test_region_that_was_read_completely_and_empty_counts_within_trust(
    workflow: Workflow, organization: Organization
) -> None:
    organization.denied.clear()
    configure(workflow)
    assert names(plan_of(workflow)) == ["lonely"]
    organization.denied.add(DENIED)
    assert names(plan_of(workflow)) == ["lonely"]
    workflow.now += timedelta(days=8)
    assert names(plan_of(workflow)) == []
    assert names(plan_of(workflow)) == []


@pytest.mark.usefixtures("bucket")
def test_what_was_in_the_region_before_it_was_locked_is_still_there(
    workflow: Workflow, customer: boto3.session.Session, organization: Organization
) -> None:
    organization.denied.clear()
    make_trail(customer)
    configure(workflow, "enabled", DENIED)
    assert names(plan_of(workflow)) == []
    organization.denied.add(DENIED)
    for _ in range(2):
        run, plan = planned_run(workflow)
        workflow.release(run)
        assert names(plan) == []
        (trail,) = lines(workflow, run, TRAIL)
        assert trail["stale_since"] is not None
