"""Odd raw answers: times, characters, and bodies that do not come from AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.faults.collect.answers import ACCOUNT, REGION
from tests.faults.collect.wire import (
    JSON,
    REQUEST_ID,
    XML,
    Body,
    Handler,
    operation_of,
    read_wire,
)

VOLUME, MACHINE = "aws_ec2_volume", "aws_stepfunctions_state_machine"
GOOD_TIME = "2026-01-01T00:00:00.000Z"
GOOD_SECONDS = 1_700_000_000


def always(headers: dict[str, str], body: Body) -> Handler:
    """Return a handler that gives every request the same answer."""
    return lambda _: (headers, body)


def volumes(*times: str, name: str = "web") -> Handler:
    """Answer DescribeVolumes with a volume per time of creation."""
    tags = f"<tagSet><item><key>Name</key><value>{name}</value></item></tagSet>"
    items = "".join(
        f"<item><volumeId>vol-{number}</volumeId><size>1</size><status>available</status>"
        f"<createTime>{time}</createTime><volumeType>gp3</volumeType>{tags}</item>"
        for number, time in enumerate(times)
    )
    answer = "DescribeVolumesResponse"
    body = (
        f'<{answer} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1-2</requestId>'
        f"<volumeSet>{items}</volumeSet></{answer}>"
    )
    return always(XML, body)


def machines(time: Any, name: str = "odd") -> Handler:
    """Answer with a good state machine and one with this name and time of creation."""
    created = {name: time, "good": GOOD_SECONDS}
    prefix = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
    # The odd name may contain characters that are invalid in an ARN.
    arns = {f"{prefix}odd": name, f"{prefix}good": "good"}

    def described(arn: str) -> dict[str, Any]:
        name = arns[arn]
        short = {"stateMachineArn": arn, "name": name, "type": "STANDARD"}
        return {**short, "creationDate": created[name]}

    def answer(request: AWSPreparedRequest) -> tuple[dict[str, str], Body]:
        body: dict[str, Any] = {"tags": []}
        if operation_of(request) == "ListStateMachines":
            body = {"stateMachines": [described(arn) for arn in arns]}
        elif operation_of(request) == "DescribeStateMachine":
            sent = request.body.decode() if isinstance(request.body, bytes) else request.body
            arn = json.loads(sent)["stateMachineArn"]
            more = {"definition": "{}", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/shop"}
            body = {**described(arn), **more}
        return JSON | REQUEST_ID, json.dumps(body)

    return answer


@pytest.mark.parametrize(
    "time",
    [
        GOOD_TIME,
        "",
        "never",
        "1680000000000",
    ],
)
def test_volume_with_an_odd_time_spoils_nothing(time: str) -> None:
    reading = read_wire(VOLUME, volumes(time, GOOD_TIME))
    assert [line["id"] for line in reading.of(VOLUME)] == ["vol-0", "vol-1"]
    assert reading.coverage[VOLUME].state == "complete"


@pytest.mark.parametrize(
    ("time", "created"),
    [
        (2_524_607_999, "2049-12-31T23:59:59Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (None, None),
        (1_775_836_321_122, "2026-04-10T15:52:01.122000Z"),
        (1e18, None),
        ("", None),
        ("never", None),
        ("NaN", None),
        # The year 10000 is no time, and as milliseconds it would be 1978: everything is older.
        (253_402_300_800, None),
    ],
)
def test_time_is_read_or_unknown(time: Any, created: str | None) -> None:
    reading = read_wire(MACHINE, machines(time))
    assert reading.coverage[MACHINE].state == "complete"
    found = {line["name"]: line["created"] for line in reading.of(MACHINE)}
    assert found == {"odd": created, "good": "2023-11-14T22:13:20Z"}


@pytest.mark.parametrize("name", ["Bücher 日本", "\U0001f4a9", "\u202eabc"])
def test_unusual_characters_are_kept(name: str) -> None:
    reading = read_wire(VOLUME, volumes(GOOD_TIME, name=name))
    assert [line["tags"] for line in reading.of(VOLUME)] == [{"Name": name}]
    assert reading.coverage[VOLUME].state == "complete"


def test_half_a_surrogate_pair_is_kept() -> None:
    reading = read_wire(MACHINE, machines(GOOD_SECONDS, name="\ud83d"))
    assert {line["name"] for line in reading.of(MACHINE)} == {"\ud83d", "good"}
    assert reading.coverage[MACHINE].state == "complete"


@pytest.mark.parametrize("name", ["a\x1bb", "a&#x1b;b"])
def test_characters_that_xml_forbids_make_the_kind_failed(name: str) -> None:
    assert read_wire(VOLUME, volumes(GOOD_TIME, name=name)).coverage[VOLUME].state == "failed"


NOT_FROM_AWS = [
    pytest.param(VOLUME, always({}, "<html><body>login</body></html>"), id="page of a proxy"),
    pytest.param(MACHINE, always(JSON, ""), id="empty body"),
    pytest.param(MACHINE, always(JSON, "{}"), id="empty document"),
]


@pytest.mark.parametrize(("kind", "handler"), NOT_FROM_AWS)
def test_answer_that_is_not_from_aws_is_not_complete(kind: str, handler: Handler) -> None:
    assert read_wire(kind, handler).coverage[kind].state == "failed"


@pytest.mark.parametrize(
    ("kind", "handler"),
    [
        pytest.param(VOLUME, volumes(), id="EC2"),
        pytest.param(MACHINE, always(JSON | REQUEST_ID, '{"stateMachines": []}'), id="JSON"),
    ],
)
def test_empty_answer_from_aws_is_complete(kind: str, handler: Handler) -> None:
    reading = read_wire(kind, handler)
    assert reading.of(kind) == []
    assert reading.coverage[kind].state == "complete"
