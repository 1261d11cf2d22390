"""What the policies for people allow where IAM is enforced, by another reader of policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud
from tests.unit.template.test_people import BUCKET, PLACES, SCHEDULE_ROLE, statements

REGION = "us-east-1"
ACCOUNT = "111111111111"
NAME = BUCKET.rpartition(":")[2]
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]

type Person = tuple[Any, str]


@pytest.fixture(scope="module")
def enforced(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    running = Cloud.start(tmp_path_factory.mktemp("enforced"), interpreter=interpreter, auth=True)
    s3 = running.client("s3", ACCOUNT, REGION)
    s3.create_bucket(Bucket=NAME)
    policy = {"Version": "2012-10-17", "Statement": statements("BucketPolicy")}
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def person(enforced: Cloud) -> Callable[..., Person]:
    """Return a client of a user, or of a session of a role, with some rights, and its id."""
    iam = enforced.client("iam", ACCOUNT, REGION)

    def client(service: str, key: dict[str, str]) -> Any:
        make: Any = boto3.client
        given = {"aws_session_token": key["SessionToken"]} if "SessionToken" in key else {}
        return make(
            service,
            endpoint_url=enforced.url,
            region_name=REGION,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            **given,
        )

    def made(
        name: str, rights: list[Any], session: str | None = None, service: str = "s3"
    ) -> Person:
        document = json.dumps({"Version": "2012-10-17", "Statement": rights})
        if session is None:
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=document)
            key = iam.create_access_key(UserName=name)["AccessKey"]
        else:
            allow = {"Effect": "Allow", "Action": "sts:AssumeRole"}
            trust = {"Statement": [{**allow, "Principal": {"AWS": ACCOUNT}}]}
            role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
            sts = enforced.client("sts", ACCOUNT, REGION)
            entered = sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName=session)
            key = entered["Credentials"]
        return client(service, key), client("sts", key).get_caller_identity()["UserId"]

    return made


def allowed(s3: Any, key: str) -> bool:
    try:
        s3.put_object(Bucket=NAME, Key=key, Body=b"{}")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


def test_people_decide_only_in_their_own_name(person: Callable[..., Person]) -> None:
    rights = [*statements("ViewerPolicy"), *statements("ApproverPolicy")]
    ann, ann_id = person("ann", rights)
    role, role_id = person("approvers", rights, "bob@example.com")
    assert role_id.startswith("AROA") and role_id.endswith(":bob@example.com")
    for s3, own, other in ((ann, ann_id, role_id), (role, role_id, ann_id)):
        assert allowed(s3, f"approvals/{own}/x.json")
        assert not allowed(s3, f"approvals/{other}/x.json")
        assert not allowed(s3, "approvals/x.json")
        assert not allowed(s3, "config/ebbtide.yaml")


def test_an_administrator_cannot_decide_for_another(person: Callable[..., Person]) -> None:
    admin, own = person("admin", EVERYTHING)
    assert allowed(admin, f"approvals/{own}/x.json") and allowed(admin, "runs/r/run.json")
    assert not allowed(admin, "approvals/AIDAEXAMPLE/x.json")


def test_viewers_and_operators_cannot_decide(person: Callable[..., Person]) -> None:
    rights = [*statements("ViewerPolicy"), *statements("OperatorPolicy")]
    operator, own = person("operator", rights)
    assert allowed(operator, "config/ebbtide.yaml")
    assert not allowed(operator, f"approvals/{own}/x.json")
    assert operator.list_objects_v2(Bucket=NAME)["KeyCount"] >= 1


def test_operators_make_schedules_only_in_the_group_of_the_stack(
    enforced: Cloud, person: Callable[..., Person]
) -> None:
    owner = enforced.client("scheduler", ACCOUNT, REGION)
    for group in ("tide", "tide-2"):
        owner.create_schedule_group(Name=group)
    target = {"Arn": PLACES["WorkflowStateMachine"], "RoleArn": SCHEDULE_ROLE}
    schedule = {
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    owner.create_schedule(Name="backup", **schedule)
    viewer, _ = person("eve", statements("ViewerPolicy"), service="scheduler")
    rights = [*statements("ViewerPolicy"), *statements("OperatorPolicy")]
    operator, _ = person("olga", rights, service="scheduler")

    def makes(client: Any, group: str) -> bool:
        try:
            client.create_schedule(Name="nightly", GroupName=group, **schedule)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return False
        return True

    assert not makes(viewer, "tide")
    assert makes(operator, "tide")
    assert not makes(operator, "tide-2") and not makes(operator, "default")
    listed = viewer.list_schedules(GroupName="tide")["Schedules"]
    assert [one["Name"] for one in listed] == ["nightly"]
    assert viewer.get_schedule(Name="nightly", GroupName="tide")["State"] == "ENABLED"
    operator.update_schedule(Name="nightly", GroupName="tide", State="DISABLED", **schedule)
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.delete_schedule(Name="backup", GroupName="default")
    operator.delete_schedule(Name="nightly", GroupName="tide")
    assert owner.list_schedules(GroupName="tide")["Schedules"] == []
