"""A key that a resource names by alias is in use, like a key that it names by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebbtide.model.resource import Resource
from tests.faults.relations import estate
from tests.faults.relations.estate import KEY_ID, arn
from tests.faults.relations.reading import Reading, plan_of, read, read_global
from tests.support.builders import ACCOUNT, REGION, codes, days_ago

ALIAS = "alias/orders"


def the_key() -> Reading:
    """Read an old customer key with an alias."""
    return read(
        ["aws_kms_key"],
        {
            "kms.ListKeys": {"Keys": [{"KeyId": KEY_ID, "KeyArn": arn("kms", f"key/{KEY_ID}")}]},
            "kms.DescribeKey": {
                "KeyMetadata": {
                    "KeyId": KEY_ID,
                    "Arn": arn("kms", f"key/{KEY_ID}"),
                    "AWSAccountId": ACCOUNT,
                    "CreationDate": days_ago(100),
                    "KeyState": "Enabled",
                    "KeyManager": "CUSTOMER",
                }
            },
            "kms.ListResourceTags": {"Tags": [{"TagKey": "expiration", "TagValue": "1d"}]},
            "kms.ListAliases": {
                "Aliases": [
                    {
                        "AliasName": ALIAS,
                        "AliasArn": arn("kms", ALIAS),
                        "TargetKeyId": KEY_ID,
                    }
                ]
            },
        },
    )


def queue(key: str) -> Reading:
    attributes = {"QueueArn": arn("sqs", "orders"), "KmsMasterKeyId": key}
    return read(
        ["aws_sqs_queue"],
        {
            "sqs.ListQueues": {"QueueUrls": [estate.queue("orders").id]},
            "sqs.GetQueueAttributes": {"Attributes": attributes},
        },
    )


def topic(key: str) -> Reading:
    attributes = {"TopicArn": arn("sns", "orders"), "KmsMasterKeyId": key}
    return read(
        ["aws_sns_topic"],
        {
            "sns.ListTopics": {"Topics": [{"TopicArn": arn("sns", "orders")}]},
            "sns.GetTopicAttributes": {"Attributes": attributes},
        },
    )


def secret(key: str) -> Reading:
    found = {"ARN": arn("secretsmanager", "secret:orders-1a2b3c"), "Name": "orders"}
    return read(
        ["aws_secretsmanager_secret"],
        {"secretsmanager.ListSecrets": {"SecretList": [{**found, "KmsKeyId": key}]}},
    )


def parameter(key: str) -> Reading:
    found = {"Name": "orders", "ARN": arn("ssm", "parameter/orders"), "Type": "SecureString"}
    return read(
        ["aws_ssm_parameter"], {"ssm.DescribeParameters": {"Parameters": [{**found, "KeyId": key}]}}
    )


def bucket(key: str) -> Reading:
    applied = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": applied}]
    return read_global(
        ["aws_s3_bucket"],
        {
            "s3.ListBuckets": {"Buckets": [{"Name": "orders"}]},
            "s3.GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}},
        },
    )


def project(key: str) -> Reading:
    found = {"name": "orders", "arn": arn("codebuild", "project/orders"), "encryptionKey": key}
    return read(
        ["aws_codebuild_project"],
        {
            "codebuild.ListProjects": {"projects": ["orders"]},
            "codebuild.BatchGetProjects": {"projects": [found]},
        },
    )


def stream(key: str) -> Reading:
    found = {"StreamName": "orders", "StreamARN": arn("kinesis", "stream/orders")}
    return read(
        ["aws_kinesis_stream"],
        {
            "kinesis.ListStreams": {"StreamNames": ["orders"], "StreamSummaries": [found]},
            "kinesis.DescribeStreamSummary": {
                "StreamDescriptionSummary": {**found, "EncryptionType": "KMS", "KeyId": key}
            },
        },
    )


def trail(key: str) -> Reading:
    found = {"Name": "orders", "TrailARN": arn("cloudtrail", "trail/orders"), "KmsKeyId": key}
    return read(
        ["aws_cloud_trail"],
        {
            "cloudtrail.DescribeTrails": {"trailList": [{**found, "HomeRegion": REGION}]},
            "cloudtrail.ListTags": {
                "ResourceTagList": [{"ResourceId": found["TrailARN"], "TagsList": []}]
            },
        },
    )


def event_bus(key: str) -> Reading:
    found = {"Name": "orders", "Arn": arn("events", "event-bus/orders")}
    return read(
        ["aws_eventbridge_event_bus"],
        {
            "events.ListEventBuses": {"EventBuses": [found]},
            "events.DescribeEventBus": {**found, "KmsKeyIdentifier": key},
        },
    )


USERS = [queue, topic, secret, parameter, bucket, project, stream, trail, event_bus]
# AWS returns the key in the form that the user gave, which may be any of these.
BY_ID = {"id": KEY_ID, "ARN": arn("kms", f"key/{KEY_ID}")}
BY_ALIAS = {"alias": ALIAS, "ARN of the alias": arn("kms", ALIAS)}


def cases() -> list[Any]:
    return [
        pytest.param(user, name, id=f"{user.__name__} by {form}")
        for user in USERS
        for form, name in {**BY_ID, **BY_ALIAS}.items()
    ]


@pytest.mark.parametrize(("user", "name"), cases())
def test_a_key_in_use_is_refused_however_it_is_named(
    user: Callable[[str], Reading], name: str
) -> None:
    plan = plan_of(the_key() + user(name))
    assert codes(plan.refused) == {KEY_ID: "blocked"}


def key_of(reading: Reading) -> Resource:
    (found,) = reading.resources
    return found


def test_an_alias_that_leads_to_no_known_key_leaves_keys_undecided() -> None:
    plan = plan_of(the_key() + queue("alias/unknown"))
    assert set(codes(plan.undecided)) == {KEY_ID}


def test_a_key_that_nothing_names_is_planned() -> None:
    plan = plan_of(the_key() + queue(""))
    assert [entry.subject.id for entry in plan.planned] == [key_of(the_key()).id]


@pytest.mark.parametrize(
    "name",
    [
        "alias/aws/sqs",
        arn("kms", "alias/aws/sqs"),
        "arn:aws:kms:eu-west-1:111122223333:alias/orders",
        f"arn:aws:kms:{REGION}:444455556666:alias/orders",
        arn("kms", "key/99999999-2222-3333-4444-555555555555"),
    ],
    ids=["AWS's alias", "ARN of it", "another region", "another account", "a deleted key"],
)
def test_a_reference_to_a_key_that_is_certainly_another_is_no_doubt(name: str) -> None:
    plan = plan_of(the_key() + queue(name))
    assert [entry.subject.id for entry in plan.planned] == [KEY_ID]


def test_an_alias_that_leads_nowhere_leaves_other_kinds_alone() -> None:
    plan = plan_of(the_key() + queue("alias/unknown"), estate.topic())
    assert [entry.subject.id for entry in plan.planned] == [estate.topic().id]
