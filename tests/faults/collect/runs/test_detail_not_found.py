"""A not-found answer for a detail must not release resources that an existing one needs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.faults.collect.answers import refusal
from tests.faults.collect.runs.deciding import what_decides
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.answering import from_aws

SECRET = "aws_secretsmanager_secret"
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]


@pytest.fixture
def secret(workflow: Workflow, customer: boto3.session.Session) -> str:
    """Create an expired secret that a cleanup would delete."""
    workflow.configure(
        collect=what_decides(SECRET),
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False},
    )
    client = customer.client("secretsmanager")
    answer = client.create_secret(Name="orders", SecretString="x", Tags=EXPIRED)
    arn: str = answer["ARN"]
    return arn


def secrets(customer: boto3.session.Session) -> list[str]:
    """Return the names of the secrets that are not scheduled for deletion."""
    answer = customer.client("secretsmanager").list_secrets()
    return [one["Name"] for one in answer["SecretList"]]


def answer_calls(
    monkeypatch: pytest.MonkeyPatch, given: Mapping[tuple[str, str], dict[str, Any] | ClientError]
) -> None:
    """Answer the calls of these services and operations in place of the mocked cloud."""
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        answer = given.get((self.meta.service_model.service_name, name))
        if isinstance(answer, ClientError):
            raise answer
        if answer is None:
            return original(self, name, arguments)
        return from_aws(copy.deepcopy(answer))

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


def give_to_a_proxy(monkeypatch: pytest.MonkeyPatch, secret: str, code: str | None) -> None:
    """Make a database proxy use the secret; if given, its call for targets fails with `code`."""
    proxy = {
        "DBProxyName": "orders",
        "DBProxyArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db-proxy:prx-1",
        "Auth": [{"AuthScheme": "SECRETS", "SecretArn": secret}],
        "Status": "available",
    }
    given: dict[tuple[str, str], dict[str, Any] | ClientError] = {
        ("rds", "DescribeDBProxies"): {"DBProxies": [proxy]},
        ("rds", "DescribeDBProxyTargets"): refusal(code) if code else {"Targets": []},
        ("rds", "ListTagsForResource"): {"TagList": []},
    }
    answer_calls(monkeypatch, given)


@pytest.mark.parametrize(
    "code",
    [
        None,
        # RDS documents this error for the call, in addition to a missing target group.
        "DBProxyTargetNotFoundFault",
    ],
)
def test_secret_of_a_living_proxy_is_not_deleted(
    workflow: Workflow,
    customer: boto3.session.Session,
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
    code: str | None,
) -> None:
    give_to_a_proxy(monkeypatch, secret, code)
    run = workflow.collect()
    plan = workflow.plan(run)
    if plan.planned:
        workflow.clean(run)
    assert secrets(customer) == ["orders"]
    assert plan.planned == ()


@pytest.mark.usefixtures("secret")
def test_expired_secret_that_nothing_uses_is_deleted(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    run = workflow.collect()
    workflow.plan(run)
    workflow.clean(run)
    assert secrets(customer) == []
