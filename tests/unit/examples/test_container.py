"""The program of container keeps volumes without a snapshot, and always answers if it can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest

from ebbtide.automation import parse
from ebbtide.store.bucket import Bucket
from tests.support.builders import ACCOUNT, resource
from tests.support.decisions import write_held_plan
from tests.support.event_examples import (
    RUN,
    Answers,
    event_of,
    make_bucket,
    program,
    resources_of,
    transformed,
    write_snapshot,
)
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
def bucket() -> Bucket:
    """A run that plans i-1, its disk vol-1, and vol-2 and vol-3; vol-2 and vol-9 have snapshots."""
    found = make_bucket()
    write_held_plan(found, RUN, datetime.now(UTC))
    write_snapshot(
        found,
        [
            snapshot("snap-2", "vol-2"),
            snapshot("snap-9", "vol-9"),
            snapshot("snap-3", "vol-3", status="pending"),
            snapshot("snap-4", "vol-1", region="eu-west-1"),
        ],
    )
    return found


def snapshot(id: str, of: str, status: str = "completed", **rest: Any) -> Any:
    properties = {"volume_id": of, "snapshot_status": status}
    return resource("aws_ec2_snapshot", id, properties=properties, **rest)


def run(answers: Answers, monkeypatch: pytest.MonkeyPatch, event: str) -> int:
    monkeypatch.setenv("EVENT", event)
    with program("container", "check") as check:
        check.parse = partial(parse, session=answers)
        code: int = check.main()
    return code


def passed(event: dict[str, Any]) -> str:
    """Return EVENT as the rule passes it."""
    (override,) = transformed(resources_of("container")["Rule"], event)["containerOverrides"]
    (variable,) = override["environment"]
    assert (override["name"], variable["name"]) == ("check", "EVENT")
    return str(variable["value"])


QUESTION = event_of("post_cleanup_plan", "snapshots")


@pytest.mark.usefixtures("bucket")
def test_it_keeps_planned_volumes_without_a_snapshot(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(answers, monkeypatch, passed(QUESTION)) == 0
    (given,) = answers.given
    marks = json.loads(given["output"])["marks"]
    kept = {one["id"]: (one["mark"], one["reason"]) for one in marks}
    why = ("keep", "the volume has no snapshot")
    assert kept == {f"{HERE}/aws_ec2_volume/{id}": why for id in ("vol-1", "vol-3")}


@pytest.mark.parametrize("monthly", [41.2, None])
def test_the_rule_passes_the_whole_event_except_savings(monthly: float | None) -> None:
    """EventBridge fills in a value as it is; what it does with null is not documented."""
    savings = {"monthly": monthly, "unknown": 12, "resources": 12, "currency": "USD"}
    event = event_of("post_cleanup_plan", "snapshots", savings=savings)
    asked, whole = parse(passed(event), Answers()), parse(event, Answers())
    names = ("run_id", "workflow", "event", "step", "bucket", "automation", "task_token")
    assert [getattr(asked, name) for name in names] == [getattr(whole, name) for name in names]
    assert asked.data == whole.data.model_copy(update={"savings": None})
    assert "savings" not in passed(event)


def test_its_overrides_fit_into_a_task(answers: Answers) -> None:
    """RunTask takes 8,192 characters of overrides; a task token has up to 2,048."""
    longest = json.loads(json.dumps(QUESTION))
    longest["detail"] |= {"task_token": "x" * 2048, "run_id": "r" * 80}
    assert len(json.dumps(passed(longest))) < 8192 - 200
    assert answers.given == []


def test_a_check_that_fails_is_a_refusal(
    answers: Answers, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("s3").delete_object(Bucket=bucket.name, Key=f"runs/{RUN}/graph/manifest.json")
    assert run(answers, monkeypatch, json.dumps(QUESTION)) == 1
    (given,) = answers.given
    assert "the check has failed: MissingError" in given["cause"]


@pytest.mark.usefixtures("bucket")
def test_a_second_task_does_no_harm(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        assert run(answers, monkeypatch, json.dumps(QUESTION)) == 0
    assert len(answers.given) == 1
