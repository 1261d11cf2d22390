"""Digests on their channels, with the parameters that AWS accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ebbtide.aws import own_session
from ebbtide.deployment.settings import Settings
from ebbtide.digest.channels import Channels
from ebbtide.digest.document import Document, Part, Row
from ebbtide.digest.receivers import Receiver
from tests.support.digests import World, planned
from tests.support.mocked_aws import REGION, mocked_aws

ACCOUNT = "123456789012"
DOCUMENT = Document(
    "Ebbtide: 1 resource planned for deletion of tëam",
    ("Run run-1 lists 1 resource.",),
    (Part("Planned", rows=(Row("volume vol-1", "expired", ("8.00 USD a month",)),)),),
)


@pytest.fixture
def channels() -> Iterator[Channels]:
    with mocked_aws():
        world = World({})
        run = world.run("run-1", [planned("vol-1", "team-a")])
        settings = Settings("bucket", ACCOUNT, digest_sender="ebbtide@example.com")
        yield Channels(world.bucket, settings, own_session(ACCOUNT, "aws").client, run)


def received(channels: Channels, channel: Any, owner: str | None) -> tuple[dict[str, Any], str]:
    """Send through a topic to a queue; return the attributes and the text that it got."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="digests")["TopicArn"]
    queue = sqs.create_queue(QueueName="digests")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:digests"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    channels.send(Receiver(channel, topic), DOCUMENT, owner)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == "Ebbtide: 1 resource planned for deletion of t?am"
    return body["MessageAttributes"], body["Message"]


def test_a_topic_gets_the_text_and_whom_it_is_for(channels: Channels) -> None:
    attributes, text = received(channels, "topic", "tëam")
    assert "- volume vol-1\n  expired\n  8.00 USD a month\n" in text
    assert {name: one["Value"] for name, one in attributes.items()} == {
        "audience": "owner",
        "owner": "tëam",
        "run_id": "run-1",
    }


def test_a_chat_gets_a_custom_notification(channels: Channels) -> None:
    attributes, text = received(channels, "chat", None)
    message = json.loads(text)
    assert message["content"]["title"] == DOCUMENT.title
    assert message["content"]["description"].splitlines() == [DOCUMENT.lead[0], "- Planned"]
    assert attributes["audience"]["Value"] == "team"


def test_a_mail_has_the_text_and_the_page(channels: Channels) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="ebbtide@example.com")
    channels.send(Receiver("mail", "kim@example.com"), DOCUMENT, "tëam")
    from moto.ses import ses_backends

    (mail,) = ses_backends[ACCOUNT][REGION].sent_messages
    assert mail.source == "ebbtide@example.com"
    assert mail.destinations["ToAddresses"] == ["kim@example.com"]
    assert mail.subject == DOCUMENT.title
