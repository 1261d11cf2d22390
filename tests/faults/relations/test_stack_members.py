"""A stack owns its members, even those that CloudFormation does not tag."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

import tests.support.empty_moto
import tests.support.strict_moto  # noqa: F401
from ebbtide.kinds import evidence_kinds
from tests.integration.conftest import account_session
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.builders import codes

STACK = "aws_cloudformation_stack"
MEMBERS = ("aws_dynamodb_table", "aws_ec2_internet_gateway", "aws_sqs_queue")
PROTECTED = [{"Key": "ebbtide:protected", "Value": "true"}]
PAST = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]


def table(name: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    properties = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Tags": tags,
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def queue(name: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, "Tags": tags}}


def gateway() -> dict[str, Any]:
    return {"Type": "AWS::EC2::InternetGateway"}


def tag_gateway(
    customer: boto3.session.Session, stack: str, name: str, tags: list[dict[str, str]]
) -> None:
    """Tag the gateway of a stack, because moto ignores the template's tags."""
    found = customer.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="Gateway"
    )
    gateway_id = found["StackResourceDetail"]["PhysicalResourceId"]
    named = [*tags, {"Key": "Name", "Value": name}]
    customer.client("ec2").create_tags(Resources=[gateway_id], Tags=named)


@dataclass(frozen=True)
class Outcome:
    """The names before and after one cleanup, and the reasons for the refused resources."""

    before: frozenset[str]
    left: frozenset[str]
    refused: Mapping[str, str]


def names(customer: boto3.session.Session) -> frozenset[str]:
    gateways = customer.client("ec2").describe_internet_gateways()["InternetGateways"]
    urls = customer.client("sqs").list_queues().get("QueueUrls", [])
    return frozenset(
        [
            *customer.client("dynamodb").list_tables()["TableNames"],
            *(url.rsplit("/", 1)[1] for url in urls),
            *(tag["Value"] for one in gateways for tag in one["Tags"] if tag["Key"] == "Name"),
        ]
    )


def cleaned() -> Outcome:
    """Clean up expired stacks, each with one protected member, and one stack that stays."""
    workflow, customer = Workflow.deployed(), account_session(ACCOUNT)
    collected = {STACK, *MEMBERS}
    collected |= {other for kind in collected for other in evidence_kinds(kind)}
    workflow.configure(
        collect={
            "regions": [REGION],
            "kinds": {"include": sorted(collected)},
        },
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False},
    )
    stacks = {
        "with-table": ({"Table": table("protected-table", PROTECTED)}, PAST),
        "with-queue": ({"Queue": queue("protected-queue", PROTECTED)}, PAST),
        "with-gateway": ({"Gateway": gateway()}, PAST),
        "staying": (
            {
                "Table": table("old-table", PAST),
                "Queue": queue("old-queue", PAST),
                "Gateway": gateway(),
            },
            [],
        ),
    }
    for name, (members, tags) in stacks.items():
        customer.client("cloudformation").create_stack(
            StackName=name, TemplateBody=json.dumps({"Resources": members}), Tags=tags
        )
    tag_gateway(customer, "with-gateway", "protected-gateway", PROTECTED)
    tag_gateway(customer, "staying", "old-gateway", PAST)
    before = names(customer)
    run = workflow.collect()
    plan = workflow.plan(run)
    workflow.clean(run)
    why = codes(plan.refused)
    refused = {entry.subject.name: why[entry.subject.id] for entry in plan.refused}
    return Outcome(before, names(customer), refused)


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with mock_aws():
            yield cleaned()


def test_the_stacks_made_their_members(outcome: Outcome) -> None:
    kinds = ("gateway", "queue", "table")
    assert outcome.before == {f"{when}-{kind}" for when in ("old", "protected") for kind in kinds}


@pytest.mark.parametrize("member", ["table", "queue", "gateway"])
def test_a_stack_with_a_protected_member_stays_with_it(outcome: Outcome, member: str) -> None:
    assert f"protected-{member}" in outcome.left
    assert outcome.refused[f"with-{member}"] == "owns_protected"


@pytest.mark.parametrize("member", ["table", "queue", "gateway"])
def test_an_expired_member_of_a_stack_that_stays_is_left_to_it(
    outcome: Outcome, member: str
) -> None:
    assert f"old-{member}" in outcome.left
    assert outcome.refused[f"old-{member}"] == "owned"
