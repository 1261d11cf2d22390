"""When resources were used last: asked only where somebody wants to know, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.aws import own_session
from ebbtide.base.clock import from_text
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.last_use import KNOWN_SINCE, LAST_USED, USAGE, UseReader
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.answering import from_aws

VOLUME, QUEUE, ROLE, USER, ACCESS_KEY = (
    "aws_ec2_volume",
    "aws_sqs_queue",
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_access_key",
)
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
TODAY = NOW.replace(hour=0, minute=0)
DAY = timedelta(days=1)

type Answers = dict[str, Any]


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> Iterator[list[tuple[str, Any]]]:
    """The calls made meanwhile. Some operations answer with this, a function of the arguments and
    the true answer, or fail with a code."""
    original = botocore.client.BaseClient._make_api_call
    calls: list[tuple[str, Any]] = []

    def call(self: Any, name: str, arguments: Any) -> Any:
        calls.append((name, arguments))
        given = answers.get(name)
        if isinstance(given, str):
            raise ClientError({"Error": {"Code": given, "Message": "no"}}, name)
        if given is None:
            return original(self, name, arguments)
        return from_aws(given(arguments, lambda: original(self, name, arguments)))

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield calls


def configure(workflow: Workflow, *wanted: str, **rest: Any) -> None:
    kinds = [VOLUME, QUEUE, ROLE, USER, ACCESS_KEY]
    collect: dict[str, Any] = {"regions": [REGION], "kinds": {"include": kinds}}
    collect["last_use"] = {"kinds": list(wanted)}
    workflow.configure(collect=collect, **rest)


def nodes(workflow: Workflow, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a kind by name."""
    graph = workflow.graph()
    found = [data for _, data in graph.nodes(data=True) if data["kind"] == kind]
    return {data["name"]: data["properties"] for data in found}


def task_document(workflow: Workflow, run_id: str) -> dict[str, Any]:
    (task,) = workflow.work(run_id)
    key = RunKeys(run_id).task(ACCOUNT, task.task, "coverage.json")
    document: dict[str, Any] = workflow.bucket.read_json(key)
    return document


def create_volume(customer: boto3.session.Session) -> str:
    answer = customer.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=8)
    return str(answer["VolumeId"])


def record(
    customer: boto3.session.Session,
    namespace: str,
    metric: str,
    value: float,
    at: datetime,
    **of: str,
) -> None:
    dimensions = [{"Name": name, "Value": text} for name, text in of.items()]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Value": value}
    customer.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def test_the_last_use_of_volumes_is_the_end_of_the_last_day_with_any(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    used, idle, zero = (create_volume(customer) for _ in range(3))
    at = workflow.now - timedelta(days=3)
    record(customer, "AWS/EBS", "VolumeReadOps", 5, at, VolumeId=used)
    record(customer, "AWS/EBS", "VolumeWriteOps", 0, at + DAY, VolumeId=used)
    record(customer, "AWS/EBS", "VolumeWriteOps", 0, at, VolumeId=zero)
    configure(workflow, "volume")
    run_id = workflow.collect()
    found = nodes(workflow, VOLUME)
    last = from_text(found[used]["last_used"])
    assert at <= last <= at + DAY
    assert found[idle]["last_used"] is None
    assert found[zero]["last_used"] is None
    since = {from_text(properties["last_use_known_since"]) for properties in found.values()}
    assert all(workflow.now - 15 * DAY <= start <= workflow.now - 14 * DAY for start in since)
    document = task_document(workflow, run_id)
    assert (document["metrics_asked"], document["unknown_use"]) == (6, 0)
    assert found[used]["usage"] == {
        "volume_read_ops": {f"{at:%Y-%m-%d}": 5},
        "volume_write_ops": {f"{at + DAY:%Y-%m-%d}": 0},
    }
    assert found[idle]["usage"] == {"volume_read_ops": {}, "volume_write_ops": {}}


def test_how_much_an_instance_does_says_nothing_of_when_it_was_used(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    ec2 = customer.client("ec2")
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    at = workflow.now - timedelta(days=2)
    record(customer, "AWS/EC2", "CPUUtilization", 7.5, at, InstanceId=made["InstanceId"])
    workflow.configure(
        collect={
            "regions": [REGION],
            "kinds": {"include": ["aws_ec2_instance"]},
            "last_use": {"kinds": ["instance"]},
        }
    )
    workflow.collect()
    (found,) = nodes(workflow, "aws_ec2_instance").values()
    assert found["usage"]["cpu_utilization"] == {f"{at:%Y-%m-%d}": 7.5}
    assert "last_used" not in found
    assert "last_use_known_since" not in found


def test_a_use_of_today_is_not_in_the_future(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    used = create_volume(customer)
    record(customer, "AWS/EBS", "VolumeReadOps", 5, workflow.now, VolumeId=used)
    configure(workflow, VOLUME)
    workflow.collect()
    assert from_text(nodes(workflow, VOLUME)[used]["last_used"]) == workflow.now


def test_metrics_of_queues_are_asked_for_by_name(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    for name in ("busy", "idle"):
        customer.client("sqs").create_queue(QueueName=name)
    at = workflow.now - timedelta(days=2)
    record(customer, "AWS/SQS", "NumberOfMessagesSent", 1, at, QueueName="busy")
    configure(workflow, "queue")
    workflow.collect()
    found = nodes(workflow, QUEUE)
    assert found["busy"]["last_used"] is not None
    assert found["idle"]["last_used"] is None


def test_the_last_use_of_roles_costs_no_call(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("used", "idle"):
        customer.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")

    def with_use(_: Any, answer: Any) -> Any:
        found = answer()
        for role in found["RoleDetailList"]:
            if role["RoleName"] == "used":
                role["RoleLastUsed"] = {"LastUsedDate": NOW, "Region": REGION}
        return found

    configure(workflow, ROLE)
    with answering(monkeypatch, GetAccountAuthorizationDetails=with_use) as calls:
        run_id = workflow.collect()
    found = nodes(workflow, ROLE)
    assert found["used"]["last_used"] == "2026-11-22T12:30:00Z"
    assert found["idle"]["last_used"] is None
    assert found["idle"]["last_use_known_since"] is None
    assert "GetMetricData" not in {name for name, _ in calls}
    assert task_document(workflow, run_id)["metrics_asked"] == 0


def create_keys(customer: boto3.session.Session, *users: str) -> dict[str, str]:
    """The id of an access key by its user."""
    iam = customer.client("iam")
    for user in users:
        iam.create_user(UserName=user)
    return {
        user: iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"] for user in users
    }


def test_the_last_use_of_access_keys_is_asked_key_by_key(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = create_keys(customer, "ann", "bob")

    def last_used(arguments: Any, _: Any) -> Any:
        if arguments["AccessKeyId"] == keys["bob"]:
            return {"UserName": "bob", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
        return {"UserName": "ann", "AccessKeyLastUsed": {"LastUsedDate": NOW, "Region": REGION}}

    configure(workflow, ACCESS_KEY)
    with answering(monkeypatch, GetAccessKeyLastUsed=last_used):
        run_id = workflow.collect()
    found = nodes(workflow, ACCESS_KEY)
    assert found["ann"]["last_used"] == "2026-11-22T12:30:00Z"
    assert found["bob"]["last_used"] is None
    assert "last_use_known_since" in found["bob"]
    assert task_document(workflow, run_id)["unknown_use"] == 0


def test_a_last_use_that_is_denied_is_unknown_and_not_never(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keys(customer, "ann", "bob")
    create_volume(customer)
    configure(workflow, ACCESS_KEY, VOLUME)
    with answering(monkeypatch, GetAccessKeyLastUsed="AccessDenied", GetMetricData="AccessDenied"):
        run_id = workflow.collect()
    found = nodes(workflow, ACCESS_KEY) | nodes(workflow, VOLUME)
    assert len(found) == 3
    for properties in found.values():
        assert not {"last_used", "last_use_known_since"} & set(properties)
    document = task_document(workflow, run_id)
    assert document["unknown_use"] == 3
    assert {entry["state"] for entry in document["kinds"]} == {"complete"}


def test_nothing_is_asked_where_nobody_wants_to_know(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keys(customer, "ann")
    volume_id = create_volume(customer)
    configure(workflow, rules={"volumes": {"enabled": True}})
    with answering(monkeypatch) as calls:
        run_id = workflow.collect()
    assert not {name for name, _ in calls} & {"GetMetricData", "GetAccessKeyLastUsed"}
    assert "last_used" not in nodes(workflow, VOLUME)[volume_id]
    assert task_document(workflow, run_id)["metrics_asked"] == 0


@pytest.mark.parametrize(("enabled", "asked"), [(True, 2), (False, 0)])
def test_a_rule_that_needs_the_last_use_asks_for_it_itself(
    workflow: Workflow, customer: boto3.session.Session, enabled: bool, asked: int
) -> None:
    create_volume(customer)
    configure(workflow, rules={"volumes": {"enabled": enabled, "last_use": True}})
    run_id = workflow.collect()
    assert task_document(workflow, run_id)["metrics_asked"] == asked
    document = workflow.bucket.read_json(RunKeys(run_id).graph(ACCOUNT, "coverage.json"))
    assert document["metrics_asked"] == asked


def test_a_new_last_use_is_no_change_of_the_resource(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume_id = create_volume(customer)
    configure(workflow, VOLUME)
    first = workflow.collect()
    workflow.release(first)
    record(customer, "AWS/EBS", "VolumeReadOps", 5, workflow.now, VolumeId=volume_id)
    second = workflow.collect()
    changes = workflow.bucket.read_lines(RunKeys(second).graph(ACCOUNT, "changes.jsonl.zst"))
    assert list(changes) == []
    assert nodes(workflow, VOLUME)[volume_id]["last_used"] is not None


def read_use(items: list[Item], kind: str = VOLUME) -> UseReader:
    """Adds the last use to items that were listed at NOW."""
    reader = UseReader(NOW, timedelta(days=14))
    with ThreadPoolExecutor(4) as pool:
        caller = Caller(
            own_session(ACCOUNT, "aws"),
            registry()[kind],
            Place(ACCOUNT, REGION, "aws"),
            pool,
            lambda: None,
        )
        assert reader.add(caller, items) is items
    return reader


def volumes(number: int) -> list[Item]:
    return [{"VolumeId": f"vol-{position}"} for position in range(number)]


def results(arguments: Any, *days: int, status: str = "Complete") -> list[dict[str, Any]]:
    """What CloudWatch answers when all was used so many days ago."""
    return [
        {
            "Id": query["Id"],
            "Timestamps": [TODAY - day * DAY for day in days],
            "Values": [1.0] * len(days),
            "StatusCode": status,
        }
        for query in arguments["MetricDataQueries"]
    ]


def test_no_call_asks_for_more_than_500_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    items = volumes(601)
    answer = {"GetMetricData": lambda given, _: {"MetricDataResults": results(given, 2)}}
    with answering(monkeypatch, **answer) as calls:
        reader = read_use(items)
    sizes = sorted(len(arguments["MetricDataQueries"]) for _, arguments in calls)
    assert sizes == [202, 500, 500]
    assert reader.asked == 1202
    assert {item[LAST_USED] for item in items} == {"2026-11-21T00:00:00Z"}


def test_whole_days_are_asked_for_as_far_back_as_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = volumes(1)
    answer = {"GetMetricData": lambda given, _: {"MetricDataResults": results(given)}}
    with answering(monkeypatch, **answer) as calls:
        read_use(items)
    ((_, arguments),) = calls
    assert arguments["StartTime"] == TODAY - 14 * DAY
    assert arguments["EndTime"] == TODAY + DAY
    assert {query["MetricStat"]["Period"] for query in arguments["MetricDataQueries"]} == {86_400}
    assert items[0] == {
        "VolumeId": "vol-0",
        LAST_USED: None,
        KNOWN_SINCE: "2026-11-08T00:00:00Z",
        USAGE: {"volume_read_ops": {}, "volume_write_ops": {}},
    }


def test_a_metric_that_comes_in_several_pages_counts_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def paged(arguments: Any, _: Any) -> Any:
        if "NextToken" in arguments:
            return {"MetricDataResults": results(arguments, 9, 2)}
        first = results(arguments, 5, status="PartialData")
        return {"MetricDataResults": first, "NextToken": "next"}

    items = volumes(1)
    with answering(monkeypatch, GetMetricData=paged):
        reader = read_use(items)
    assert items[0][LAST_USED] == "2026-11-21T00:00:00Z"
    assert reader.unknown == 0


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_metric_that_was_not_read_to_the_end_leaves_the_use_unknown(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    def answer(arguments: Any, _: Any) -> Any:
        found = results(arguments)
        found[-1]["StatusCode"] = status
        return {"MetricDataResults": found}

    items = volumes(2)
    with answering(monkeypatch, GetMetricData=answer):
        reader = read_use(items)
    assert items[0][LAST_USED] is None
    assert items[1] == {"VolumeId": "vol-1"}
    assert reader.unknown == 1


def test_a_metric_that_the_answer_passes_over_leaves_the_use_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = volumes(2)
    answer = {"GetMetricData": lambda given, _: {"MetricDataResults": results(given)[:-1]}}
    with answering(monkeypatch, **answer):
        reader = read_use(items)
    assert items[1] == {"VolumeId": "vol-1"}
    assert reader.unknown == 1


def test_one_call_that_fails_leaves_the_others_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(arguments: Any, _: Any) -> Any:
        if "vol-300" in str(arguments):
            raise ClientError({"Error": {"Code": "Throttling", "Message": "no"}}, "GetMetricData")
        return {"MetricDataResults": results(arguments, 1)}

    items = volumes(600)
    with answering(monkeypatch, GetMetricData=answer):
        reader = read_use(items)
    assert reader.unknown == 250
    assert sum(LAST_USED in item for item in items) == 350


def test_a_kind_without_a_last_use_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    items: list[Item] = [{"VpcId": "vpc-1"}]
    with answering(monkeypatch) as calls:
        read_use(items, "aws_vpc")
    assert (items, calls) == ([{"VpcId": "vpc-1"}], [])
