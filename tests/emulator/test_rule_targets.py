"""Rules that post to an endpoint or start a task really do so, and give up into a queue."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from local.cloud import Cloud
from local.image import unpack
from tests.support.posted import Posted, receiving

PROGRAM = """\
import os
print("told", os.environ["WHAT"], "as", os.environ["AWS_ACCESS_KEY_ID"])
raise SystemExit(int(os.environ["CODE"]))
"""
DOCKERFILE = """\
FROM python
COPY program.py /app/program.py
RUN true
ENTRYPOINT ["python", "/app/program.py"]
"""


def rule(arn: Any, **target: Any) -> dict[str, Any]:
    pattern = {"source": ["test"]}
    one = {"Id": "one", "Arn": arn, "DeadLetterConfig": {"Arn": att("Dead.Arn")}, **target}
    return {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": [one]}}


def att(text: str) -> dict[str, Any]:
    return {"Fn::GetAtt": text.split(".")}


@pytest.fixture
def posted() -> Iterator[Posted]:
    with receiving() as found:
        yield found


class Stack:
    """A stack of one rule, its target and its dead-letter queue."""

    def __init__(self, client: Callable[[str], Any], resources: dict[str, Any]) -> None:
        self._client = client
        stacks = client("cloudformation")
        resources = {"Dead": {"Type": "AWS::SQS::Queue"}, **resources}
        body = json.dumps({"Resources": resources})
        stacks.create_stack(StackName="stack", TemplateBody=body)
        waiter = {"Delay": 1, "MaxAttempts": 20}
        stacks.get_waiter("stack_create_complete").wait(StackName="stack", WaiterConfig=waiter)

    def id(self, name: str) -> str:
        stacks = self._client("cloudformation")
        found = stacks.describe_stack_resource(StackName="stack", LogicalResourceId=name)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def put(self, **detail: Any) -> None:
        entry = {"Source": "test", "DetailType": "made", "Detail": json.dumps(detail)}
        self._client("events").put_events(Entries=[entry])

    def undelivered(self) -> list[Any]:
        queue = self.id("Dead")
        for _ in range(100):
            found = self._client("sqs").receive_message(QueueUrl=queue)
            if messages := found.get("Messages"):
                return [json.loads(one["Body"]) for one in messages]
            time.sleep(0.05)
        return []


def webhook(url: str) -> dict[str, Any]:
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "a-secret"}}
    transformer = {
        "InputPathsMap": {"what": "$.detail.what"},
        "InputTemplate": '{"text": "It says <what>"}',
    }
    return {
        "Connection": {
            "Type": "AWS::Events::Connection",
            "Properties": {"AuthorizationType": "API_KEY", "AuthParameters": key},
        },
        "Destination": {
            "Type": "AWS::Events::ApiDestination",
            "Properties": {
                "ConnectionArn": att("Connection.Arn"),
                "HttpMethod": "POST",
                "InvocationEndpoint": url,
            },
        },
        "Rule": rule(att("Destination.Arn"), InputTransformer=transformer),
    }


def test_an_event_is_posted_with_the_secret(client: Callable[[str], Any], posted: Posted) -> None:
    stack = Stack(client, webhook(posted.url))
    stack.put(what="hello")
    assert posted.wait(1) == [{"text": "It says hello"}]
    assert posted.requests[0][0]["X-Key"] == "a-secret"
    client("cloudformation").delete_stack(StackName="stack")
    assert client("events").list_connections()["Connections"] == []
    assert client("events").list_api_destinations()["ApiDestinations"] == []


def test_an_event_that_is_refused_goes_to_the_queue(
    client: Callable[[str], Any], posted: Posted
) -> None:
    posted.status = 400
    stack = Stack(client, webhook(posted.url))
    stack.put(what="hello")
    (event,) = stack.undelivered()
    assert (event["source"], event["detail"]) == ("test", {"what": "hello"})


def test_an_endpoint_without_tls_is_refused(client: Callable[[str], Any]) -> None:
    with pytest.raises(WaiterError):
        Stack(client, webhook("http://127.0.0.1:1/"))


def task(value: str = "<what>") -> dict[str, Any]:
    variables = f'[{{"name": "WHAT", "value": {value}}}]'
    transformer = {
        "InputPathsMap": {"what": "$.detail.what"},
        "InputTemplate": '{"containerOverrides": [{"name": "one", "environment": '
        + variables
        + "}]}",
    }
    logs = {"awslogs-group": {"Ref": "Logs"}, "awslogs-stream-prefix": "run"}
    container = {
        "Name": "one",
        "Image": "registry/program:1",
        "Environment": [{"Name": "WHAT", "Value": "nothing"}, {"Name": "CODE", "Value": "3"}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": logs},
    }
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
    return {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "TaskRoleArn": att("Role.Arn"),
                "ContainerDefinitions": [container],
            },
        },
        "Rule": rule(
            att("Cluster.Arn"),
            EcsParameters={"TaskDefinitionArn": {"Ref": "Task"}},
            InputTransformer=transformer,
        ),
    }


def test_a_task_runs_what_its_image_contains(
    cloud: Cloud, client: Callable[[str], Any], account: str, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    unpack(tmp_path / "Dockerfile", tmp_path, cloud.state_dir / "images", "registry/program:1")
    stack = Stack(client, task())
    stack.put(what="hello")
    ecs, cluster = client("ecs"), stack.id("Cluster")
    for _ in range(200):
        if arns := ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]:
            break
        time.sleep(0.05)
    (found,) = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    assert (found["containers"][0]["exitCode"], found["lastStatus"]) == (3, "STOPPED")
    (line,) = client("logs").filter_log_events(logGroupName=stack.id("Logs"))["events"]
    assert line["message"] == f"told hello as {account}"


def test_a_variable_that_is_no_text_is_refused(client: Callable[[str], Any]) -> None:
    stack = Stack(client, task())
    stack.put(what=3)
    (event,) = stack.undelivered()
    assert event["detail"] == {"what": 3}
    assert client("ecs").list_tasks(cluster=stack.id("Cluster"))["taskArns"] == []
