"""Tags that disappear everywhere at once, as in an outage of AWS or a proxy, are unknown.

Cloud Custodian reported such an outage: every call for tags returned 200 and no tags.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import botocore.client
import botocore.exceptions
import pytest

from tests.faults.collect.runs.deciding import what_decides
from tests.integration.workflow import Workflow

QUEUE, TOPIC = "aws_sqs_queue", "aws_sns_topic"
UNTAGGED = {
    "enabled": True,
    "kinds": [QUEUE, TOPIC],
    "tags": ["owner"],
    "min_age": "0s",
}
TAG_CALLS = {"ListTagsForResource", "ListQueueTags"}
REQUEST_ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def account(workflow: Workflow, customer: boto3.session.Session) -> Workflow:
    """Create four queues and topics with an owner tag; configure a cleanup of those without."""
    workflow.configure(
        collect=what_decides(QUEUE, TOPIC),
        rules={"untagged": UNTAGGED},
        cleanup={"enabled": True, "dry_run": False},
    )
    workflow.now += timedelta(days=2)
    for number in range(4):
        customer.client("sqs").create_queue(QueueName=f"q{number}", tags={"owner": "payments"})
        customer.client("sns").create_topic(
            Name=f"t{number}", Tags=[{"Key": "owner", "Value": "payments"}]
        )
    return workflow


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Answer every call for tags without tags from now on."""
    original = botocore.client.BaseClient._make_api_call

    def begin(**metadata: str) -> None:
        def call(self: Any, name: str, arguments: Any) -> Any:
            if name in TAG_CALLS:
                return {"ResponseMetadata": {"HTTPStatusCode": 200, **metadata}}
            return original(self, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    return begin


def test_only_resources_without_an_owner_are_planned(
    account: Workflow, customer: boto3.session.Session
) -> None:
    customer.client("sqs").create_queue(QueueName="nobody")
    plan = account.plan(account.collect())
    assert [planned.subject.name for planned in plan.planned] == ["nobody"]


@pytest.mark.parametrize(
    "metadata",
    [pytest.param({}, id="not AWS"), pytest.param({"RequestId": REQUEST_ID}, id="AWS")],
)
def test_resources_whose_tags_vanish_all_at_once_are_not_planned(
    account: Workflow, outage: Callable[..., None], metadata: dict[str, str]
) -> None:
    account.release(account.collect())
    outage(**metadata)
    plan = account.plan(account.collect())
    assert [planned.subject.graph_id for planned in plan.planned] == []


def test_resources_whose_tags_aws_did_not_answer_are_not_planned(
    account: Workflow, outage: Callable[..., None]
) -> None:
    outage()
    plan = account.plan(account.collect())
    assert [planned.subject.graph_id for planned in plan.planned] == []


def untag(customer: boto3.session.Session) -> None:
    """Remove the tag from all queues and all topics but one."""
    sqs, sns = customer.client("sqs"), customer.client("sns")
    for url in sqs.list_queues()["QueueUrls"]:
        sqs.untag_queue(QueueUrl=url, TagKeys=["owner"])
    for topic in sns.list_topics()["Topics"][1:]:
        sns.untag_resource(ResourceArn=topic["TopicArn"], TagKeys=["owner"])


def test_tags_that_somebody_removed_are_believed_after_two_further_runs(
    account: Workflow, customer: boto3.session.Session
) -> None:
    account.release(account.collect())
    untag(customer)
    planned = []
    for _ in range(3):
        account.now += timedelta(hours=1)
        run = account.collect()
        planned.append(len(account.plan(run).planned))
        account.release(run)
    assert planned == [0, 0, 4 + 3]


def test_outage_after_runs_without_the_right_to_read_tags_is_noticed(
    account: Workflow, outage: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that could not read the tags does not make the next one believe anything."""
    account.release(account.collect())
    with monkeypatch.context() as patched:
        original = botocore.client.BaseClient._make_api_call

        def call(self: Any, name: str, arguments: Any) -> Any:
            if name in TAG_CALLS:
                error = {"Code": "AccessDenied", "Message": "no"}
                raise botocore.exceptions.ClientError({"Error": error}, name)
            return original(self, name, arguments)

        patched.setattr(botocore.client.BaseClient, "_make_api_call", call)
        account.release(account.collect())
    outage(RequestId=REQUEST_ID)
    plan = account.plan(account.collect())
    assert [planned.subject.graph_id for planned in plan.planned] == []
