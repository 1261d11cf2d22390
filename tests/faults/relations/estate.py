"""Expired resources, named as AWS names them."""

from __future__ import annotations

from typing import Any

from ebbtide.model.resource import GLOBAL, Resource
from tests.faults.relations.reading import OLD
from tests.support.builders import ACCOUNT, REGION, resource

KEY_ID = "11111111-2222-3333-4444-555555555555"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _made(kind: str, id: str, **given: Any) -> Resource:
    return resource(kind, id, **{"tags": OLD, **given})


def topic(name: str = "topic") -> Resource:
    return _made("aws_sns_topic", arn("sns", name), name=name, arn=arn("sns", name))


def queue(name: str = "queue") -> Resource:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return _made("aws_sqs_queue", url, name=name, arn=arn("sqs", name))


def function(name: str = "function") -> Resource:
    return _made("aws_lambda_function", name, arn=arn("lambda", f"function:{name}"))


def stream(name: str = "stream") -> Resource:
    return _made("aws_kinesis_stream", name, arn=arn("kinesis", f"stream/{name}"))


def delivery_stream(name: str = "delivery") -> Resource:
    return _made(
        "aws_firehose_delivery_stream", name, arn=arn("firehose", f"deliverystream/{name}")
    )


def log_group(name: str = "log-group") -> Resource:
    return _made("aws_cloudwatch_log_group", name, arn=arn("logs", f"log-group:{name}"))


def role(name: str = "role") -> Resource:
    return _made("aws_iam_role", "AROAEXAMPLE", name=name, arn=role_arn(name), region=GLOBAL)


def policy(name: str = "policy") -> Resource:
    found = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    return _made("aws_iam_policy", "ANPAEXAMPLE", name=name, arn=found, region=GLOBAL)


def bucket(name: str = "bucket") -> Resource:
    return _made("aws_s3_bucket", name, arn=f"arn:aws:s3:::{name}", region=GLOBAL)


def key() -> Resource:
    return _made("aws_kms_key", KEY_ID, arn=arn("kms", f"key/{KEY_ID}"))


def image(id: str = "ami-0a1b2c3d4e5f60001") -> Resource:
    return _made("aws_ec2_image", id)


def snapshot(id: str = "snap-0a1b2c3d4e5f60001") -> Resource:
    return _made("aws_ec2_snapshot", id)


def security_group(id: str = "sg-0a1b2c3d4e5f60001") -> Resource:
    return _made("aws_ec2_security_group", id, name="web")


def key_pair(name: str = "web") -> Resource:
    return _made("aws_ec2_keypair", "key-0a1b2c3d4e5f60001", name=name)


def instance_profile(name: str = "web") -> Resource:
    found = f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}"
    return _made("aws_iam_instance_profile", "AIPAEXAMPLE", name=name, arn=found, region=GLOBAL)


def target_group(name: str, **properties: Any) -> Resource:
    found = arn("elasticloadbalancing", f"targetgroup/{name}/0a1b2c3d4e5f6071")
    return resource("aws_alb_target_group", name, arn=found, properties=properties)
