"""Situations that users reported as bugs of other cleanup tools; Ebbtide must handle them."""

from __future__ import annotations

from functools import partial
from typing import Any

import boto3
import pytest

from tests.faults.narrow import (
    EXPIRED,
    VPC_PARTS,
    about,
    configure,
    database_cluster,
    planned_run,
    subjects,
)
from tests.faults.wire import Wire
from tests.integration.test_cleanup import network, vpcs
from tests.integration.workflow import REGION, Workflow

type Session = boto3.session.Session

SHARED = (
    "aws_vpc",
    "aws_ec2_subnet",
    "aws_ec2_route_table",
    "aws_ec2_internet_gateway",
    "aws_ec2_network_acl",
    "aws_ec2_security_group",
)
OTHERS = {
    "DescribeVpcs": "Vpcs",
    "DescribeSubnets": "Subnets",
    "DescribeRouteTables": "RouteTables",
    "DescribeInternetGateways": "InternetGateways",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeSecurityGroups": "SecurityGroups",
}


def expired(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": EXPIRED}]


def test_a_ring_of_security_groups_goes(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about("aws_ec2_security_group"))
    ec2 = customer.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ring = [
        ec2.create_security_group(
            GroupName=name, Description="d", VpcId=vpc, TagSpecifications=expired("security-group")
        )["GroupId"]
        for name in "abc"
    ]
    for one, other in zip(ring, ring[1:] + ring[:1], strict=True):
        permission: Any = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
        permission["UserIdGroupPairs"] = [{"GroupId": other}]
        ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[permission])
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    left = {group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]}
    assert not left & set(ring)


def test_the_interface_of_an_endpoint_goes_with_it(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about(*VPC_PARTS), rules={"expired": {}, "vpcs": {}})
    ec2 = customer.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=expired("vpc"))
    vpc = made["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.ssm",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
    )
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert vpc not in vpcs(customer)


def test_what_another_account_shares_is_never_planned(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, SHARED)
    parts = network(customer)
    ec2 = customer.client("ec2")
    names = [parts[name] for name in ("vpc", "subnet", "gateway", "group")]
    within = [{"Name": "vpc-id", "Values": [parts["vpc"]]}]
    for found in ec2.describe_route_tables(Filters=within)["RouteTables"]:
        names.append(found["RouteTableId"])
    for acl in ec2.describe_network_acls(Filters=within)["NetworkAcls"]:
        names.append(acl["NetworkAclId"])
    ec2.create_tags(Resources=names, Tags=EXPIRED)
    for operation, name in OTHERS.items():
        wire.alter(operation, partial(share, name))
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert not plan.undecided
    assert {entry.code for entry in plan.refused} == {"never_deleted"}
    assert {entry.subject.kind for entry in plan.refused} == set(SHARED)


def share(name: str, _: Any, answer: Any) -> None:
    for one in answer[name]:
        one["OwnerId"] = "999988887777"


def test_a_member_of_a_database_cluster_goes_before_the_cluster(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_rds_cluster", "aws_rds_instance"))
    database_cluster(customer, EXPIRED)
    asked: list[tuple[str, dict[str, Any]]] = []
    for operation in ("DeleteDBInstance", "DeleteDBCluster"):
        wire.alter(operation, partial(note, asked, operation))
    run_id, plan = planned_run(workflow)
    assert subjects(plan) == {"c", "m"}
    workflow.clean(run_id)
    assert [name for name, _ in asked] == ["DeleteDBInstance", "DeleteDBCluster"]
    # AWS takes a final snapshot only of the cluster, and refuses one of a member.
    member, cluster = (given for _, given in asked)
    assert "FinalDBSnapshotIdentifier" not in member
    assert cluster["FinalDBSnapshotIdentifier"].startswith("ebbtide-final-")


def note(asked: list[tuple[str, Any]], name: str, given: Any, _: Any) -> None:
    asked.append((name, given))


@pytest.mark.parametrize("rule", ["expired", "untagged"])
def test_an_instance_of_a_group_stays(workflow: Workflow, customer: Session, rule: str) -> None:
    options = {"kinds": ["aws_ec2_instance"], "min_age": "1s"} if rule == "untagged" else {}
    kinds = [*about("aws_ec2_instance"), "aws_autoscaling_group"]
    configure(workflow, kinds, rules={rule: options})
    scaling = customer.client("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="web", ImageId="ami-12345678", InstanceType="t3.micro"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=[f"{REGION}a"],
    )
    tags = [{"Key": "aws:autoscaling:groupName", "Value": "web"}]
    tags += EXPIRED if rule == "expired" else []
    customer.client("ec2").run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    _, plan = planned_run(workflow)
    assert not plan.planned
