"""Resources that AWS refuses to delete, or that a service recreates, are not planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest

from ebbtide.kinds import registry
from tests.faults.described import described, plan_of
from tests.faults.narrow import EXPIRED, VPC_PARTS, about, configure, planned_run
from tests.faults.wire import Wire
from tests.integration.test_cleanup import network
from tests.integration.test_owners import instances, make_group
from tests.integration.workflow import REGION, Workflow
from tests.support.builders import codes
from tests.support.effort import siblings

type Session = boto3.session.Session

ACCOUNT = "111122223333"


def subnets(customer: Session) -> list[str]:
    ec2 = customer.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    return [subnet["Subnet"]["SubnetId"] for subnet in made]


def protect_balancer(customer: Session, arn: str) -> None:
    customer.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
    )


@pytest.mark.parametrize("type", siblings(["application", "network"]))
def test_a_balancer_with_deletion_protection_is_not_planned(
    workflow: Workflow, customer: Session, type: str
) -> None:
    configure(workflow, about("aws_alb"))
    made = customer.client("elbv2").create_load_balancer(
        Name="shop", Type=type, Subnets=subnets(customer), Tags=EXPIRED
    )
    protect_balancer(customer, made["LoadBalancers"][0]["LoadBalancerArn"])
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert [entry.code for entry in plan.refused] == ["never_deleted"]


@pytest.mark.parametrize("attribute", siblings(["DisableApiTermination", "DisableApiStop"]))
def test_an_instance_with_termination_protection_is_not_planned(
    workflow: Workflow, customer: Session, attribute: str
) -> None:
    configure(workflow, about("aws_ec2_instance"))
    ec2 = customer.client("ec2")
    made = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": EXPIRED}],
    )
    change: dict[str, Any] = {attribute: {"Value": True}}
    ec2.modify_instance_attribute(InstanceId=made["Instances"][0]["InstanceId"], **change)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert [entry.code for entry in plan.refused] == ["never_deleted"]


def test_a_protected_balancer_keeps_its_vpc_whole(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about(*VPC_PARTS), rules={"expired": {}, "vpcs": {}})
    network(customer)
    balancers = customer.client("elbv2").describe_load_balancers()["LoadBalancers"]
    protect_balancer(customer, balancers[0]["LoadBalancerArn"])
    run_id, plan = planned_run(workflow)
    assert not plan.undecided
    wire.refuse("DeleteLoadBalancer", "OperationNotPermitted")
    wire.changes.clear()
    workflow.clean(run_id)
    assert wire.changes == []


@pytest.mark.parametrize(
    "name",
    [
        "OrganizationAccountAccessRole",
        "AWSControlTowerExecution",
        "AWSCloudFormationStackSetExecutionRole",
        "stacksets-exec-0123456789abcdef",
    ],
)
def test_a_role_through_which_an_organization_enters_is_never_planned(name: str) -> None:
    item = {
        "RoleName": name,
        "RoleId": f"AROA{name}",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": "2020-01-01T00:00:00Z",
    }
    plan = plan_of(described("aws_iam_role", item))
    assert not plan.planned
    assert set(codes(plan.refused).values()) == {"owned"}


def test_an_ordinary_role_is_planned() -> None:
    item = {
        "RoleName": "app",
        "RoleId": "AROAAPP",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/app",
        "CreateDate": "2020-01-01T00:00:00Z",
    }
    assert [entry.subject.name for entry in plan_of(described("aws_iam_role", item)).planned] == [
        "app"
    ]


def stack(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/{name}/1"
    return {"StackId": arn, "StackName": name, "StackStatus": "CREATE_COMPLETE", **more}


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        pytest.param(
            "aws_cloudformation_stack",
            stack("awsconfigconforms-x"),
            id="stack of a conformance pack",
        ),
        pytest.param(
            "aws_cloudformation_stack",
            stack("StackSet-AWSControlTowerBP-BASELINE-ROLES-1"),
            id="stack of a stack set",
        ),
        pytest.param(
            "aws_cloudformation_stack",
            stack("aws-cloud9-desk-1a2b"),
            id="stack of a Cloud9 environment",
        ),
        pytest.param(
            "aws_ec2_network_interface",
            {
                "NetworkInterfaceId": "eni-1",
                "OwnerId": ACCOUNT,
                "InterfaceType": "interface",
                "RequesterManaged": False,
                "Status": "in-use",
                "Description": "Amazon EKS prod",
                "Attachment": {"InstanceOwnerId": "amazon-aws", "Status": "attached"},
            },
            id="interface that AWS attached",
        ),
        pytest.param(
            "aws_rds_cluster",
            {
                "DBClusterIdentifier": "member",
                "GlobalClusterIdentifier": "g",
                "Engine": "aurora-mysql",
            },
            id="member of a global cluster",
        ),
        *(
            pytest.param(
                "aws_rds_instance",
                {"DBInstanceIdentifier": "d", "DBInstanceStatus": status, "Engine": "mysql"},
                id=f"database that is {status}",
            )
            for status in ("failed", "incompatible-restore", "incompatible-network")
        ),
        pytest.param(
            "aws_ec2_instance",
            {
                "InstanceId": "i-1",
                "State": {"Name": "running"},
                "InstanceLifecycle": "spot",
                "SpotInstanceRequestId": "sir-1",
            },
            id="instance of a spot request",
        ),
        pytest.param(
            "aws_kms_key",
            {
                "KeyId": "k",
                "KeyManager": "CUSTOMER",
                "AWSAccountId": ACCOUNT,
                "KeyState": "PendingReplicaDeletion",
            },
            id="key that waits for its replicas",
        ),
        pytest.param(
            "aws_cloudformation_stack",
            stack("protected", EnableTerminationProtection=True),
            id="stack with termination protection",
        ),
    ],
)
def test_what_aws_refuses_or_makes_again_is_not_planned(kind: str, item: dict[str, Any]) -> None:
    plan = plan_of(described(kind, item))
    assert not plan.planned or _cancels_spot_requests(kind)
    assert not plan.undecided


def _cancels_spot_requests(kind: str) -> bool:
    """Check whether the deletion cancels spot requests first, so that it need not be refused."""
    delete = registry()[kind].delete
    calls = [prepare.call.operation for prepare in delete.prepare] if delete else []
    return "cancel_spot_instance_requests" in calls


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("aws_cloudformation_stack", stack("web")),
        (
            "aws_ec2_network_interface",
            {
                "NetworkInterfaceId": "eni-1",
                "OwnerId": ACCOUNT,
                "InterfaceType": "interface",
                "RequesterManaged": False,
                "Status": "available",
            },
        ),
        (
            "aws_secretsmanager_secret",
            {"ARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-aaaaaa", "Name": "s"},
        ),
        ("aws_rds_cluster", {"DBClusterIdentifier": "alone", "Engine": "aurora-mysql"}),
        (
            "aws_rds_instance",
            {"DBInstanceIdentifier": "d", "DBInstanceStatus": "available", "Engine": "mysql"},
        ),
        ("aws_ec2_instance", {"InstanceId": "i-1", "State": {"Name": "running"}}),
    ],
)
def test_the_same_without_that_obstacle_is_planned(kind: str, item: dict[str, Any]) -> None:
    assert len(plan_of(described(kind, item)).planned) == 1


def test_the_internet_gateway_of_the_default_vpc_stays() -> None:
    vpc = described("aws_vpc", {"VpcId": "vpc-1", "IsDefault": True, "OwnerId": ACCOUNT})
    attached = {"Attachments": [{"VpcId": "vpc-1", "State": "available"}]}
    gateway = described(
        "aws_ec2_internet_gateway",
        {"InternetGatewayId": "igw-1", "OwnerId": ACCOUNT, **attached},
    )
    plan = plan_of(replace(vpc, tags={}), gateway)
    assert not plan.planned


@pytest.mark.parametrize("attribute", siblings(["DisableApiTermination", "DisableApiStop"]))
def test_a_group_with_a_protected_instance_is_not_touched(
    workflow: Workflow, customer: Session, wire: Wire, attribute: str
) -> None:
    # Its instances are asked about only now, because AWS would terminate them in spite of it.
    configure(workflow, about("aws_autoscaling_group"))
    make_group(customer, 2)
    ec2 = customer.client("ec2")
    change: dict[str, Any] = {attribute: {"Value": True}}
    ec2.modify_instance_attribute(InstanceId=sorted(instances(ec2))[0], **change)
    run_id, plan = planned_run(workflow)
    assert {entry.action for entry in plan.planned} == {"delete", "goes_with"}
    wire.changes.clear()
    workflow.clean(run_id)
    assert wire.changes == []
    assert len(instances(ec2)) == 2
    assert set(workflow.outcomes(run_id).values()) == {"skipped"}
