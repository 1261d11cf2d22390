"""Owners are looked for when a cleanup is planned, and once more before each deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.integration.test_cleanup import (
    EXPIRED,
    answering,
    configure,
    ledger,
    name_of,
    planned,
    volume,
    volumes,
    watching,
)
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.builders import ids

GROUP = "aws_autoscaling_group"

pytestmark = pytest.mark.about("aws_ec2_volume", "aws_eks_cluster")

OF_CLUSTER = [*EXPIRED, {"Key": "eks:cluster-name", "Value": "prod"}]


def make_cluster(customer: boto3.session.Session) -> None:
    subnets = customer.client("ec2").describe_subnets()["Subnets"][:2]
    customer.client("eks").create_cluster(
        name="prod",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks",
        resourcesVpcConfig={"subnetIds": [subnet["SubnetId"] for subnet in subnets]},
    )


@pytest.fixture
def cleaning(workflow: Workflow) -> Workflow:
    configure(workflow)
    return workflow


def test_what_a_deleted_cluster_left_is_deleted_and_the_plan_says_whose_it_was(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    left = volume(customer, OF_CLUSTER)
    run_id = cleaning.collect()
    (entry,) = cleaning.plan(run_id).planned
    assert entry.facts["orphaned"] == {
        "owners": ["the EKS cluster prod"],
        "looked_for": [f"{REGION}/aws_eks_cluster: complete"],
    }
    cleaning.clean(run_id)
    assert left not in volumes(customer)


def test_what_a_living_cluster_owns_stays(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    make_cluster(customer)
    owned = volume(customer, OF_CLUSTER)
    plan = cleaning.plan(cleaning.collect())
    assert [(entry.subject.id, entry.code) for entry in plan.refused] == [(owned, "owned")]


def test_a_cluster_that_was_made_again_since_the_plan_keeps_its_volume(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    left = volume(customer, OF_CLUSTER)
    run_id = planned(cleaning)
    make_cluster(customer)
    cleaning.clean(run_id)
    assert left in volumes(customer)
    assert "now belongs to the EKS cluster prod" in ledger(cleaning, run_id)[-1]["reason"]


def test_a_cluster_that_cannot_be_looked_for_again_keeps_its_volume(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = volume(customer, OF_CLUSTER)
    run_id = planned(cleaning)
    with watching(monkeypatch, answering("ListClusters", "AccessDeniedException")):
        cleaning.clean(run_id)
    assert left in volumes(customer)
    assert cleaning.outcomes(run_id) == {name_of(left): "skipped"}


def make_group(customer: boto3.session.Session, size: int) -> None:
    scaling, ec2 = customer.client("autoscaling"), customer.client("ec2")
    scaling.create_launch_configuration(
        LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    tag = {"Key": "ebbtide:expires", "Value": "2020-01-01", "PropagateAtLaunch": False}
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=5,
        DesiredCapacity=size,
        AvailabilityZones=[f"{REGION}a"],
        Tags=[{"ResourceId": "web", "ResourceType": "auto-scaling-group", **tag}],
    )
    assert len(instances(ec2)) == size


def instances(ec2: Any) -> set[str]:
    reservations = ec2.describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )["Reservations"]
    return {one["InstanceId"] for found in reservations for one in found["Instances"]}


@pytest.mark.about(GROUP)
def test_a_group_that_has_a_new_instance_since_the_plan_stays(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    scaling, ec2 = customer.client("autoscaling"), customer.client("ec2")
    make_group(customer, 1)
    run_id = cleaning.collect()
    actions = {entry.subject.kind: entry.action for entry in cleaning.plan(run_id).planned}
    assert actions[GROUP] == "delete"
    assert actions["aws_ec2_instance"] == "goes_with"
    scaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    before = instances(ec2)
    cleaning.clean(run_id)
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert instances(ec2) == before
    assert cleaning.outcomes(run_id)[name_of("web", GROUP)] == "skipped"


@pytest.mark.about(GROUP)
def test_a_group_stays_if_its_instance_has_a_new_volume_since_the_plan(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    ec2 = customer.client("ec2")
    make_group(customer, 1)
    run_id = planned(cleaning)
    (instance,) = instances(ec2)
    new = volume(customer, [{"Key": "Name", "Value": "new"}])
    ec2.attach_volume(VolumeId=new, InstanceId=instance, Device="/dev/sdf")
    mapping = {"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": True, "VolumeId": new}}
    ec2.modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=[mapping])
    cleaning.clean(run_id)
    assert customer.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert instances(ec2) == {instance}
    assert new in volumes(customer)


@pytest.mark.about(GROUP)
def test_a_group_without_anything_new_goes_with_its_instances(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    make_group(customer, 1)
    run_id = planned(cleaning)
    cleaning.clean(run_id)
    assert not customer.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert cleaning.outcomes(run_id)[name_of("web", GROUP)] == "gone"


def orphans(workflow: Workflow, days: float) -> tuple[set[str], set[str]]:
    """Move on by some days, run, and return what is planned and what is not decided."""
    workflow.now += timedelta(days=days)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    workflow.release(run_id)
    return ids(plan.planned), ids(plan.undecided)


@pytest.mark.full
def test_the_rule_selects_what_was_left_behind_for_long_enough_without_a_gap(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow.configure(
        collect={"regions": [REGION]}, rules={"orphaned": {"enabled": True, "min_age": "2d"}}
    )
    make_cluster(customer)
    left = volume(customer, [{"Key": "eks:cluster-name", "Value": "prod"}])
    free = volume(customer, [{"Key": "Name", "Value": "free"}])
    assert orphans(workflow, 0) == (set(), set())
    customer.client("eks").delete_cluster(name="prod")
    # One cluster fewer is a collapse to zero, so two further runs must confirm it.
    for _ in range(3):
        assert orphans(workflow, 1) == (set(), set())
    for days in (1, 0.5):
        assert orphans(workflow, days) == (set(), set())
    with watching(monkeypatch, answering("ListClusters", "AccessDeniedException")):
        assert orphans(workflow, 1) == (set(), set())
    assert orphans(workflow, 1) == (set(), set())
    for days in (1, 0.5):
        assert orphans(workflow, days) == (set(), set())
    assert orphans(workflow, 1) == ({left}, set())
    assert free in volumes(customer)
