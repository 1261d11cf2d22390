"""The worker of queue-worker answers once, and never loses or mistakes a question."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from ebbtide.automation import parse
from tests.support.builders import ACCOUNT
from tests.support.decisions import write_held_plan
from tests.support.event_examples import RUN, Answers, event_of, make_bucket, program
from tests.support.mocked_aws import mocked_aws

HERE = f"{ACCOUNT}/us-east-1"


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mocked_aws():
        yield


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def register(tmp_path: Path) -> Path:
    found = tmp_path / "register.txt"
    found.write_text("# of all\n\nvol-2   # in use by Lee\nvol-9\n")
    return found


class Queue:
    """The queue with its dead-letter queue, and one turn of the worker."""

    def __init__(self, worker: Any, register: Path) -> None:
        self._worker, self._register = worker, register
        self.sqs = boto3.client("sqs")
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{_own_account()}:dead"
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        # Messages that fail appear again at once.
        attributes = {"VisibilityTimeout": "0", "RedrivePolicy": policy}
        self.url = self.sqs.create_queue(QueueName="asked", Attributes=attributes)["QueueUrl"]

    def ask(self, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def turn(self) -> int:
        found: int = self._worker.serve(self.sqs, self.url, self._register, wait=0)
        return found

    def left(self, url: str = "") -> int:
        asked = self.sqs.get_queue_attributes(
            QueueUrl=url or self.url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])


def _own_account() -> str:
    return str(boto3.client("sts").get_caller_identity()["Account"])


@pytest.fixture
def queue(answers: Answers, register: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Queue]:
    write_held_plan(make_bucket(), RUN, datetime.now(UTC))
    caplog.set_level(logging.INFO, "worker")
    with program("queue-worker", "worker") as worker:
        worker.parse = partial(parse, session=answers)
        yield Queue(worker, register)


QUESTION = event_of("post_cleanup_plan", "register")


def test_it_keeps_what_the_register_names(queue: Queue, answers: Answers) -> None:
    queue.ask(QUESTION)
    assert queue.turn() == 1 and queue.left() == 0
    (given,) = answers.given
    assert given["taskToken"] == "token"
    assert json.loads(given["output"]) == {
        "marks": [
            {
                "id": f"{HERE}/aws_ec2_volume/vol-2",
                "mark": "keep",
                "reason": "the register names it",
            }
        ]
    }
    assert queue.turn() == 0


@pytest.mark.parametrize("entry", ["arn:aws:test:us-east-1:{}:aws_ec2_volume/vol-3", "vol-3"])
def test_an_entry_may_be_an_arn(queue: Queue, answers: Answers, register: Path, entry: str) -> None:
    register.write_text(f"  {entry.format(ACCOUNT)}\n")
    queue.ask(QUESTION)
    queue.turn()
    (mark,) = json.loads(answers.given[0]["output"])["marks"]
    assert mark["id"].endswith("/vol-3")


def test_a_message_that_arrives_twice_does_no_harm(
    queue: Queue, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    queue.ask(QUESTION)
    queue.ask(QUESTION)
    assert queue.turn() == queue.turn() == 1
    assert len(answers.given) == 1
    assert queue.left() == queue.left(queue.dead) == 0
    assert f"run {RUN}: nothing to do: the run no longer waits" in caplog.text


@pytest.mark.parametrize("text", ["", "# nothing\n\n"])
def test_an_empty_register_is_a_refusal(
    queue: Queue, answers: Answers, register: Path, text: str
) -> None:
    register.write_text(text)
    queue.ask(QUESTION)
    queue.turn()
    (given,) = answers.given
    assert "has no entries" in given["cause"] and "output" not in given
    assert queue.left() == 0


def test_a_missing_register_is_a_refusal(queue: Queue, answers: Answers, register: Path) -> None:
    register.unlink()
    queue.ask(QUESTION)
    queue.turn()
    assert "the register cannot be read" in answers.given[0]["cause"]


@pytest.mark.parametrize("body", ["no JSON", {"source": "aws.s3", "detail": {}}, QUESTION])
def test_a_message_that_it_cannot_answer_ends_in_the_dead_letter_queue(
    queue: Queue, answers: Answers, body: Any
) -> None:
    boto3.client("s3").delete_object(
        Bucket="bucket-of-the-run", Key=f"runs/{RUN}/plan/summary.json"
    )
    queue.ask(body)
    for _ in range(4):
        queue.turn()
    assert answers.given == []
    assert (queue.left(), queue.left(queue.dead)) == (0, 1)


def test_no_log_has_the_token(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    secret = json.loads(json.dumps(QUESTION).replace('"token"', '"SECRET-TOKEN"'))
    queue.ask(secret)
    queue.ask({**secret, "detail": {**secret["detail"], "data": {}}})
    queue.turn()
    queue.turn()
    assert "answered" in caplog.text and "failed" in caplog.text
    assert "SECRET-TOKEN" not in caplog.text
