"""A task waits for its token as long as its input says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Until = Callable[[Callable[[], Any]], Any]


def start(client: Client, account: str, **given: Any) -> tuple[str, str]:
    """Start a machine that asks a queue; return the execution and the address of the queue."""
    queue = client("sqs").create_queue(QueueName="asked")["QueueUrl"]
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "TimeoutSecondsPath": "$.seconds",
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Silent"}],
        "End": True,
    }
    silent = {"Type": "Pass", "Result": "silent", "End": True}
    machine = {"StartAt": "Ask", "States": {"Ask": ask, "Silent": silent}}
    states = client("stepfunctions")
    arn = states.create_state_machine(
        name="asks",
        definition=json.dumps(machine),
        roleArn=f"arn:aws:iam::{account}:role/x",
    )["stateMachineArn"]
    made = states.start_execution(stateMachineArn=arn, input=json.dumps(given))
    return made["executionArn"], queue


def token_of(client: Client, queue: str, until: Until) -> str:
    def received() -> Any:
        return client("sqs").receive_message(QueueUrl=queue).get("Messages")

    (message,) = until(received)
    return str(json.loads(message["Body"])["token"])


def ended(client: Client, execution: str, until: Until) -> Any:
    def found() -> Any:
        told = client("stepfunctions").describe_execution(executionArn=execution)
        return None if told["status"] == "RUNNING" else told

    return until(found)


def test_time_out_of_the_input_ends_the_wait(client: Client, account: str, until: Until) -> None:
    execution, queue = start(client, account, seconds=1)
    token = token_of(client, queue, until)
    told = ended(client, execution, until)
    assert (told["status"], json.loads(told["output"])) == ("SUCCEEDED", "silent")
    with pytest.raises(ClientError, match="TaskDoesNotExist"):
        client("stepfunctions").send_task_success(taskToken=token, output="{}")


def test_answer_in_time_counts(client: Client, account: str, until: Until) -> None:
    execution, queue = start(client, account, seconds=60)
    answer = {"taskToken": token_of(client, queue, until), "output": '{"a": 1}'}
    client("stepfunctions").send_task_success(**answer)
    assert json.loads(ended(client, execution, until)["output"]) == {"a": 1}


@pytest.mark.parametrize("seconds", [0, -1, "60", None])
def test_anything_but_a_positive_number_of_seconds_fails(
    client: Client, account: str, until: Until, seconds: Any
) -> None:
    execution, _ = start(client, account, seconds=seconds)
    told = ended(client, execution, until)
    assert (told["status"], told["error"]) == ("FAILED", "States.Runtime")
