"""Every call is recorded for what it was, and faults reach callers in the service's own format."""

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest

from local.cloud import Cloud

Refused = Callable[..., str]


def _facts(call: dict[str, Any]) -> tuple[str, str, bool, str | None]:
    return call["service"], call["action"], call["read_only"], call["error"]


def test_calls_of_every_protocol_are_recorded(
    cloud: Cloud, client: Callable[[str], Any], account: str, refused: Refused
) -> None:
    mark = cloud.mark()
    bucket = f"record-{account}"
    client("ec2").describe_instances()
    refused(client("ec2").delete_vpc, VpcId="vpc-0123456789abcdef0")
    client("elb").describe_load_balancers()
    client("elbv2").describe_load_balancers()
    client("dynamodb").list_tables()
    client("cloudwatch").describe_alarms()
    client("lambda").list_functions()
    refused(client("lambda").delete_function, FunctionName="none")
    client("route53").list_hosted_zones()
    client("stepfunctions").list_state_machines()
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="a/b c", Body=b"text")
    client("s3").list_objects_v2(Bucket=bucket)
    client("s3").get_bucket_versioning(Bucket=bucket)
    client("s3").copy_object(Bucket=bucket, Key="d", CopySource=f"{bucket}/a/b c")
    refused(client("s3").head_object, Bucket=bucket, Key="none")
    calls = cloud.calls_since(mark)
    assert [_facts(call) for call in calls] == [
        ("ec2", "DescribeInstances", True, None),
        ("ec2", "DeleteVpc", False, "InvalidVpcID.NotFound"),
        ("elb", "DescribeLoadBalancers", True, None),
        ("elbv2", "DescribeLoadBalancers", True, None),
        ("dynamodb", "ListTables", True, None),
        ("cloudwatch", "DescribeAlarms", True, None),
        ("lambda", "ListFunctions", True, None),
        ("lambda", "DeleteFunction", False, "ResourceNotFoundException"),
        ("route53", "ListHostedZones", True, None),
        ("stepfunctions", "ListStateMachines", True, None),
        ("s3", "CreateBucket", False, None),
        ("s3", "PutObject", False, None),
        ("s3", "ListObjectsV2", True, None),
        ("s3", "GetBucketVersioning", True, None),
        ("s3", "CopyObject", False, None),
        ("s3", "HeadObject", True, "404"),
    ]
    assert {(call["account"], call["region"]) for call in calls} == {(account, "us-east-1")}
    assert calls[1]["params"] == {"VpcId": "vpc-0123456789abcdef0"}
    assert calls[11]["params"] == {"Bucket": bucket, "Key": "a/b c"}


def test_calls_of_an_assumed_role_name_the_role(cloud: Cloud, account: str) -> None:
    other = "700000009999"
    sts = cloud.client("sts", account, "us-east-1")
    role = f"arn:aws:iam::{other}:role/reader"
    key = sts.assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    mark = cloud.mark()
    boto3.client(
        "ec2",
        endpoint_url=cloud.url,
        region_name="eu-central-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    ).describe_vpcs()
    (call,) = cloud.calls_since(mark)
    assert call["principal"] == f"arn:aws:sts::{other}:assumed-role/reader/run"
    assert (call["account"], call["region"]) == (other, "eu-central-1")


@pytest.mark.parametrize(
    ("service", "operation", "denied", "throttled"),
    [
        ("ec2", "describe_vpcs", "UnauthorizedOperation", "RequestLimitExceeded"),
        ("elb", "describe_load_balancers", "AccessDenied", "Throttling"),
        ("iam", "list_roles", "AccessDenied", "Throttling"),
        ("dynamodb", "list_tables", "AccessDeniedException", "ThrottlingException"),
        ("lambda", "list_functions", "AccessDeniedException", "TooManyRequestsException"),
        ("s3", "list_buckets", "AccessDenied", "SlowDown"),
        ("route53", "list_hosted_zones", "AccessDenied", "Throttling"),
    ],
)
def test_faults_speak_the_format_of_the_service(
    cloud: Cloud,
    client: Callable[[str], Any],
    account: str,
    refused: Refused,
    service: str,
    operation: str,
    denied: str,
    throttled: str,
) -> None:
    rule = {"service": service, "action": "*", "account": account, "times": 1}
    cloud.faults([rule | {"effect": "deny"}, rule | {"effect": "throttle"}])
    call = getattr(client(service), operation)
    assert [refused(call), refused(call)] == [denied, throttled]
    call()


def test_faults_can_wait_and_be_narrow_and_end(
    cloud: Cloud, client: Callable[[str], Any], account: str, refused: Refused
) -> None:
    rule = {"service": "ec2", "action": "DeleteVpc", "effect": "error", "account": account}
    cloud.faults([rule | {"code": "DependencyViolation", "skip": 1, "times": 1}])
    ec2 = client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]
    cloud.client("ec2", account, "eu-central-1").describe_vpcs()
    ec2.delete_vpc(VpcId=vpcs[0])
    assert refused(ec2.delete_vpc, VpcId=vpcs[1]) == "DependencyViolation"
    ec2.delete_vpc(VpcId=vpcs[1])
    assert [(one["passed"], one["fired"]) for one in cloud.fired()] == [(1, 1)]
    cloud.faults([])
    assert cloud.fired() == []


def test_a_wrong_fault_is_refused(cloud: Cloud) -> None:
    with pytest.raises(HTTPError) as caught:
        cloud.faults([{"service": "ec2", "action": "*", "effect": "explode"}])
    with caught.value as answer:
        assert "effect must be one of" in json.loads(answer.read())["error"]


def test_faults_can_mean_one_resource(
    cloud: Cloud, client: Callable[[str], Any], account: str, refused: Refused
) -> None:
    ec2 = client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]
    rule = {"service": "ec2", "action": "DeleteVpc", "effect": "deny", "account": account}
    cloud.faults([rule | {"contains": vpcs[1]}])
    ec2.delete_vpc(VpcId=vpcs[0])
    assert refused(ec2.delete_vpc, VpcId=vpcs[1]) == "UnauthorizedOperation"
    cloud.faults([])
