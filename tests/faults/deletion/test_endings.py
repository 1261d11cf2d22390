"""The ending of a deletion that AWS accepts but does not carry out, and how soon it is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.faults.narrow import (
    EXPIRED,
    EXPIRED_TAGS,
    about,
    configure,
    ends_within,
    planned_run,
    reasons,
)
from tests.faults.wire import Wire
from tests.integration.test_cleanup import name_of, volume, volumes
from tests.integration.workflow import REGION, Workflow
from tests.support.effort import siblings

type Session = boto3.session.Session


def queue_stack(customer: Session, name: str, **queue: Any) -> str:
    """Create an expired stack with one queue of the same name, and return the stack id."""
    properties = {"QueueName": name}
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": properties, **queue}}}
    answer = customer.client("cloudformation").create_stack(
        StackName=name, TemplateBody=json.dumps(template), Tags=EXPIRED
    )
    return str(answer["StackId"])


def node_group(customer: Session) -> str:
    eks, role = customer.client("eks"), "arn:aws:iam::111122223333:role/eks"
    eks.create_cluster(name="c", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    eks.create_nodegroup(
        clusterName="c", nodegroupName="n", subnets=["subnet-1"], nodeRole=role, tags=EXPIRED_TAGS
    )
    return "n"


def delivery_stream(customer: Session) -> str:
    customer.client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        S3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::111122223333:role/firehose",
            "BucketARN": "arn:aws:s3:::b",
        },
        Tags=EXPIRED,
    )
    return "d"


def fail_stack(answer: Any) -> None:
    for stack in answer["Stacks"]:
        stack["StackStatus"] = "DELETE_FAILED"
        stack["StackStatusReason"] = "The following resource(s) failed to delete: [Bucket]."


def fail_node_group(answer: Any) -> None:
    answer["nodegroup"]["status"] = "DELETE_FAILED"


def fail_delivery_stream(answer: Any) -> None:
    answer["DeliveryStreamDescription"]["DeliveryStreamStatus"] = "DELETING_FAILED"


@dataclass(frozen=True)
class Accepted:
    """A deletion that AWS accepts, but whose failure the description reports later."""

    kind: str
    make: Callable[[Session], str]
    deleting: str
    describing: str
    fail: Callable[[Any], None]
    told: str


ACCEPTED = (
    Accepted(
        "aws_cloudformation_stack",
        lambda customer: queue_stack(customer, "stuck"),
        "DeleteStack",
        "DescribeStacks",
        fail_stack,
        "failed to delete",
    ),
    Accepted(
        "aws_eks_nodegroup",
        node_group,
        "DeleteNodegroup",
        "DescribeNodegroup",
        fail_node_group,
        "DELETE_FAILED",
    ),
    Accepted(
        "aws_firehose_delivery_stream",
        delivery_stream,
        "DeleteDeliveryStream",
        "DescribeDeliveryStream",
        fail_delivery_stream,
        "DELETING_FAILED",
    ),
)


@pytest.mark.parametrize("case", siblings(ACCEPTED), ids=lambda case: case.kind)
def test_a_deletion_that_aws_failed_ends_at_once_with_the_reason_of_aws(
    workflow: Workflow, customer: Session, wire: Wire, case: Accepted
) -> None:
    # The stack has a queue, which goes with it.
    configure(workflow, about(case.kind, "aws_sqs_queue"))
    case.make(customer)
    run_id, plan = planned_run(workflow)
    (entry,) = [one for one in plan.planned if one.action == "delete"]

    def fail(_: Any, answer: Any) -> None:
        if case.deleting in wire.changes:
            case.fail(answer)

    wire.pretend(case.deleting)
    wire.alter(case.describing, fail)
    done = ends_within(workflow, run_id)
    assert case.deleting in wire.changes
    assert (done, workflow.outcomes(run_id)[entry.subject.graph_id]) == (True, "failed")
    assert case.told in reasons(workflow, run_id)[entry.subject.graph_id]


def log_group(customer: Session, **tags: Any) -> None:
    customer.client("logs").create_log_group(logGroupName="again", **tags)


def table(customer: Session, **tags: Any) -> None:
    customer.client("dynamodb").create_table(
        TableName="again",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **tags,
    )


@pytest.mark.parametrize(
    ("kind", "make", "tags", "deleting"),
    [
        ("aws_cloudwatch_log_group", log_group, {"tags": EXPIRED_TAGS}, "DeleteLogGroup"),
        ("aws_dynamodb_table", table, {"Tags": EXPIRED}, "DeleteTable"),
    ],
)
def test_what_is_made_again_is_told_from_what_was_deleted(
    workflow: Workflow,
    customer: Session,
    wire: Wire,
    kind: str,
    make: Callable[..., None],
    tags: dict[str, Any],
    deleting: str,
) -> None:
    configure(workflow, about(kind))
    make(customer, **tags)
    run_id, plan = planned_run(workflow)
    assert [entry.subject.kind for entry in plan.planned] == [kind]
    wire.alter(deleting, lambda *_: make(customer))
    done = ends_within(workflow, run_id)
    assert deleting in wire.changes
    assert (done, set(workflow.outcomes(run_id).values())) == (True, {"gone"})


def test_a_stack_that_retains_a_resource_does_not_hold_the_run(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_cloudformation_stack", "aws_sqs_queue"))
    sqs = customer.client("sqs")
    stack = queue_stack(customer, "kept", DeletionPolicy="Retain")
    tags = {"aws:cloudformation:stack-id": stack, "aws:cloudformation:stack-name": "kept"}
    sqs.tag_queue(QueueUrl=sqs.get_queue_url(QueueName="kept")["QueueUrl"], Tags=tags)
    run_id, plan = planned_run(workflow)
    assert {entry.subject.kind: entry.action for entry in plan.planned} == {
        "aws_cloudformation_stack": "delete",
        "aws_sqs_queue": "goes_with",
    }

    def retain(*_: Any) -> None:
        # moto deletes the queue despite its policy.
        if not sqs.list_queues().get("QueueUrls"):
            sqs.create_queue(QueueName="kept", tags=tags)

    wire.alter("DeleteStack", retain)
    assert ends_within(workflow, run_id)
    assert "failed" not in workflow.outcomes(run_id).values()


def memory_cluster(customer: Session) -> None:
    customer.client("memorydb").create_cluster(
        ClusterName="m", NodeType="db.t4g.small", ACLName="open-access", Tags=EXPIRED
    )


def internet_gateway(customer: Session) -> None:
    ec2 = customer.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    tags = [{"ResourceType": "internet-gateway", "Tags": EXPIRED}]
    gateway = ec2.create_internet_gateway(TagSpecifications=tags)["InternetGateway"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)


@pytest.mark.parametrize(
    ("kind", "make", "operation", "code"),
    [
        ("aws_memorydb_cluster", memory_cluster, "DeleteCluster", "ServiceLinkedRoleNotFoundFault"),
        # The same in a preparation call.
        (
            "aws_ec2_internet_gateway",
            internet_gateway,
            "DetachInternetGateway",
            "InvalidVpcID.NotFound",
        ),
    ],
)
def test_what_is_not_found_about_something_else_is_not_gone(
    workflow: Workflow,
    customer: Session,
    wire: Wire,
    kind: str,
    make: Callable[[Session], None],
    operation: str,
    code: str,
) -> None:
    configure(workflow, about(kind))
    make(customer)
    run_id, plan = planned_run(workflow)
    assert [entry.subject.kind for entry in plan.planned] == [kind]
    wire.refuse(operation, code)
    workflow.tick(run_id)
    assert operation in wire.changes
    assert "gone" not in workflow.outcomes(run_id).values()


def aws_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "An error occurred"}}, "DeleteVolume")


@pytest.mark.parametrize(
    "error",
    siblings(
        [
            ReadTimeoutError(endpoint_url="https://ec2.us-east-1.amazonaws.com/"),
            EndpointConnectionError(endpoint_url="https://ec2.us-east-1.amazonaws.com/"),
            aws_error("InternalError"),
            aws_error("ServiceUnavailable"),
        ]
    ),
    ids=["timed out", "disconnected", "InternalError", "ServiceUnavailable"],
)
def test_what_is_gone_although_its_answer_was_lost_is_gone(
    workflow: Workflow, customer: Session, wire: Wire, error: Exception
) -> None:
    configure(workflow, about("aws_ec2_volume"))
    waste = volume(customer)
    run_id, _ = planned_run(workflow)

    def lose(*_: Any) -> None:
        raise error

    wire.alter("DeleteVolume", lose)
    ends_within(workflow, run_id)
    assert volumes(customer) == set()
    assert workflow.outcomes(run_id) == {name_of(waste): "gone"}


def test_what_nothing_in_the_plan_can_unblock_does_not_hold_the_run(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_vpc_endpoint_service", "aws_ec2_internet_gateway"))
    internet_gateway(customer)
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 1
    wire.refuse("DetachInternetGateway", "DependencyViolation")
    assert ends_within(workflow, run_id)
    assert set(workflow.outcomes(run_id).values()) <= {"failed", "skipped"}


def test_a_dependency_violation_is_not_taken_for_success(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_ec2_internet_gateway"))
    internet_gateway(customer)
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 1
    wire.refuse("DeleteInternetGateway", "DependencyViolation")
    ends_within(workflow, run_id)
    assert "DeleteInternetGateway" in wire.changes
    assert "gone" not in workflow.outcomes(run_id).values()
    gateways = customer.client("ec2").describe_internet_gateways()["InternetGateways"]
    assert [gateway["Tags"] for gateway in gateways] == [EXPIRED]
    assert all(REGION in name for name in workflow.outcomes(run_id))
