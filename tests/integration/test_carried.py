"""What AWS deletes together with its owner is as safe as what is deleted by itself."""

from __future__ import annotations

import boto3
import pytest

from ebbtide.cleanup.following import Following
from tests.integration.test_jobs import CLEAN, DELETING, KEEP, exists, job, planned
from tests.integration.workflow import Workflow

pytestmark = pytest.mark.about("aws_ec2_instance", "aws_ec2_volume")

INSTANCES = job(CLEAN, search="is(aws_ec2_instance) and tags.purpose == scratch")


def run_instance(customer: boto3.session.Session) -> tuple[str, str]:
    """An instance that is scratch, and its disk, which AWS deletes with it."""
    ec2 = customer.client("ec2")
    tags = [{"Key": "purpose", "Value": "scratch"}]
    (made,) = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"]
    (found,) = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"]
    disk = found["Instances"][0]["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    return str(made["InstanceId"]), str(disk)


def state_of(customer: boto3.session.Session, instance: str) -> str:
    found = customer.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
    return str(found[0]["Instances"][0]["State"]["Name"])


def test_an_owner_and_what_it_carries_go_together(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    _, disk = run_instance(customer)
    workflow.configure(jobs=[INSTANCES], **DELETING)
    run_id, plan = planned(workflow)
    assert sorted(entry.action for entry in plan.planned)[-1] == "goes_with"
    workflow.clean(run_id)
    assert set(workflow.outcomes(run_id).values()) == {"gone"}
    assert not exists(customer, disk)


def test_an_owner_stays_if_what_it_carries_is_protected_after_the_plan(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    instance, disk = run_instance(customer)
    customer.client("ec2").create_tags(
        Resources=[disk], Tags=[{"Key": "data", "Value": "precious"}]
    )
    workflow.configure(jobs=[INSTANCES, job(KEEP, event="pre_cleanup")], **DELETING)
    run_id, _ = planned(workflow)
    workflow.run_jobs(run_id, "cleanup")
    workflow.clean(run_id)
    assert exists(customer, disk)
    assert state_of(customer, instance) == "running"
    outcomes = workflow.outcomes(run_id)
    assert {outcomes[name] for name in outcomes if name in (instance, disk)} <= {"skipped"}


def test_an_owner_stays_if_what_it_carries_is_protected_after_all_was_verified(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, disk = run_instance(customer)
    workflow.configure(jobs=[INSTANCES], **DELETING)
    run_id, _ = planned(workflow)
    original = Following.skip_all

    def protected_meanwhile(self: Following) -> None:
        original(self)
        tag = {"Key": "ebbtide:protected", "Value": "true"}
        customer.client("ec2").create_tags(Resources=[disk], Tags=[tag])

    monkeypatch.setattr(Following, "skip_all", protected_meanwhile)
    workflow.clean(run_id)
    assert exists(customer, disk)
    assert state_of(customer, instance) == "running"
