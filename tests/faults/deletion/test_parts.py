"""File systems and clusters are deleted with their parts, which carry no expiration tag."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.faults.narrow import EXPIRED, EXPIRED_TAGS, about, configure, planned_run, subjects
from tests.integration.workflow import ACCOUNT, REGION, Workflow

type Session = boto3.session.Session

SYSTEM, TARGET, POINT = "aws_efs_file_system", "aws_efs_mount_target", "aws_efs_access_point"
CLUSTER, GROUP, FARGATE = "aws_eks_cluster", "aws_eks_nodegroup", "aws_eks_fargate_profile"
WITH_PARTS = {"expired": {"with_parts": True}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks"


def file_system(customer: Session) -> str:
    """Make an expired file system with a mount target and an access point."""
    efs, ec2 = customer.client("efs"), customer.client("ec2")
    system: str = efs.create_file_system(CreationToken="x", Tags=EXPIRED)["FileSystemId"]
    efs.create_mount_target(FileSystemId=system, SubnetId=subnet(ec2))
    efs.create_access_point(ClientToken="x", FileSystemId=system)
    return system


def subnet(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a")
    found: str = made["Subnet"]["SubnetId"]
    return found


def cluster(customer: Session, tags: dict[str, str] | None = None) -> None:
    """Make an expired cluster with a node group and a Fargate profile with these tags."""
    eks, net = customer.client("eks"), subnet(customer.client("ec2"))
    eks.create_cluster(
        name="old", roleArn=ROLE, resourcesVpcConfig={"subnetIds": [net]}, tags=EXPIRED_TAGS
    )
    eks.create_nodegroup(
        clusterName="old", nodegroupName="nodes", nodeRole=ROLE, subnets=[net], tags=tags or {}
    )
    eks.create_fargate_profile(
        fargateProfileName="pods",
        clusterName="old",
        podExecutionRoleArn=ROLE,
        selectors=[{"namespace": "x"}],
    )


def codes(plan: Any) -> dict[str, str]:
    return {one.subject.kind: one.code for one in (*plan.refused, *plan.undecided)}


def test_a_file_system_goes_with_its_parts(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about(SYSTEM, TARGET, POINT), rules=WITH_PARTS)
    system = file_system(customer)
    run_id, plan = planned_run(workflow)
    assert not codes(plan)
    assert {one.subject.kind: one.part_of for one in plan.planned if one.action == "delete"} == {
        SYSTEM: None,
        TARGET: f"{ACCOUNT}/{REGION}/{SYSTEM}/{system}",
        POINT: f"{ACCOUNT}/{REGION}/{SYSTEM}/{system}",
    }
    workflow.clean(run_id)
    assert not customer.client("efs").describe_file_systems()["FileSystems"]
    assert set(workflow.outcomes(run_id).values()) == {"gone"}


@pytest.mark.full
def test_a_file_system_stays_if_nobody_asks_for_its_parts(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, about(SYSTEM, TARGET, POINT))
    file_system(customer)
    _, plan = planned_run(workflow)
    assert not plan.planned and codes(plan) == {SYSTEM: "blocked"}


@pytest.mark.full
def test_a_job_takes_the_parts_of_a_file_system_along(
    workflow: Workflow, customer: Session
) -> None:
    job = {
        "name": "old",
        "event": "cleanup_plan",
        "search": f"is({SYSTEM})",
        "action": {"clean": {"reason": "old", "with_parts": True}},
    }
    configure(workflow, about(SYSTEM, TARGET, POINT), rules={}, jobs=[job])
    file_system(customer)
    run_id = workflow.collect()
    workflow.run_jobs(run_id, "cleanup_plan")
    plan = workflow.plan(run_id)
    assert {one.rules for one in plan.planned if one.action == "delete"} == {("job:old",)}
    workflow.clean(run_id)
    assert not customer.client("efs").describe_file_systems()["FileSystems"]


def test_a_file_system_with_a_new_mount_target_keeps_all_parts(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, about(SYSTEM, TARGET, POINT), rules=WITH_PARTS)
    system = file_system(customer)
    run_id, plan = planned_run(workflow)
    assert plan.planned
    efs, ec2 = customer.client("efs"), customer.client("ec2")
    home = efs.describe_mount_targets(FileSystemId=system)["MountTargets"][0]["SubnetId"]
    vpc = ec2.describe_subnets(SubnetIds=[home])["Subnets"][0]["VpcId"]
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}b")
    efs.create_mount_target(FileSystemId=system, SubnetId=other["Subnet"]["SubnetId"])
    workflow.clean(run_id)
    assert len(efs.describe_mount_targets(FileSystemId=system)["MountTargets"]) == 2
    assert len(efs.describe_access_points(FileSystemId=system)["AccessPoints"]) == 1
    assert set(workflow.outcomes(run_id).values()) == {"skipped"}


def test_a_cluster_goes_with_its_parts(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about(CLUSTER, GROUP, FARGATE), rules=WITH_PARTS)
    cluster(customer)
    run_id, plan = planned_run(workflow)
    assert not codes(plan) and {"old", "nodes", "pods"} <= subjects(plan)
    workflow.clean(run_id)
    assert not customer.client("eks").list_clusters()["clusters"]


@pytest.mark.full
def test_a_protected_node_group_keeps_its_cluster(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about(CLUSTER, GROUP, FARGATE), rules=WITH_PARTS)
    cluster(customer, {"ebbtide:protected": "true"})
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert codes(plan) == {CLUSTER: "blocked", GROUP: "protected", FARGATE: "part_of_refused"}


def test_the_mocked_cloud_refuses_wholes_with_parts(customer: Session) -> None:
    """Otherwise the tests above would prove nothing about the order."""
    system = file_system(customer)
    with pytest.raises(ClientError, match="FileSystemInUse"):
        customer.client("efs").delete_file_system(FileSystemId=system)
    cluster(customer)
    with pytest.raises(ClientError, match="ResourceInUse"):
        customer.client("eks").delete_cluster(name="old")
