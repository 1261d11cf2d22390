"""What a whole run deleted is restored from its bucket, and the next run leaves it alone."""

from __future__ import annotations

import boto3
import pytest

from tests.integration.workflow import ACCOUNT, BUCKET, REGION, Workflow
from tests.support.command import run

EXPIRED = {"ebbtide:expires": "2020-01-01"}


@pytest.mark.about("aws_sqs_queue")
def test_a_restored_queue_is_not_deleted_again(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    sqs = customer.client("sqs", REGION)
    url = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"}, tags=EXPIRED)
    limits = {"percent_of_account": 100}
    workflow.configure(
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": limits},
    )
    first = workflow.collect()
    workflow.plan(first)
    workflow.clean(first)
    assert "QueueUrls" not in sqs.list_queues()
    workflow.release(first)

    role = f"arn:aws:iam::{ACCOUNT}:role/Owner"
    words = ("--bucket", BUCKET, "cleanup", "restore", first, "orders")
    assert run(*words, "--yes").exit_code == 2
    result = run(*words, "--yes", "--role", role)
    assert result.exit_code == 0, result.stderr
    answer = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["DelaySeconds"])
    assert answer["Attributes"] == {"DelaySeconds": "7"}

    plan = workflow.plan(workflow.collect())
    assert plan.planned == ()
    (refused,) = plan.refused
    assert refused.code == "protected"
