"""Protections that only a call of their own shows are read, and unknown without its answer."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ebbtide.plan import Plan
from tests.faults.described import EXPIRED_ONLY, described, plan_of, related
from tests.faults.narrow import EXPIRED, about, configure, planned_run
from tests.faults.wire import Wire
from tests.integration.workflow import REGION, Workflow
from tests.support.builders import codes, planned

type Session = boto3.session.Session
type Item = dict[str, Any]

ACCOUNT = "111122223333"
PROTECTED = {"Value": True}


def launch(customer: Session) -> str:
    made = customer.client("ec2").run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": EXPIRED}],
    )
    return str(made["Instances"][0]["InstanceId"])


def plan_after(workflow: Workflow, *kinds: str) -> Plan:
    configure(workflow, about(*kinds))
    return planned_run(workflow)[1]


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InternalError"])
def test_an_instance_whose_protection_is_unknown_is_undecided(
    workflow: Workflow, customer: Session, wire: Wire, code: str
) -> None:
    launch(customer)
    wire.refuse("DescribeInstanceAttribute", code)
    plan = plan_after(workflow, "aws_ec2_instance")
    assert not plan.planned
    assert len(plan.undecided) == 1


def test_an_answer_without_the_attribute_is_no_answer(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    launch(customer)
    wire.pretend("DescribeInstanceAttribute", {"InstanceId": "i-1", "DisableApiStop": {}})
    plan = plan_after(workflow, "aws_ec2_instance")
    assert not plan.planned
    assert len(plan.undecided) == 1


@pytest.mark.parametrize(
    ("request_", "stays"),
    [
        ({"Type": "persistent", "State": "active"}, True),
        ({"Type": "one-time", "State": "active"}, False),
    ],
)
def test_a_spot_instance_stays_while_its_request_would_start_another(
    workflow: Workflow, customer: Session, wire: Wire, request_: Item, stays: bool
) -> None:
    launch(customer)

    def make_spot(_: Item, answer: Item) -> None:
        for reservation in answer["Reservations"]:
            for instance in reservation["Instances"]:
                instance |= {"InstanceLifecycle": "spot", "SpotInstanceRequestId": "sir-1"}

    wire.alter("DescribeInstances", make_spot)
    entries = [{"SpotInstanceRequestId": "sir-1", **request_}]
    wire.pretend("DescribeSpotInstanceRequests", {"SpotInstanceRequests": entries})
    # Nobody can protect a spot instance, so it is not asked about.
    wire.refuse("DescribeInstanceAttribute", "InternalError")
    plan = plan_after(workflow, "aws_ec2_instance")
    assert not plan.undecided
    assert bool(plan.refused) == stays
    assert stays or plan.planned


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        ("governance", True),
        ("expired", False),
    ],
)
def test_a_locked_snapshot_stays(
    workflow: Workflow, customer: Session, wire: Wire, state: str, stays: bool
) -> None:
    ec2 = customer.client("ec2")
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    tags = [{"ResourceType": "snapshot", "Tags": EXPIRED}]
    snapshot = ec2.create_snapshot(VolumeId=volume, TagSpecifications=tags)["SnapshotId"]
    found = {"SnapshotId": snapshot, "LockState": state}
    wire.pretend("DescribeLockedSnapshots", {"Snapshots": [found]})
    plan = plan_after(workflow, "aws_ec2_snapshot")
    assert not plan.undecided
    assert [entry.subject.id for entry in plan.refused] == ([snapshot] if stays else [])
    assert [entry.subject.id for entry in plan.planned] == ([] if stays else [snapshot])


@pytest.mark.parametrize(
    ("replicas", "stays"),
    [
        ({"CrossAccountReplicas": [{"Region": "eu-west-1", "Status": "InSync"}]}, True),
        # Replicas of the account itself are removed before the secret is deleted.
        ({"ReplicationStatus": [{"Region": "eu-west-1", "Status": "InSync"}]}, False),
    ],
    ids=("of another account", "of the same account"),
)
def test_a_secret_with_replicas_in_another_account_stays(
    workflow: Workflow, customer: Session, wire: Wire, replicas: Item, stays: bool
) -> None:
    secrets = customer.client("secretsmanager")
    one, other = (
        secrets.create_secret(Name=name, SecretString="x", Tags=EXPIRED)["ARN"]
        for name in ("one", "other")
    )

    def originate(_: Item, answer: Item) -> None:
        for entry in answer["SecretList"]:
            if entry["ARN"] == one:
                entry["PrimaryRegion"] = REGION

    def replicate(arguments: Item, answer: Item) -> None:
        if arguments["SecretId"] == one:
            answer |= replicas

    wire.alter("ListSecrets", originate)
    wire.alter("DescribeSecret", replicate)
    plan = plan_after(workflow, "aws_secretsmanager_secret")
    assert codes(plan.refused) == ({one: "never_deleted"} if stays else {})
    assert {entry.subject.id for entry in plan.planned} == ({other} if stays else {one, other})


def cluster(name: str) -> Item:
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:{name}",
        "Status": "available",
    }


def spot(*requests: Item) -> Item:
    running = {"InstanceId": "i-1", "State": {"Name": "running"}}
    return {**running, "SpotInstanceRequestId": "sir-1", "SpotRequests": list(requests)}


def locked(*states: str) -> Item:
    locks = [{"LockState": state} for state in states]
    return {"SnapshotId": "snap-1", "OwnerId": ACCOUNT, "Locks": locks}


FAILED = {"DBInstanceIdentifier": "d", "DBInstanceStatus": "failed"}
FILES = {"FileSystemId": "fs-1", "OwnerId": ACCOUNT, "LifeCycleState": "available"}


@pytest.mark.parametrize(
    ("kind", "item", "stays"),
    [
        ("aws_neptune_cluster", cluster("n") | {"GlobalClusterIdentifier": "g"}, True),
        ("aws_neptune_cluster", cluster("n"), False),
        ("aws_ec2_instance", spot({"Type": "persistent", "State": "disabled"}), True),
        ("aws_ec2_instance", spot({"Type": "persistent", "State": "open"}), True),
        ("aws_ec2_instance", spot({"Type": "persistent", "State": "cancelled"}), False),
        ("aws_ec2_instance", spot({"Type": "one-time", "State": "active"}), False),
        ("aws_ec2_instance", spot({"State": "active"}), True),
        ("aws_ec2_instance", spot(), False),
        ("aws_ec2_snapshot", locked("compliance"), True),
        ("aws_ec2_snapshot", locked("compliance-cooloff"), True),
        ("aws_ec2_snapshot", locked(), False),
        ("aws_docdb_cluster", cluster("d") | {"GlobalClusterIdentifier": "g"}, True),
        ("aws_docdb_cluster", cluster("d") | {"GlobalClusters": [{"DBClusterArn": "d"}]}, True),
        ("aws_docdb_cluster", cluster("d") | {"GlobalClusters": []}, False),
        ("aws_efs_file_system", FILES | {"Replications": [{"SourceFileSystemId": "fs-1"}]}, True),
        ("aws_efs_file_system", FILES | {"Replications": []}, False),
        ("aws_rds_instance", FAILED | {"Engine": "mysql"}, True),
        # AWS makes no final snapshot of these anyway, as their data is elsewhere.
        ("aws_rds_instance", FAILED | {"Engine": "x", "DBClusterIdentifier": "c"}, False),
        (
            "aws_rds_instance",
            FAILED | {"Engine": "x", "ReadReplicaSourceDBInstanceIdentifier": "o"},
            False,
        ),
        (
            "aws_rds_instance",
            {"DBInstanceIdentifier": "d", "DBInstanceStatus": "available", "Engine": "custom-x"},
            True,
        ),
        ("aws_lambda_function", {"FunctionName": "f", "MasterArn": "arn:edge"}, True),
        ("aws_lambda_function", {"FunctionName": "f"}, False),
        ("aws_cognito_user_pool", {"Id": "p", "ReplicaRegions": ["eu-west-1"]}, True),
        ("aws_cognito_user_pool", {"Id": "p", "ReplicaRegions": []}, False),
    ],
)
def test_what_belongs_to_others_elsewhere_stays(kind: str, item: Item, stays: bool) -> None:
    plan = plan_of(described(kind, item))
    assert not plan.undecided
    assert [entry.code for entry in plan.refused] == (["never_deleted"] if stays else [])
    assert len(plan.planned) == (0 if stays else 1)


@pytest.mark.parametrize(
    ("default", "owner", "stays"),
    [(True, ACCOUNT, True), (False, ACCOUNT, False), (False, "444455556666", True)],
)
def test_a_gateway_stays_with_a_vpc_that_is_kept(default: bool, owner: str, stays: bool) -> None:
    vpc = described("aws_vpc", {"VpcId": "vpc-1", "IsDefault": default, "OwnerId": owner})
    gateway = described(
        "aws_ec2_internet_gateway",
        {
            "InternetGatewayId": "igw-1",
            "OwnerId": ACCOUNT,
            "Attachments": [{"VpcId": "vpc-1", "State": "available"}],
        },
    )
    plan = plan_of(vpc, gateway)
    assert ("igw-1" in codes(plan.refused)) == stays
    assert ("igw-1" in {entry.subject.id for entry in plan.planned}) != stays


@pytest.mark.parametrize("attached", [True, False])
def test_a_gateway_is_undecided_if_its_vpc_could_not_be_read(attached: bool) -> None:
    attachments = [{"VpcId": "vpc-1", "State": "available"}] if attached else []
    item = {"InternetGatewayId": "igw-1", "OwnerId": ACCOUNT, "Attachments": attachments}
    gateway = described("aws_ec2_internet_gateway", item)
    plan = planned(related(gateway, gaps={"aws_vpc": "denied"}), EXPIRED_ONLY)
    assert bool(plan.undecided) == attached
    assert bool(plan.planned) != attached
