"""A cleaning job deletes only what its search means, and nothing if the search is invalid."""

from __future__ import annotations

import boto3

from ebbtide.base.errors import ConfigError
from tests.integration.workflow import REGION, Workflow, with_evidence

KINDS = ("aws_ec2_instance", "aws_ec2_volume")


def clean_up(workflow: Workflow, search: str) -> None:
    """Run a cleaning job to the end, unless its configuration is refused."""
    job = {
        "name": "clean",
        "event": "cleanup_plan",
        "search": search,
        "action": {"clean": {"reason": "not wanted"}},
    }
    workflow.configure(
        collect={"regions": [REGION], "kinds": {"include": with_evidence(KINDS)}},
        jobs=[job],
        cleanup={"enabled": True, "dry_run": False},
    )
    try:
        run = workflow.collect()
    except ConfigError:
        return
    assert workflow.run_jobs(run, "cleanup_plan") == {"clean": None}
    workflow.plan(run)
    workflow.clean(run)
    workflow.release(run)


def run_instance(customer: boto3.session.Session, **tags: str) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    specifications = [{"ResourceType": "instance", "Tags": listed}] if listed else []
    answer = customer.client("ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=specifications
    )
    return str(answer["Instances"][0]["InstanceId"])


def running(customer: boto3.session.Session) -> set[str]:
    reservations = customer.client("ec2").describe_instances()["Reservations"]
    return {
        one["InstanceId"]
        for reservation in reservations
        for one in reservation["Instances"]
        if one["State"]["Name"] == "running"
    }


def create_volume(customer: boto3.session.Session, **tags: str) -> str:
    listed = [{"Key": key.replace("_", ":"), "Value": value} for key, value in tags.items()]
    answer = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=1,
        TagSpecifications=[{"ResourceType": "volume", "Tags": listed}],
    )
    return str(answer["VolumeId"])


def test_a_search_for_a_missing_tag_spares_what_has_it(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    owned = run_instance(customer, owner="payments")
    run_instance(customer)
    clean_up(workflow, "is(instance) and tags.owner == null")
    assert running(customer) == {owned}


def test_a_search_for_a_misspelt_tag_deletes_nothing(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    instances = {run_instance(customer, owner="payments"), run_instance(customer)}
    clean_up(workflow, "is(instance) and tag.owner == null")
    assert running(customer) == instances


def test_a_walk_both_ways_spares_what_only_the_region_joins(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    user, *others = (run_instance(customer) for _ in range(3))
    scratch = create_volume(customer, purpose="scratch")
    customer.client("ec2").attach_volume(VolumeId=scratch, InstanceId=user, Device="/dev/sdf")
    clean_up(
        workflow,
        "is(aws_ec2_volume) and tags.purpose = scratch <-[1:2]-> is(aws_ec2_instance)",
    )
    assert running(customer) == set(others)


def test_a_volume_that_expires_in_decades_is_not_deleted_as_past(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, ebbtide_expires="2099-01-01")
    clean_up(workflow, "/metadata.expires < 3d and is(volume)")
    found = customer.client("ec2").describe_volumes()["Volumes"]
    assert [one["VolumeId"] for one in found] == [kept]
