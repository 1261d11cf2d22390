"""Promises of `ebbtide status`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import CLAIM, CURRENT, RunKeys
from ebbtide_cli.sources import Source
from tests.support.command import Run, run
from tests.support.executions import OUTPUTS, States, refused
from tests.support.snapshots import DEV, NOW, Copy


@dataclass
class Deployed:
    """What AWS says of a stack besides its runs."""

    schedule: dict[str, Any] = field(
        default_factory=lambda: {
            "ScheduleExpression": "rate(1 hour)",
            "State": "ENABLED",
            "CreationDate": NOW - timedelta(minutes=90),
        }
    )
    alarms: list[str] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)

    def describe_stack_resource(self, **given: str) -> Mapping[str, Any]:
        assert given == {"StackName": "ebbtide", "LogicalResourceId": "Schedule"}
        return {"StackResourceDetail": {"PhysicalResourceId": "default/ebbtide-Schedule-1"}}

    def get_schedule(self, **given: str) -> Mapping[str, Any]:
        assert given == {"Name": "ebbtide-Schedule-1"}
        if "GetSchedule" in self.denied:
            raise refused("AccessDeniedException", "GetSchedule")
        return self.schedule

    def get_paginator(self, operation: str) -> Deployed:
        assert operation == "describe_alarms"
        return self

    def paginate(self, **given: Any) -> Iterator[Mapping[str, Any]]:
        assert (given["AlarmNamePrefix"], given["StateValue"]) == ("ebbtide-", "ALARM")
        yield {"MetricAlarms": [{"AlarmName": name} for name in self.alarms]}
        yield {"CompositeAlarms": []}


@pytest.fixture
def states() -> States:
    return States().add("run-3", "SUCCEEDED", age=60, took=12)


@pytest.fixture
def deployed(copy: Copy, states: States, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    found = Deployed()
    services = dict.fromkeys(("cloudformation", "scheduler", "cloudwatch"), found)
    monkeypatch.setattr(Source, "open", lambda _: Folder(copy.path))
    monkeypatch.setattr(Source, "outputs_of", lambda *_: OUTPUTS)
    monkeypatch.setattr(
        Source, "client", lambda _, name: states if name == "stepfunctions" else services[name]
    )
    return found


def status() -> tuple[int, dict[str, Any]]:
    result = run("--stack", "ebbtide", "status", "--format", "json")
    (document,) = json.loads(result.stdout)
    return result.exit_code, document


def attention(document: Mapping[str, Any]) -> set[str]:
    return {about for about, one in document.items() if one["state"] == "attention"}


@pytest.mark.usefixtures("deployed")
def test_a_healthy_stack_needs_no_attention() -> None:
    code, document = status()
    assert (code, attention(document)) == (0, set())
    assert document["last run"]["run"] == "run-3"
    assert document["last run"]["outcome"] == "succeeded"
    assert document["snapshot"]["run"] == "run-3" and document["snapshot"]["age_seconds"] >= 3_600
    assert document["schedule"]["next"] is not None
    assert document["alarms"]["in_alarm"] == []
    lines = run("--stack", "ebbtide", "status").stdout.splitlines()
    assert lines[1].startswith("about=last run, state=ok, details=run-3: succeeded, ended ")


@pytest.mark.parametrize(
    ("status_of", "code"), [("FAILED", 1), ("ABORTED", 1), ("TIMED_OUT", 1), ("SUCCEEDED", 0)]
)
@pytest.mark.usefixtures("deployed")
def test_the_outcome_of_the_last_run_counts_and_not_of_skipped_ones(
    states: States, status_of: str, code: int
) -> None:
    states.add("last", status_of, age=30)
    skipped = {"outcome": "skipped", "holder": "last"}
    states.add("skipped", "SUCCEEDED", age=5, took=1, output=skipped)
    states.add("now", "RUNNING", age=4)
    found, document = status()
    assert found == code
    assert document["last run"]["run"] == "last"
    assert document["last run"]["skipped_since"] == 1


@pytest.mark.usefixtures("deployed")
def test_an_old_or_missing_snapshot_needs_attention(copy: Copy) -> None:
    manifest = copy.read_json(RunKeys("run-2").manifest)
    copy.write_json(CURRENT, {"run_id": "run-2", "manifest": RunKeys("run-2").manifest})
    assert manifest["run_id"] == "run-2"
    assert attention(status()[1]) == {"snapshot"}


@pytest.mark.usefixtures("deployed")
def test_a_held_plan_and_alarms_need_attention(copy: Copy, deployed: Deployed) -> None:
    account = {"account": DEV, "planned": 120, "refused": 0, "undecided": 0}
    exceeded = ["120 resources are planned for the run; the limit is 100"]
    summary = {"accounts": [account], "held": True, "exceeded": exceeded, "unplanned_accounts": []}
    copy.write_json(RunKeys("run-3").plan_summary, summary)
    deployed.alarms = ["ebbtide-FailedRunsAlarm-1", "ebbtide-FirstRunAlarm-2"]
    code, document = status()
    assert (code, attention(document)) == (1, {"plan", "alarms"})
    assert document["plan"]["exceeded"] == exceeded
    assert document["alarms"]["in_alarm"] == ["FailedRunsAlarm-1"]
    assert "run-3 is held: 120 resources" in run("--stack", "ebbtide", "status").stdout


@pytest.mark.usefixtures("deployed")
def test_a_plan_that_waits_for_an_approval_says_so(copy: Copy) -> None:
    account = {"account": DEV, "planned": 2, "refused": 0, "undecided": 0}
    summary = {"accounts": [account], "held": True, "exceeded": [], "unplanned_accounts": []}
    copy.write_json(RunKeys("run-3").plan_summary, summary)
    text = run("--stack", "ebbtide", "status").stdout
    assert "run-3 is held: nobody has approved it" in text


@pytest.mark.usefixtures("deployed")
def test_what_runs_and_who_holds_the_claim_is_told(copy: Copy, states: States) -> None:
    states.add("now", "RUNNING", age=7)
    copy.write_json(CLAIM, {"run_id": "now"})
    assert status()[1]["under way"] == {"state": "ok", "runs": ["now"], "claim": "now"}
    states.executions["now"] |= {"status": "ABORTED", "stopDate": states.now}
    text = run("--stack", "ebbtide", "status").stdout
    assert "the claim of run now is left behind, and the next run takes it over" in text


def test_what_may_not_be_asked_is_unknown_and_no_failure(deployed: Deployed) -> None:
    deployed.denied = {"GetSchedule"}
    code, document = status()
    assert code == 0
    assert document["schedule"] == {
        "state": "unknown",
        "reason": "AWS refused GetSchedule: AccessDeniedException",
    }


def test_a_disabled_schedule_is_told(deployed: Deployed) -> None:
    deployed.schedule["State"] = "DISABLED"
    code, document = status()
    assert (code, document["schedule"]["enabled"], document["schedule"]["next"]) == (0, False, None)


def test_a_copy_has_neither_schedule_nor_alarms(ebbtide: Run) -> None:
    result = ebbtide("status", "--format", "json")
    (document,) = json.loads(result.stdout)
    assert set(document) == {"under way", "last run", "snapshot", "plan"}
    assert result.exit_code == 0


def test_an_empty_folder_needs_attention(ebbtide: Run, copy: Copy) -> None:
    for file in sorted(copy.path.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    result = ebbtide("status")
    assert result.exit_code == 1
    assert "there is none yet" in result.stdout
