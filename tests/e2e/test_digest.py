"""Digests of the deployed application: its rule, its role, SNS and mail."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ebbtide.store.keys import DIGESTS_LOOKED
from local.session import DIGEST_SENDER, DIGEST_TOPIC, Record, Session, cleanup
from tests.e2e.scenario import Stage, Told

# A further deployed run: in `make test`, tests/unit/digest stands for it.
pytestmark = [pytest.mark.full, pytest.mark.enforced]

_LONGEST = 240  # seconds


@dataclass(frozen=True)
class Digests:
    """What arrived after a run, and what is in the bucket."""

    told: Told
    messages: list[Record]
    mailed: list[Record]
    text: str


@pytest.fixture(scope="module")
def digests(guarded: Stage, permitted: Told) -> Iterator[Digests]:
    """A run after which everybody is told."""
    assert permitted.run.status == "SUCCEEDED", permitted.run
    session = guarded.session
    queue = subscribed(session)
    session.client("sesv2").create_email_identity(EmailIdentity=DIGEST_SENDER)
    team = {"topic": DIGEST_TOPIC, "mail": ["ops@example.com"]}
    owners = {"topics": {"*": DIGEST_TOPIC}, "mail_domain": "example.com"}
    session.configure(
        cleanup=cleanup(dry_run=True), digest={"enabled": True, "team": team, "owners": owners}
    )
    mark = session.cloud.mark()
    try:
        told = guarded.run("with-digest")
        wait_until_told(session, "with-digest")
        calls = session.cloud.calls_since(mark)
        mailed = [one for one in calls if one["action"] == "SendEmail"]
        text = session.bucket.read_text(told.run.keys.digest(None, "txt"))
        yield Digests(told, received(session, queue), mailed, text)
    finally:
        session.configure(cleanup=cleanup(dry_run=True))


def subscribed(session: Session) -> str:
    sns, sqs = session.client("sns"), session.client("sqs")
    topic = sns.create_topic(Name=DIGEST_TOPIC.rpartition(":")[2])["TopicArn"]
    assert topic == DIGEST_TOPIC
    arn = DIGEST_TOPIC.replace(":sns:", ":sqs:")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue: str = sqs.create_queue(QueueName=arn.rpartition(":")[2], Attributes={"Policy": policy})[
        "QueueUrl"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def wait_until_told(session: Session, run_id: str) -> None:
    deadline = time.monotonic() + _LONGEST
    while (session.bucket.find_json(DIGESTS_LOOKED) or {}).get("run_id") != run_id:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def received(session: Session, queue: str) -> list[Record]:
    sqs, found = session.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def test_the_rule_invokes_the_function_with_its_own_rights(digests: Digests) -> None:
    assert digests.told.run.status == "SUCCEEDED", digests.told.run
    audiences = [one["MessageAttributes"]["audience"]["Value"] for one in digests.messages]
    assert audiences.count("team") == 1
    assert {one["status"] for one in digests.mailed} == {200}
    assert all("SendDigestFunctionRole" in one["principal"] for one in digests.mailed)


def test_the_topic_gets_what_is_in_the_bucket(digests: Digests) -> None:
    (team,) = [
        one["Message"]
        for one in digests.messages
        if one["MessageAttributes"]["audience"]["Value"] == "team"
    ]
    assert team == digests.text
    assert "Run with-digest of" in team


def test_each_owner_is_told_once(guarded: Stage, digests: Digests) -> None:
    bucket, keys = guarded.session.bucket, digests.told.run.keys
    stored = {key for key in bucket.keys(f"{keys.prefix}digest/owners/") if key.endswith(".txt")}
    owners = [
        one["MessageAttributes"]["owner"]["Value"]
        for one in digests.messages
        if "owner" in one["MessageAttributes"]
    ]
    assert {keys.digest(owner, "txt") for owner in owners} == stored
    assert len(owners) == len(set(owners))
    # The team as well; owners whose name is no part of an address get none.
    assert len(digests.mailed) <= len(owners) + 1
