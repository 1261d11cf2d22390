"""Collecting an account: what is there is found, and what cannot be read is never called gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.base.deadline import Deadline
from ebbtide.deployment.inputs import CollectRequest
from ebbtide.graph import current_manifest
from ebbtide.model.resource import GLOBAL, graph_id
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow, plenty
from tests.support.answering import from_aws

VOLUME = "aws_ec2_volume"

pytestmark = pytest.mark.about(VOLUME)
EVERY_KIND = pytest.mark.about()  # as a configuration that names none


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, operation: str, code: str, message: str = "no"
) -> Iterator[None]:
    """Every call of one operation fails with this code."""
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == operation:
            raise ClientError({"Error": {"Code": code, "Message": message}}, name)
        return original(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield


def volume(customer: boto3.session.Session) -> str:
    ec2 = customer.client("ec2")
    answer = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)
    return str(answer["VolumeId"])


def name_of(volume_id: str) -> str:
    return graph_id(ACCOUNT, REGION, VOLUME, volume_id)


def again(workflow: Workflow, run_id: str) -> str:
    workflow.release(run_id)
    return workflow.collect()


def coverage(workflow: Workflow, run_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    entries = workflow.bucket.read_json(RunKeys(run_id).graph(ACCOUNT, "coverage.json"))["kinds"]
    return {(entry["region"], entry["kind"]): entry for entry in entries}


def changes(workflow: Workflow, run_id: str) -> list[tuple[str, str]]:
    key = RunKeys(run_id).graph(ACCOUNT, "changes.jsonl.zst")
    return [(line["change"], line["graph_id"]) for line in workflow.bucket.read_lines(key)]


def test_a_resource_is_found_with_its_place_tags_and_edges(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume_id = volume(customer)
    ec2 = customer.client("ec2")
    ec2.create_tags(Resources=[volume_id], Tags=[{"Key": "Name", "Value": "data"}])
    run_id = workflow.collect()
    graph = workflow.graph()
    node = graph.nodes[name_of(volume_id)]
    assert node["kind"] == VOLUME
    assert node["name"] == "data"
    assert node["tags"] == {"Name": "data"}
    assert node["properties"]["volume_size"] == 8
    assert node["arn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{volume_id}"
    region = graph_id(ACCOUNT, REGION, "aws_region", REGION)
    account = graph_id(ACCOUNT, GLOBAL, "aws_account", ACCOUNT)
    assert graph.has_edge(region, name_of(volume_id), key="default")
    assert graph.has_edge(account, region, key="default")
    assert_priced(workflow, run_id, name_of(volume_id))


def assert_priced(workflow: Workflow, run_id: str, name: str) -> None:
    """Each line has its price, the account its bases, and the rates are kept for the refresh."""
    keys = RunKeys(run_id)
    lines = [*workflow.bucket.read_lines(keys.graph(ACCOUNT, "resources.jsonl.zst"))]
    (price,) = [line["price"] for line in lines if line["graph_id"] == name]
    assert price["currency"] == "USD"
    assert ("basis" in price) != ("why" in price)
    entry = workflow.bucket.read_json(keys.graph(ACCOUNT, "account.json"))
    assert sum(entry["prices"].values()) == len(lines)
    rates = workflow.bucket.read_json(keys.graph(ACCOUNT, "rates.json"))["rates"]
    assert [key for key in rates if key.startswith("ebs.storage/")]


@EVERY_KIND
def test_everything_that_can_be_read_is_covered(workflow: Workflow) -> None:
    run_id = workflow.collect()
    states = {entry["state"] for entry in coverage(workflow, run_id).values()}
    assert states == {"complete"}


@EVERY_KIND
def test_collecting_twice_changes_nothing(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    first = workflow.collect()
    before = set(workflow.graph().nodes)
    second = again(workflow, first)
    assert changes(workflow, second) == []
    assert set(workflow.graph().nodes) == before


def test_a_deleted_resource_is_recorded_as_deleted(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume_id, _ = volume(customer), volume(customer)
    first = workflow.collect()
    customer.client("ec2").delete_volume(VolumeId=volume_id)
    second = again(workflow, first)
    assert ("deleted", name_of(volume_id)) in changes(workflow, second)
    assert name_of(volume_id) not in workflow.graph()


@pytest.mark.parametrize(
    ("code", "message", "state"),
    [
        ("UnauthorizedOperation", "not allowed", "denied"),
        ("AccessDenied", "explicit deny in a service control policy", "denied"),
        ("RequestLimitExceeded", "slow down", "throttled"),
        ("AuthFailure", "the region is disabled", "denied"),
        ("ExpiredToken", "expired", "denied"),
        ("InternalError", "sorry", "failed"),
    ],
)
def test_what_cannot_be_read_is_carried_over_and_told(
    workflow: Workflow,
    customer: boto3.session.Session,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    message: str,
    state: str,
) -> None:
    volume_id = volume(customer)
    first = workflow.collect()
    with failing(monkeypatch, "DescribeVolumes", code, message):
        second = again(workflow, first)
    entry = coverage(workflow, second)[REGION, VOLUME]
    assert entry["state"] == state
    assert entry["error"] == f"{code}: {message}"
    node = workflow.graph().nodes[name_of(volume_id)]
    assert node["stale_since"] is not None
    assert changes(workflow, second) == []


def test_a_reset_in_the_middle_of_a_listing_loses_nothing(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volumes = {volume(customer) for _ in range(3)}
    first = workflow.collect()
    original = botocore.client.BaseClient._make_api_call

    def truncated(self: Any, name: str, arguments: Any) -> Any:
        if name == "DescribeVolumes" and "NextToken" in arguments:
            raise ConnectionResetError("reset by peer")
        answer = original(self, name, arguments)
        if name == "DescribeVolumes":
            answer["Volumes"], answer["NextToken"] = answer["Volumes"][:1], "next"
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", truncated)
        second = again(workflow, first)
    assert coverage(workflow, second)[REGION, VOLUME]["state"] == "failed"
    assert {name_of(name) for name in volumes} <= set(workflow.graph().nodes)
    assert changes(workflow, second) == []


@pytest.mark.about("aws_iam_role")
def test_a_page_that_announces_more_without_a_marker_is_not_the_last(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = customer.client("iam")
    trust = '{"Version": "2012-10-17", "Statement": []}'
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    first = workflow.collect()
    before = set(workflow.graph().nodes)
    original = botocore.client.BaseClient._make_api_call

    def truncated(self: Any, name: str, arguments: Any) -> Any:
        answer = original(self, name, arguments)
        if name == "GetAccountAuthorizationDetails" and arguments["Filter"] == ["Role"]:
            roles = answer["RoleDetailList"][:1]
            answer = from_aws({"RoleDetailList": roles, "IsTruncated": True})
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", truncated)
        second = again(workflow, first)
    entry = coverage(workflow, second)[GLOBAL, "aws_iam_role"]
    assert entry["state"] == "failed"
    assert "TruncatedAnswer" in entry["error"]
    assert set(workflow.graph().nodes) == before
    assert changes(workflow, second) == []


@pytest.mark.about("aws_sns_topic")
def test_tags_that_cannot_be_read_are_unknown_not_empty(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = customer.client("sns").create_topic(Name="t", Tags=[{"Key": "a", "Value": "b"}])[
        "TopicArn"
    ]
    with failing(monkeypatch, "ListTagsForResource", "AuthorizationError"):
        run_id = workflow.collect()
    node = workflow.graph().nodes[graph_id(ACCOUNT, REGION, "aws_sns_topic", arn)]
    assert node["tags"] is None
    entry = coverage(workflow, run_id)[REGION, "aws_sns_topic"]
    assert (entry["state"], entry["unknown_tags"]) == ("complete", 1)


@pytest.mark.about("aws_dynamodb_table")
def test_a_detail_that_fails_keeps_what_was_known(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    first = workflow.collect()
    with failing(monkeypatch, "DescribeTable", "ThrottlingException"):
        second = again(workflow, first)
    assert coverage(workflow, second)[REGION, "aws_dynamodb_table"]["state"] == "throttled"
    tables = [
        data
        for _, data in workflow.graph().nodes(data=True)
        if data["kind"] == "aws_dynamodb_table"
    ]
    assert [data["stale_since"] is not None for data in tables] == [True]


@pytest.mark.about("aws_iam_access_key")
def test_children_of_what_cannot_be_read_are_not_read_either(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = customer.client("iam")
    iam.create_user(UserName="ann")
    iam.create_access_key(UserName="ann")
    first = workflow.collect()
    assert coverage(workflow, first)[GLOBAL, "aws_iam_access_key"]["count"] == 1
    with failing(monkeypatch, "GetAccountAuthorizationDetails", "AccessDenied"):
        second = again(workflow, first)
    assert coverage(workflow, second)[GLOBAL, "aws_iam_access_key"]["state"] == "denied"
    keys = [d for _, d in workflow.graph().nodes(data=True) if d["kind"] == "aws_iam_access_key"]
    assert len(keys) == 1


def test_an_account_that_cannot_be_entered_keeps_everything_it_had(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume_id = volume(customer)
    first = workflow.collect()
    before = set(workflow.graph().nodes)
    with failing(monkeypatch, "AssumeRole", "AccessDenied"):
        second = again(workflow, first)
    assert {entry["state"] for entry in coverage(workflow, second).values()} == {"denied"}
    graph = workflow.graph()
    assert set(graph.nodes) == before
    assert graph.nodes[name_of(volume_id)]["stale_since"] is not None
    assert changes(workflow, second) == []


def test_a_role_that_leads_elsewhere_is_not_used(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = botocore.client.BaseClient._make_api_call

    def elsewhere(self: Any, name: str, arguments: Any) -> Any:
        answer = original(self, name, arguments)
        return {**answer, "Account": "999999999999"} if name == "GetCallerIdentity" else answer

    volume(customer)
    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", elsewhere)
        run_id = workflow.collect()
    entry = coverage(workflow, run_id)[REGION, VOLUME]
    assert entry["state"] == "denied"
    assert "WrongAccount" in entry["error"]
    assert not workflow.graph().nodes


def test_time_that_runs_out_ends_in_coverage(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    first = workflow.collect()
    workflow.release(first)
    run_id = "late"
    workflow.claim(run_id)
    workflow.discover(run_id)
    for task in workflow.work(run_id):
        request = CollectRequest(run_id=run_id, task=task)
        from ebbtide.collect import collect_task

        collect_task(request, workflow.bucket, workflow.settings, Deadline.after(0))
    workflow.merge(run_id)
    workflow.publish(run_id)
    assert coverage(workflow, run_id)[REGION, VOLUME]["state"] == "timed_out"
    assert len([d for _, d in workflow.graph().nodes(data=True) if d["kind"] == VOLUME]) == 1


def test_a_task_that_was_never_finished_does_not_count(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume_id = volume(customer)
    first = workflow.collect()
    workflow.release(first)
    run_id = "killed"
    workflow.claim(run_id)
    workflow.discover(run_id)
    # What a function leaves that was killed between its first and its last write.
    key = RunKeys(run_id).task(ACCOUNT, "0", "resources.jsonl.zst")
    workflow.bucket.write_lines(key, [])
    workflow.merge(run_id)
    workflow.publish(run_id)
    entry = coverage(workflow, run_id)[REGION, VOLUME]
    assert (entry["state"], entry["error"]) == ("failed", "the task was not finished")
    assert workflow.graph().nodes[name_of(volume_id)]["stale_since"] is not None


def test_an_account_that_could_not_be_merged_keeps_its_last_graph(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume_id = volume(customer)
    first = workflow.collect()
    workflow.release(first)
    workflow.claim("unmerged")
    workflow.discover("unmerged")
    workflow.publish("unmerged")
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    entry = manifest.find(ACCOUNT)
    assert entry is not None
    assert (entry.run_id, manifest.run_id) == (first, "unmerged")
    assert entry.stale_since is not None
    assert name_of(volume_id) in workflow.graph()


def test_every_part_of_collect_can_be_repeated(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    run_id = workflow.collect()
    before, counts = dict(workflow.graph().nodes(data=True)), changes(workflow, run_id)
    for task in workflow.work(run_id):
        workflow.collect_task(run_id, task)
    workflow.merge(run_id)
    workflow.publish(run_id)
    assert dict(workflow.graph().nodes(data=True)) == before
    assert changes(workflow, run_id) == counts


def test_a_kind_that_is_excluded_is_neither_read_nor_called_deleted(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    first = workflow.collect()
    workflow.configure(collect={"regions": [REGION], "kinds": {"exclude": ["volume"]}})
    second = again(workflow, first)
    assert (REGION, VOLUME) not in coverage(workflow, second)
    assert changes(workflow, second) == []


def test_all_enabled_regions_are_found(workflow: Workflow) -> None:
    workflow.configure(collect={"regions": "enabled", "kinds": {"include": ["aws_vpc"]}})
    workflow.claim("r")
    workflow.discover("r")
    (task,) = workflow.work("r")
    enabled = boto3.client("ec2").describe_regions()["Regions"]
    assert set(task.regions) == {GLOBAL, *(region["RegionName"] for region in enabled)}


def test_regions_that_cannot_be_listed_stay_those_of_the_last_snapshot(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workflow.collect()
    workflow.release(first)
    workflow.configure(collect={"regions": "enabled"})
    workflow.claim("r")
    with failing(monkeypatch, "DescribeRegions", "UnauthorizedOperation"):
        workflow.discover("r")
    (task,) = workflow.work("r")
    assert set(task.regions) == {GLOBAL, REGION}


def test_plenty_of_time_is_no_time_out() -> None:
    plenty().checker(20)()
    with pytest.raises(TimeoutError):
        Deadline.after(10).checker(20)()
