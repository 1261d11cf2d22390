"""The sentences of the demonstration say what a run really does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ebbtide.store.keys import RunKeys
from local.observation import Look
from local.show import counted, unread
from local.watch import Narrator

KEYS = RunKeys("demo")
NAMES = {"1": "platform", "2": "payments"}
WORK = [{"account": "1"}, {"account": "2"}, {"account": "2"}]


class Bucket:
    def read_json(self, key: str) -> Any:
        assert key == KEYS.work
        return WORK


class Session:
    """Knows the work list and how far the cleanup has come."""

    bucket = Bucket()

    def __init__(self, gone: int = 0) -> None:
        self.gone = gone

    def outcomes(self, _: RunKeys, account: str) -> dict[str, Mapping[str, str]]:
        return {f"{account}/{n}": {"status": "gone"} for n in range(self.gone)}


def look(event: str = "", data: Mapping[str, Any] | None = None, *objects: str) -> Look:
    events = ({"event": event, "data": data or {}},) if event else ()
    return Look("RUNNING", 1, "", None, events, dict.fromkeys(objects, ""), 0)


def narrator(session: Any = None) -> Narrator:
    return Narrator(session or Session(), KEYS, NAMES)


def test_an_account_is_read_when_all_its_tasks_are() -> None:
    done = [KEYS.task(*where, "coverage.json") for where in (("1", "0"), ("2", "0"), ("2", "1"))]
    seen = [
        narrator().sentences(look("collect", None, KEYS.work, *done[:count])) for count in range(4)
    ]
    assert seen == [
        ["collect: 0 of 2 accounts read; waiting for platform and payments"],
        ["collect: 1 of 2 accounts read; waiting for payments"],
        ["collect: 1 of 2 accounts read; waiting for payments"],
        ["collect: 2 of 2 accounts read; merging the results into one graph per account"],
    ]


@pytest.mark.parametrize("data", [{"held": True, "enabled": True}, {"held": 0, "enabled": False}])
def test_a_cleanup_that_deletes_nothing_does_not_claim_to(data: dict[str, Any]) -> None:
    assert narrator().sentences(look("cleanup", {**data, "selected": 8})) == []


def test_deletions_are_counted_in_quarters_of_the_plan() -> None:
    session, seen = Session(), []
    telling = narrator(session)
    for gone in range(5):
        session.gone = gone
        states = [KEYS.cleanup(account, "state.json") for account in NAMES]
        data = {"held": False, "enabled": True, "selected": 8}
        seen.append(telling.sentences(look("cleanup", data, *states)))
    assert seen == [
        ["cleanup: re-checking every planned resource, then deleting in waves"],
        ["cleanup: 2 of 8 resources are gone"],
        ["cleanup: 4 of 8 resources are gone"],
        ["cleanup: 6 of 8 resources are gone"],
        ["cleanup: 8 of 8 resources are gone"],
    ]


def test_every_ended_step_is_told_once_even_between_two_looks() -> None:
    events = (
        {"event": "post_cleanup_plan", "data": {"selected": 3, "refused": 2, "undecided": 1}},
        {"event": "cleanup_held", "data": {}},
        {"event": "post_cleanup", "data": {"held": True}},
        {"event": "pre_generate_metrics", "data": {}},
    )
    telling = narrator()
    seen = Look("RUNNING", 1, "", None, events, {}, 0)
    assert telling.sentences(seen) == [
        "cleanup_plan: 3 resources to delete, 2 refused, 1 undecided",
        "cleanup: held, because the plan exceeds a limit; nothing is deleted",
        "generate_metrics: computing the metrics",
    ]
    assert telling.sentences(seen) == ["generate_metrics: computing the metrics"]


def test_gaps_are_named_by_the_denied_action_or_the_closed_role() -> None:
    def line(state: str, error: str = "", kind: str = "aws_vpc") -> dict[str, Any]:
        return {"region": "us-east-1", "kind": kind, "state": state, "error": error}

    denied = "UnauthorizedOperation: User: x is not authorized to perform: ec2:DescribeVpcs with"
    closed = (
        "AccessDenied: cannot assume arn:aws:iam::4:role/EbbtideReader: User: is not authorized "
        "to perform: sts:AssumeRole on resource: arn:aws:iam::4:role/EbbtideReader"
    )
    full = line("complete")
    assert unread([full]) == ""
    assert unread([full, line("denied", denied)]) == "ec2:DescribeVpcs is denied in us-east-1"
    assert unread([line("denied", closed)] * 2) == (
        "everything: the role EbbtideReader cannot be assumed"
    )
    assert unread([full, line("throttled", "SlowDown")]) == (
        "vpc is throttled (SlowDown) in us-east-1"
    )


def test_kinds_are_counted_in_plain_words() -> None:
    kinds = ["aws_alb_target_group", "aws_ec2_volume", "aws_ec2_volume", "aws_iam_policy"]
    assert counted([*kinds, "aws_iam_policy"]) == "target group, 2 volumes, 2 iam policies"
