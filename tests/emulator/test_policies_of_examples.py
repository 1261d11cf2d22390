"""Where IAM is enforced, the roles of examples reach what they are for, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import Cloud
from local.deploy import deploy_template
from tools.template import REPOSITORY

REGION, ACCOUNT = "us-east-1", "111111111111"
MEMBER = REPOSITORY / "examples" / "automations" / "start-stop" / "member.yaml"
HERE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine"


@pytest.fixture(scope="module")
def enforced(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    running = Cloud.start(tmp_path_factory.mktemp("enforced"), interpreter=interpreter, auth=True)
    yield running
    running.stop()


def client(cloud: Cloud, service: str, key: dict[str, str]) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=cloud.url,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )


def session(cloud: Cloud, name: str, action: str, resource: str) -> dict[str, str]:
    """Return the keys of a session of a new role with one right."""
    iam, sts = (cloud.client(service, ACCOUNT, REGION) for service in ("iam", "sts"))
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    document = json.dumps({"Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    found: dict[str, str] = sts.assume_role(RoleArn=arn, RoleSessionName="here")["Credentials"]
    return found


def test_an_instance_without_the_tag_can_be_neither_stopped_nor_started(
    enforced: Cloud, refused: Callable[..., str]
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/EbbtideStartStop"
    keys = session(enforced, "function", "sts:AssumeRole", role)
    given = {"FunctionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/function"}
    deploy_template(enforced, MEMBER, "member", given, account=ACCOUNT)
    entered = client(enforced, "sts", keys).assume_role(RoleArn=role, RoleSessionName="here")
    acting = client(enforced, "ec2", entered["Credentials"])
    owner = enforced.client("ec2", ACCOUNT, REGION)
    launched = owner.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=2)["Instances"]
    tagged, other = (one["InstanceId"] for one in launched)
    owner.create_tags(Resources=[tagged], Tags=[{"Key": "schedule", "Value": "x"}])
    owner.create_tags(Resources=[other], Tags=[{"Key": "plan", "Value": "x"}])
    acting.stop_instances(InstanceIds=[tagged])
    for call in (acting.stop_instances, acting.start_instances):
        assert refused(call, InstanceIds=[other]) == "UnauthorizedOperation"
    assert refused(acting.terminate_instances, InstanceIds=[tagged]) == "UnauthorizedOperation"
    pages = owner.describe_instances()["Reservations"]
    states = {
        one["InstanceId"]: one["State"]["Name"] for page in pages for one in page["Instances"]
    }
    assert states == {tagged: "stopped", other: "running"}


def test_the_right_to_answer_is_for_one_state_machine(
    enforced: Cloud, refused: Callable[..., str]
) -> None:
    owner = enforced.client("sqs", ACCOUNT, REGION)
    queue = owner.create_queue(QueueName="asked")["QueueUrl"]
    states = enforced.client("stepfunctions", ACCOUNT, REGION)
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": ask}})
    action = "states:SendTaskSuccess"
    wrong = client(enforced, "stepfunctions", session(enforced, "wrong", action, f"{HERE}:other"))
    right = client(enforced, "stepfunctions", session(enforced, "right", action, f"{HERE}:asking"))
    # Nothing looks at what the role of the machine may do.
    role = f"arn:aws:iam::{ACCOUNT}:role/right"
    machine = states.create_state_machine(name="asking", definition=definition, roleArn=role)
    states.start_execution(stateMachineArn=machine["stateMachineArn"])
    (message,) = owner.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    answer = {"taskToken": message["Body"], "output": "{}"}
    assert refused(wrong.send_task_success, **answer) == "AccessDeniedException"
    right.send_task_success(**answer)
