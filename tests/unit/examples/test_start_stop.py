"""The example start-stop acts on what AWS says now, and only where a tag says so without doubt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances
from moto.sts.exceptions import STSClientError
from moto.sts.models import STSBackend

from ebbtide.base.errors import InputError
from ebbtide.store.bucket import Bucket
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.event_examples import KEYS, event_of, make_bucket, program, write_snapshot

PREFIX = f"{ACCOUNT}/{REGION}"
ON = "mon-sun 00:00-24:00 UTC"
OFF = f"{(datetime.now(UTC) + timedelta(days=3)).strftime('%a').lower()} 08:00-18:00 UTC"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    values = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "MOTO_ACCOUNT_ID": ACCOUNT,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "DRY_RUN": "false",
        "PARTITION": "aws",
        "ROLE_NAME": "EbbtideStartStop",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


class Estate:
    """Instances in moto, and the snapshot that knows them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket, self._known = bucket, list[Any]()
        self.ec2, self.rds = boto3.client("ec2"), boto3.client("rds")
        self._image = self.ec2.register_image(Name="image")["ImageId"]
        self.queue = boto3.client("sqs").create_queue(QueueName="told")["QueueUrl"]

    def server(
        self, tag: str | None, *, running: bool = True, known: Any = ..., **more: Any
    ) -> str:
        """Launch an instance with the tag; `known` is the tag that the snapshot has."""
        tags = [] if tag is None else [{"Key": "schedule", "Value": tag}]
        tags += [{"Key": key, "Value": value} for key, value in more.pop("tags", {}).items()]
        specification = [{"ResourceType": "instance", "Tags": tags}] if tags else []
        made = self.ec2.run_instances(
            ImageId=self._image, MinCount=1, MaxCount=1, TagSpecifications=specification, **more
        )["Instances"][0]["InstanceId"]
        if not running:
            self.ec2.stop_instances(InstanceIds=[made])
        self.remember("aws_ec2_instance", made, tag if known is ... else known)
        return str(made)

    def database(self, id: str, tag: str | None, **more: Any) -> None:
        self.rds.create_db_instance(
            DBInstanceIdentifier=id,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="admin1",
            MasterUserPassword="not-a-secret",
            Tags=[] if tag is None else [{"Key": "schedule", "Value": tag}],
            **more,
        )
        self.remember("aws_rds_instance", id, tag)

    def remember(self, kind: str, id: str, tag: str | None) -> None:
        tags = {} if tag is None else {"schedule": tag}
        self._known.append(resource(kind, id, tags=tags))

    def states(self) -> dict[str, str]:
        pages = self.ec2.describe_instances()["Reservations"]
        servers = {
            one["InstanceId"]: one["State"]["Name"] for page in pages for one in page["Instances"]
        }
        databases = self.rds.describe_db_instances()["DBInstances"]
        return servers | {one["DBInstanceIdentifier"]: one["DBInstanceStatus"] for one in databases}

    def run(self, *, left_ms: int = 900_000) -> dict[str, Any]:
        """Call the function as EventBridge does after a run has collected."""
        write_snapshot(self._bucket, self._known)
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms)
        with program("start-stop/function", "app") as app:
            found: dict[str, Any] = app.handler(
                event_of("post_collect", manifest=KEYS.manifest), context
            )
        return found

    def told(self) -> list[str]:
        messages = boto3.client("sqs").receive_message(QueueUrl=self.queue).get("Messages", ())
        return [message["Body"] for message in messages]


@pytest.fixture
def estate(monkeypatch: pytest.MonkeyPatch) -> Estate:
    found = Estate(make_bucket())
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:told"
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    monkeypatch.setenv("TOPIC_ARN", topic)
    return found


def server(id: str) -> str:
    return f"{PREFIX}/aws_ec2_instance/{id}"


def test_each_instance_gets_what_its_schedule_says(estate: Estate) -> None:
    on, off = estate.server(ON, running=False), estate.server(OFF)
    right, also_right = estate.server(ON), estate.server(OFF, running=False)
    told = estate.run()
    assert estate.states() == {
        on: "running",
        off: "stopped",
        right: "running",
        also_right: "stopped",
    }
    assert (told["started"], told["stopped"]) == ([server(on)], [server(off)])
    assert (told["as_scheduled"], told["left_alone"], told["failed"]) == (2, {}, {})
    (text,) = estate.told()
    assert f"1 started: {server(on)}" in text and f"1 stopped: {server(off)}" in text


def test_second_delivery_finds_nothing_left_to_do(estate: Estate) -> None:
    estate.server(ON, running=False)
    estate.server(OFF)
    estate.run()
    estate.told()
    again = estate.run()
    assert (again["started"], again["stopped"], again["as_scheduled"]) == ([], [], 2)
    assert estate.told() == []


def test_dry_run_changes_nothing(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRY_RUN", "true")
    on, off = estate.server(ON, running=False), estate.server(OFF)
    told = estate.run()
    assert (told["would_start"], told["would_stop"]) == ([server(on)], [server(off)])
    assert (told["started"], told["stopped"]) == ([], [])
    assert estate.states() == {on: "stopped", off: "running"}
    assert estate.told() == []


@pytest.mark.parametrize("value", ["", "True", "no", "FALSE"])
def test_only_the_word_false_ends_the_dry_run(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("DRY_RUN", value)
    off = estate.server(OFF)
    assert estate.run()["would_stop"] == [server(off)]


def test_what_has_no_tag_is_not_even_asked_about(estate: Estate) -> None:
    without = estate.server(None)
    told = estate.run()
    assert estate.states() == {without: "running"}
    assert told["left_alone"] == {} and told["as_scheduled"] == 0


def test_the_tag_that_it_has_now_counts(estate: Estate) -> None:
    lost = estate.server(None, known=OFF)
    changed = estate.server(ON, known=OFF)
    told = estate.run()
    assert told["left_alone"] == {server(lost): "it has lost its tag"}
    assert told["as_scheduled"] == 1
    assert estate.states() == {lost: "running", changed: "running"}


def test_what_is_in_doubt_is_left_alone_with_the_reason(estate: Estate) -> None:
    wrong = estate.server("office hours")
    gone = estate.server(OFF)
    estate.ec2.terminate_instances(InstanceIds=[gone])
    spot = estate.server(OFF, InstanceMarketOptions={"MarketType": "spot"})
    told = estate.run()
    why = told["left_alone"]
    assert "expected days, times and a time zone" in why[server(wrong)]
    assert why[server(gone)] == "it is terminated"
    assert why[server(spot)] == "it is a spot instance"
    assert (told["started"], told["stopped"]) == ([], [])


def test_stop_protection_is_no_failure(estate: Estate) -> None:
    protected = estate.server(OFF)
    estate.ec2.modify_instance_attribute(InstanceId=protected, DisableApiStop={"Value": True})
    found = estate.run()
    assert found["left_alone"] == {server(protected): "its stop protection is on"}
    assert estate.states()[protected] == "running" and estate.told() == []


def test_databases_are_started_and_stopped(estate: Estate) -> None:
    estate.database("db-on", ON)
    estate.rds.stop_db_instance(DBInstanceIdentifier="db-on")
    estate.database("db-off", OFF)
    estate.database("db-without", None)
    told = estate.run()
    states = estate.states()
    assert (states["db-on"], states["db-off"]) == ("available", "stopped")
    assert states["db-without"] == "available"
    assert told["started"] == [f"{PREFIX}/aws_rds_instance/db-on"]


def test_database_with_a_replica_is_left_alone(estate: Estate) -> None:
    estate.database("source", OFF)
    estate.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="source"
    )
    told = estate.run()
    assert told["left_alone"] == {f"{PREFIX}/aws_rds_instance/source": "it has read replicas"}
    assert estate.states()["source"] == "available"


def test_one_failure_stops_nothing_else(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    held = estate.server(OFF)
    off = estate.server(OFF)
    refusal = EC2ClientError("InsufficientInstanceCapacity", "not now")
    monkeypatch.setattr(instances, "OperationDisableApiStopNotPermitted", lambda _: refusal)
    estate.ec2.modify_instance_attribute(InstanceId=held, DisableApiStop={"Value": True})
    told = estate.run()
    assert told["stopped"] == [server(off)]
    assert list(told["failed"]) == [server(held)]
    assert estate.told()[0].count("failed: ") == 1


# The model of STS does not list the errors that every service has.
@pytest.mark.filterwarnings("ignore:Exception.STSClientError")
def test_account_without_the_role_is_reported(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = estate.server(OFF)

    def refuse(*_: Any, **__: Any) -> None:
        raise STSClientError("AccessDenied", "not authorized to perform: sts:AssumeRole")

    monkeypatch.setattr(STSBackend, "assume_role", refuse)
    told = estate.run()
    assert estate.states() == {off: "running"}
    ((where, why),) = told["failed"].items()
    assert where == f"{PREFIX}/aws_ec2_instance" and "sts:AssumeRole" in why


def test_it_stops_in_time_and_says_what_is_left(estate: Estate) -> None:
    off = estate.server(OFF)
    told = estate.run(left_ms=1000)
    assert estate.states() == {off: "running"}
    why = "no time left for the others; they are done after the next run"
    assert told["failed"] == {f"{PREFIX}/aws_ec2_instance": why}


def test_another_event_is_refused() -> None:
    with program("start-stop/function", "app") as app, pytest.raises(InputError):
        app.handler({"source": "aws.ec2", "detail-type": "x", "detail": {}}, None)
