"""Promises of `ebbtide plan advice`."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from ebbtide.store.keys import RunKeys
from tests.support.command import Run
from tests.support.planned_copy import write_plans
from tests.support.snapshots import DEV, Copy


def entry(name: str, rule: str, monthly: float | None, saving: float | None) -> dict[str, Any]:
    subject = {
        "graph_id": f"{DEV}/eu-central-1/aws_ec2_volume/{name}",
        "kind": "aws_ec2_volume",
        "id": name,
        "name": name,
        "account": DEV,
        "region": "eu-central-1",
    }
    return {
        "subject": subject,
        "rule": rule,
        "reason": "a volume",
        "advice": "change its type",
        "facts": {"volume_size": 100},
        "owner": "web",
        "monthly": monthly,
        "saving": saving,
        "why": "" if saving is not None else "no price",
    }


def counts(advised: int, unknown: int = 0, error: str = "") -> dict[str, Any]:
    return {"advised": advised, "unknown": unknown, "error": error, "savings": {}}


def write_advice(copy: Copy) -> Copy:
    entries = [
        entry("vol-1", "gp2_volumes", 10.0, 2.0),
        entry("vol-2", "gp2_volumes", 50.0, 10.0),
        entry("vol-3", "io1_volumes", None, None),
    ]
    document = {
        "format": 1,
        "run_id": "run-3",
        "account": DEV,
        "created": "2026-11-28T11:00:00Z",
        "rules": {"gp2_volumes": counts(2, 3), "io1_volumes": counts(1, 0, "no such field")},
        "advice": entries,
    }
    copy.write_json(RunKeys("run-3").advice(DEV), document)
    return copy


@pytest.fixture
def advised(copy: Copy) -> Copy:
    return write_advice(write_plans(copy))


def rows(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.usefixtures("advised")
def test_what_saves_most_comes_first_and_unknown_is_last(ebbtide: Run) -> None:
    found = rows(ebbtide("plan", "advice", "--format", "csv"))
    assert [one["id"] for one in found] == ["vol-2", "vol-1", "vol-3"]
    assert [one["saving"] for one in found] == ["10.0", "2.0", "unknown"]
    assert found[2]["monthly"] == "unknown"


@pytest.mark.usefixtures("advised")
def test_the_savings_are_added_up_and_unknown_is_not_zero(ebbtide: Run) -> None:
    told = ebbtide("plan", "advice").stderr
    assert "3 resources could be changed, which would save at least about 12.00 USD a month" in told
    assert "3 resources could not be read for it." in told
    assert "A search failed: io1_volumes: no such field" in told


@pytest.mark.usefixtures("advised")
def test_a_rule_chooses_what_is_shown_and_counted(ebbtide: Run) -> None:
    result = ebbtide("plan", "advice", "--rule", "io1_volumes", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert found["subject"]["id"] == "vol-3" and found["saving"] is None
    assert "an unknown amount" in result.stderr and "could not be read" not in result.stderr


@pytest.mark.usefixtures("advised")
def test_kinds_and_accounts_choose_what_is_shown(ebbtide: Run) -> None:
    assert rows(ebbtide("plan", "advice", "--kind", "instance", "--format", "csv")) == []
    assert len(rows(ebbtide("plan", "advice", "--kind", "volume", "--format", "csv"))) == 3
    assert ebbtide("plan", "advice", "--kind", "volumen").exit_code == 2


def test_without_rules_that_advise_it_says_so(copy: Copy, ebbtide: Run) -> None:
    write_plans(copy)
    result = ebbtide("plan", "advice", "--format", "csv")
    assert rows(result) == [] and "No rule that advises was on" in result.stderr


def test_another_format_is_refused(advised: Copy, ebbtide: Run) -> None:
    advised.write_json(RunKeys("run-3").advice(DEV), {"format": 2})
    result = ebbtide("plan", "advice")
    assert result.exit_code != 0 and "another format" in result.stderr
