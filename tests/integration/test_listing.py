"""Details that complete listed items: in batches, one by one, and when some of them fail."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.aws import own_session
from ebbtide.collect.calling import Caller
from ebbtide.collect.listing import Listing
from ebbtide.collect.to_resource import UNREAD, Place, build_resource, read_tags
from ebbtide.kinds import registry
from tests.integration.workflow import ACCOUNT, REGION
from tests.support.answering import from_aws

BALANCER = "aws_elb"
ATTRIBUTES = {"DescribeLoadBalancerAttributes": {"LoadBalancerAttributes": {}}}


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Operation -> answer, or an error code, or a function of the arguments."""
    given: dict[str, Any] = {}

    def call(_: Any, name: str, arguments: Any) -> Any:
        answer = given[name]
        answer = answer(arguments) if callable(answer) else answer
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": "no"}}, name)
        return from_aws(answer)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return given


def listed(kind: str, pool: Executor) -> tuple[Caller, dict[str, Any]]:
    """The calls of a listing, and its completed items by id."""
    declared = registry()[kind]
    place = Place(ACCOUNT, REGION, "aws")
    caller = Caller(own_session(ACCOUNT, "aws"), declared, place, pool, lambda: None)
    items = [item for page in Listing(caller).pages() for item in page]
    return caller, {str(item[declared.id]): item for item in items}


def keys(*names: str) -> dict[str, Any]:
    """Answers for customer keys, by operation."""

    def describe(arguments: Any) -> dict[str, Any]:
        return {"KeyMetadata": {"KeyId": arguments["KeyId"], "KeyManager": "CUSTOMER"}}

    return {
        "ListKeys": {"Keys": [{"KeyId": name} for name in names]},
        "DescribeKey": describe,
        "ListResourceTags": {"Tags": []},
    }


def test_one_list_serves_all_items_of_a_slice(answers: dict[str, Any], pool: Executor) -> None:
    asked = []

    def aliases(arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        found = [("alias/a", "a"), ("alias/b", "b"), ("alias/too", "a"), ("alias/aws/s3", None)]
        return {"Aliases": [{"AliasName": name, "TargetKeyId": key} for name, key in found]}

    answers |= keys("a", "b", "c") | {"ListAliases": aliases}
    caller, items = listed("aws_kms_key", pool)
    assert asked == [{}]
    assert {
        name: [alias["AliasName"] for alias in item["Aliases"]] for name, item in items.items()
    } == {"a": ["alias/a", "alias/too"], "b": ["alias/b"], "c": []}
    assert caller.first_error is None


def test_without_the_list_no_item_is_complete(answers: dict[str, Any], pool: Executor) -> None:
    answers |= keys("a", "b") | {"ListAliases": "AccessDeniedException"}
    _, items = listed("aws_kms_key", pool)
    assert {name: list(item[UNREAD]) for name, item in items.items()} == {
        "a": ["list_aliases"],
        "b": ["list_aliases"],
    }


def balancers(*names: str) -> dict[str, Any]:
    return {"LoadBalancerDescriptions": [{"LoadBalancerName": name} for name in names]}


def tags_of(names: list[str]) -> dict[str, Any]:
    tagged = [{"LoadBalancerName": n, "Tags": [{"Key": "is", "Value": n}]} for n in names]
    return {"TagDescriptions": tagged}


def test_tags_are_read_in_batches_of_twenty(answers: dict[str, Any], pool: Executor) -> None:
    sizes = []

    def tags(arguments: Any) -> dict[str, Any]:
        sizes.append(len(arguments["LoadBalancerNames"]))
        return tags_of(arguments["LoadBalancerNames"])

    names = [f"lb-{number}" for number in range(45)]
    answers |= {"DescribeLoadBalancers": balancers(*names), "DescribeTags": tags, **ATTRIBUTES}
    _, items = listed(BALANCER, pool)
    assert sorted(sizes) == [5, 20, 20]
    assert {name: read_tags(registry()[BALANCER], item) for name, item in items.items()} == {
        name: {"is": name} for name in names
    }


def test_one_whose_tags_are_not_found_does_not_spoil_its_batch(
    answers: dict[str, Any], pool: Executor
) -> None:
    def tags(arguments: Any) -> Any:
        names = arguments["LoadBalancerNames"]
        return "LoadBalancerNotFound" if "gone" in names else tags_of(names)

    answers |= {
        "DescribeLoadBalancers": balancers("a", "gone", "b"),
        "DescribeTags": tags,
        **ATTRIBUTES,
    }
    caller, items = listed(BALANCER, pool)
    assert {name: read_tags(registry()[BALANCER], item) for name, item in items.items()} == {
        "a": {"is": "a"},
        "b": {"is": "b"},
        "gone": None,
    }
    assert caller.unknown_tags == 1
    assert caller.failure is None


@pytest.mark.parametrize("answer", ["AccessDenied", {"TagDescriptions": []}])
def test_tags_that_are_denied_or_passed_over_are_unknown(
    answers: dict[str, Any], pool: Executor, answer: Any
) -> None:
    answers |= {"DescribeLoadBalancers": balancers("a"), "DescribeTags": answer, **ATTRIBUTES}
    caller, items = listed(BALANCER, pool)
    assert read_tags(registry()[BALANCER], items["a"]) is None
    assert caller.unknown_tags == 1
    assert caller.first_error is None


def tables(failing: dict[str, str]) -> dict[str, Any]:
    def describe(arguments: Any) -> Any:
        name = arguments["TableName"]
        answer = {"Table": {"TableName": name, "TableArn": f"arn:{name}"}}
        return failing.get(name, answer)

    return {
        "ListTables": {"TableNames": ["open", "secret"]},
        "DescribeTable": describe,
        "ListTagsOfResource": {"Tags": []},
        "DescribeKinesisStreamingDestination": {"KinesisDataStreamDestinations": []},
        "DescribeScalableTargets": {"ScalableTargets": []},
        "DescribeScalingPolicies": {"ScalingPolicies": []},
    }


def test_an_item_that_refuses_its_detail_is_kept_with_the_error(
    answers: dict[str, Any], pool: Executor
) -> None:
    answers |= tables({"secret": "AccessDeniedException"})
    caller, items = listed("aws_dynamodb_table", pool)
    built = {name: build_resource(caller.kind, item, caller.place) for name, item in items.items()}
    assert built["open"].unread == {}
    assert built["secret"].unread == {"describe_table": "AccessDeniedException: no"}
    assert (built["open"].tags, built["secret"].tags) == ({}, None)
    assert caller.failure is None


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param({"open": "AccessDenied", "secret": "AccessDenied"}, id="refused to all"),
        pytest.param({"secret": "ThrottlingException"}, id="throttled"),
        pytest.param({"secret": "ExpiredTokenException"}, id="expired"),
        pytest.param({"secret": "InternalServerError"}, id="broken"),
    ],
)
def test_other_failures_of_a_detail_are_failures_of_the_kind(
    answers: dict[str, Any], pool: Executor, failing: dict[str, str]
) -> None:
    answers |= tables(failing)
    caller, items = listed("aws_dynamodb_table", pool)
    assert set(items) == {"open", "secret"}
    assert caller.failure is not None
    assert caller.failure.code == failing["secret"]


def test_a_code_that_means_none_leaves_known_empty_tags(
    answers: dict[str, Any], pool: Executor
) -> None:
    kind = registry()["aws_s3_bucket"]
    answers |= {
        "ListBuckets": {"Buckets": [{"Name": "b", "CreationDate": "2026-01-01"}]},
        "GetBucketTagging": "NoSuchTagSet",
        "GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
        "GetBucketNotificationConfiguration": {},
        "GetBucketReplication": "ReplicationConfigurationNotFoundError",
        "GetBucketLogging": {},
        "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    }
    caller, items = listed("aws_s3_bucket", pool)
    assert read_tags(kind, items["b"]) == {}
    assert caller.unknown_tags == 0
