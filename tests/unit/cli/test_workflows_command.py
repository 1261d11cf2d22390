"""Promises of `ebbtide workflows list|show|apply` and of the status about own workflows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from ebbtide.config import parse_config
from ebbtide.deployment.events import WORKFLOWS
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import CLAIM
from ebbtide.store.run import Run as Started
from ebbtide_cli.configuration import CONFIG_KEY
from ebbtide_cli.sources import Source
from tests.support.command import Run, run
from tests.support.executions import OUTPUTS, States, refused
from tests.support.paths import REPOSITORY
from tests.support.snapshots import DEV, PROD, TIMES, Copy, write_run
from tests.unit.cli.test_completion import completed

GROUP = "ebbtide"
ROLE = "arn:aws:iam::111122223333:role/ebbtide-ScheduleRole-1"
NEWER = OUTPUTS | {"ScheduleGroupName": GROUP, "ScheduleRoleArn": ROLE}
NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "steps": ["collect", "generate_metrics"],
    "accounts": [DEV],
    "regions": ["eu-central-1"],
    "overlap": "wait",
    "schedule": "cron(0 2 ? * MON-FRI *)",
    "timezone": "Europe/Berlin",
}
HOURLY = {"name": "hourly", "steps": ["generate_metrics"], "schedule": "rate(1 hour)"}
BY_NAME = {"name": "by-name", "steps": ["collect"]}
JSON = ("--format", "json")


class Stack:
    """A deployed stack: its schedules are in moto, its runs in `states`."""

    def __init__(self, copy: Copy, states: States, scheduler: Any) -> None:
        self.copy, self.states, self.scheduler = copy, states, scheduler
        self.scheduler.create_schedule_group(Name=GROUP)
        self.make("default", "ebbtide-Schedule-1", expression="rate(1 hour)")
        # Calls that AWS refuses: the operation -> the error, for one schedule or for all.
        self.refusals: dict[tuple[str, str], ClientError] = {}
        self.configure(NIGHTLY, HOURLY, BY_NAME)

    def make(self, group: str, name: str, expression: str = "rate(1 day)", **more: Any) -> None:
        self.scheduler.create_schedule(
            Name=name,
            GroupName=group,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": OUTPUTS["StateMachineArn"], "RoleArn": ROLE},
            **more,
        )

    def configure(self, *workflows: dict[str, Any]) -> None:
        self.copy.write_text(CONFIG_KEY, json.dumps({"workflows": workflows}))

    def schedules(self, group: str = GROUP) -> dict[str, dict[str, Any]]:
        names = [one["Name"] for one in self.scheduler.list_schedules(GroupName=group)["Schedules"]]
        found = {one: self.scheduler.get_schedule(Name=one, GroupName=group) for one in names}
        for one in found.values():
            del one["ResponseMetadata"]
        return found

    def change(self, name: str, **fields: Any) -> None:
        """Change a schedule by hand."""
        known = self.schedules()[name]
        kept = (
            *("Name", "GroupName", "Description", "ScheduleExpression", "Target"),
            *("ScheduleExpressionTimezone", "FlexibleTimeWindow", "State"),
        )
        self.scheduler.update_schedule(**{key: known[key] for key in kept} | fields)

    # What the command calls.

    def describe_stack_resource(self, **given: str) -> dict[str, Any]:
        assert given == {"StackName": "ebbtide", "LogicalResourceId": "Schedule"}
        return {"StackResourceDetail": {"PhysicalResourceId": "ebbtide-Schedule-1"}}

    def get_paginator(self, operation: str) -> Any:
        if operation == "describe_alarms":
            return self
        if refusal := self.refusals.get((operation, "")):
            raise refusal
        return self.scheduler.get_paginator(operation)

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield {}

    def __getattr__(self, operation: str) -> Any:
        def call(**given: Any) -> Any:
            if refusal := self.refusals.get((operation, given["Name"])):
                raise refusal
            return getattr(self.scheduler, operation)(**given)

        return call


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Any]:
    """A client for all tests, because making one takes a second."""
    with mock_aws():
        yield boto3.client("scheduler", region_name="eu-central-1")


@pytest.fixture
def stack(scheduler: Any, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    found = Stack(copy, States().add("run-3", "SUCCEEDED", age=60, took=12), scheduler)
    monkeypatch.setattr(Source, "open", lambda _: Folder(copy.path))
    monkeypatch.setattr(Source, "outputs_of", lambda *_: NEWER)
    monkeypatch.setattr(
        Source, "client", lambda _, name: found.states if name == "stepfunctions" else found
    )
    yield found
    scheduler.delete_schedule(Name="ebbtide-Schedule-1", GroupName="default")
    scheduler.delete_schedule_group(Name=GROUP)


def typed(*arguments: str) -> Any:
    return run("--stack", "ebbtide", *arguments)


def documents(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
    result = typed(*arguments, *JSON)
    assert result.exit_code == code, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def apply(code: int = 0) -> Any:
    result = typed("workflows", "apply", "--yes")
    assert result.exit_code == code, result.stderr
    return result


def test_apply_makes_exactly_the_schedules_of_the_configuration(stack: Stack) -> None:
    apply()
    found = stack.schedules()
    assert found.keys() == {"nightly", "hourly"}
    nightly = found["nightly"]
    assert nightly["ScheduleExpression"] == NIGHTLY["schedule"]
    assert nightly["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert nightly["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert nightly["State"] == "ENABLED"
    assert nightly["Target"] == {
        "Arn": OUTPUTS["StateMachineArn"],
        "RoleArn": ROLE,
        "Input": '{"workflow": "nightly"}',
        "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 1800},
    }
    again = apply()
    assert "nothing to do" in again.stderr
    assert stack.schedules() == found


def test_apply_updates_and_deletes_in_the_group_and_nowhere_else(stack: Stack) -> None:
    stack.make(GROUP, "old")
    apply()
    stack.change("hourly", State="DISABLED")
    stack.configure(HOURLY, {**NIGHTLY, "timezone": "UTC"}, {**BY_NAME, "schedule": "rate(1 day)"})
    assert documents("workflows", "apply", "--dry-run") == [
        {
            "workflow": "hourly",
            "change": "update",
            "fields": {"state": {"found": "DISABLED", "wanted": "ENABLED"}},
        },
        {
            "workflow": "nightly",
            "change": "update",
            "fields": {"timezone": {"found": "Europe/Berlin", "wanted": "UTC"}},
        },
        {"workflow": "by-name", "change": "create", "schedule": "rate(1 day)", "timezone": "UTC"},
    ]
    apply()
    found = stack.schedules()
    assert found.keys() == {"hourly", "nightly", "by-name"}
    assert found["hourly"]["State"] == "ENABLED"
    assert found["nightly"]["ScheduleExpressionTimezone"] == "UTC"
    stack.configure()
    apply()
    assert stack.schedules() == {}
    assert stack.schedules("default").keys() == {"ebbtide-Schedule-1"}


def test_a_dry_run_and_a_no_change_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = typed("workflows", "apply", "--dry-run")
    assert (shown.exit_code, "2 changes to make" in shown.stderr) == (0, True)
    assert "workflow=nightly, change=create" in shown.stdout
    assert typed("workflows", "apply", "--dry-run", "--exit-code").exit_code == 1
    unasked = typed("workflows", "apply")
    assert (unasked.exit_code, "give --yes" in unasked.stderr) == (2, True)
    monkeypatch.setattr("ebbtide_cli.workflow_apply.agreed", lambda _, *, yes: yes)
    declined = typed("workflows", "apply")
    assert (declined.exit_code, "Nothing was changed." in declined.stderr) == (1, True)
    assert stack.schedules() == {}
    apply()
    assert typed("workflows", "apply", "--dry-run", "--exit-code").exit_code == 0


def invalid(message: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": "ValidationException", "Message": message}}, "CreateSchedule"
    )


def test_what_aws_refuses_is_said_and_the_rest_is_done(stack: Stack) -> None:
    apply()
    stack.configure(NIGHTLY, {**BY_NAME, "schedule": "cron(0 2 3W * ? *)"}, {**HOURLY, "name": "x"})
    stack.refusals = {
        ("create_schedule", "by-name"): invalid("Invalid Schedule Expression cron(0 2 3W * ? *)."),
        ("delete_schedule", "hourly"): refused("AccessDeniedException", "DeleteSchedule"),
    }
    failed = apply(code=3)
    assert "by-name: cannot create its schedule: AWS refuses cron(0 2 3W * ? *)" in failed.stderr
    assert "hourly: cannot delete its schedule" in failed.stderr
    assert "OperatorPolicyArn" in failed.stderr
    assert "2 changes of 3 failed" in failed.stderr
    assert stack.schedules().keys() == {"nightly", "hourly", "x"}
    stack.refusals = {}
    apply()
    assert stack.schedules().keys() == {"nightly", "by-name", "x"}


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ("create_schedule", "ConflictException", "somebody else changed it at the same time"),
        ("create_schedule", "ResourceNotFoundException", "group ebbtide is missing; update the"),
        ("create_schedule", "ThrottlingException", "AWS receives too many requests"),
        ("update_schedule", "ResourceNotFoundException", "somebody else changed it at the same"),
    ],
)
def test_other_refusals_say_what_to_do(stack: Stack, operation: str, code: str, said: str) -> None:
    if operation == "update_schedule":
        stack.make(GROUP, "nightly")
    stack.refusals = {(operation, "nightly"): refused(code, operation)}
    assert said in apply(code=3).stderr
    assert "hourly" in stack.schedules()


def test_a_schedule_that_somebody_deletes_meanwhile_is_no_failure(stack: Stack) -> None:
    stack.make(GROUP, "old")
    stack.refusals = {
        (name, "old"): refused("ResourceNotFoundException", name)
        for name in ("get_schedule", "delete_schedule")
    }
    apply()
    del stack.refusals["get_schedule", "old"]
    apply()


def test_apply_needs_a_stack_of_this_version_and_a_valid_configuration(
    stack: Stack, ebbtide: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = ebbtide("workflows", "apply")
    assert (copied.exit_code, "it is a copy" in copied.stderr) == (2, True)
    stack.copy.write_text(CONFIG_KEY, "workflows: [{name: x}]")
    assert "steps is missing" in apply(code=3).stderr
    stack.configure(NIGHTLY)
    monkeypatch.setattr(Source, "outputs_of", lambda *_: OUTPUTS)
    assert "has no output ScheduleGroupName; update the stack" in apply(code=3).stderr
    assert stack.schedules() == {}


def test_too_frequent_schedules_are_warned_about(stack: Stack) -> None:
    stack.configure({**NIGHTLY, "schedule": "rate(1 minute)"})
    assert "rate(1 minute) starts a run every 1m" in apply().stderr
    assert stack.schedules().keys() == {"nightly"}


def test_own_workflows_are_listed_beside_the_built_in_ones(stack: Stack) -> None:
    stack.make(GROUP, "old")
    stack.make(GROUP, "hourly", expression="rate(1 hour)")
    write_run(stack.copy, Started("run-3", "nightly", TIMES["run-3"], parse_config("")))
    found = {one["workflow"]: one for one in documents("workflows", "list")}
    assert list(found) == [*WORKFLOWS, "nightly", "hourly", "by-name"]
    nightly = found["nightly"]
    assert nightly["steps"] == NIGHTLY["steps"]
    assert (nightly["accounts"], nightly["regions"]) == (["dev"], ["eu-central-1"])
    assert (nightly["overlap"], nightly["schedule_state"]) == ("wait", "missing")
    assert nightly["next_start"] is None
    assert (nightly["last_run"], nightly["last_status"]) == ("run-3", "succeeded")
    assert found["hourly"]["schedule_state"] == "different"
    assert found["hourly"]["next_start"] is not None
    assert found["by-name"]["schedule"] is None
    usual = found["collect_and_cleanup"]
    assert usual["schedule"] == "rate(1 hour)" and usual["next_start"] is not None
    result = typed("workflows", "list")
    assert "not in the configuration: old; `ebbtide workflows apply` deletes" in result.stderr
    assert "schedule=cron(0 2 ? * MON-FRI *) Europe/Berlin, schedule_state=missing" in result.stdout


@pytest.mark.usefixtures("stack")
def test_an_own_workflow_is_shown_with_its_events() -> None:
    apply()
    shown = yaml.safe_load(typed("workflows", "show", "nightly").stdout)
    assert shown["events"][:2] == ["workflow_started", "pre_collect"]
    assert not any("cleanup" in event for event in shown["events"])
    assert shown["schedule_state"] == "applied" and shown["next_start"].endswith(":00:00Z")
    unknown = typed("workflows", "show", "nightli")
    assert (unknown.exit_code, "did you mean 'nightly'?" in unknown.stderr) == (2, True)


def test_a_file_is_listed_offline(copy: Copy) -> None:
    file = copy.path / "ebbtide.yaml"
    file.write_text(json.dumps({"workflows": [NIGHTLY, HOURLY]}))
    result = run("workflows", "list", "--config", str(file), *JSON)
    found = {one["workflow"]: one for one in json.loads(result.stdout)}
    assert found["nightly"]["next_start"] is not None
    assert found["hourly"]["schedule_state"] is found["hourly"]["next_start"] is None
    shown = run("workflows", "show", "nightly", "--config", str(file))
    assert yaml.safe_load(shown.stdout)["overlap"] == "wait"
    assert run("workflows", "show", "other", "--config", str(file)).exit_code == 2


def test_a_copy_lists_its_own_workflows(ebbtide: Run, copy: Copy) -> None:
    copy.write_text(CONFIG_KEY, json.dumps({"workflows": [NIGHTLY]}))
    result = ebbtide("workflows", "list", *JSON)
    assert [one["workflow"] for one in json.loads(result.stdout)][-1] == "nightly"


def test_schedules_that_may_not_be_read_are_unknown_in_the_list(stack: Stack) -> None:
    stack.refusals = {("list_schedules", ""): refused("AccessDeniedException", "ListSchedules")}
    result = typed("workflows", "list")
    assert (result.exit_code, "schedules are unknown" in result.stderr) == (0, True)
    assert "workflow=nightly" in result.stdout
    facts = status()
    assert facts["workflows"]["state"] == "unknown"


def test_own_workflows_are_started_by_their_name(stack: Stack) -> None:
    result = typed("runs", "start", "--workflow", "nightly", "--name", "a")
    assert result.exit_code == 0, result.stderr
    assert json.loads(stack.states.executions["a"]["input"]) == {"workflow": "nightly"}
    named = typed("workflows", "run", "by-name")
    assert named.stdout.startswith("by-name-2")
    unknown = typed("workflows", "run", "nightlyy")
    assert (unknown.exit_code, "did you mean 'nightly'?" in unknown.stderr) == (2, True)
    for words, said in (
        (("--accounts", PROD), f"nightly does not cover account {PROD}"),
        (("--regions", "us-east-1"), "nightly does not cover region us-east-1"),
    ):
        outside = typed("workflows", "run", "nightly", *words)
        assert (outside.exit_code, said in outside.stderr) == (2, True)
    assert len(stack.states.executions) == 3


def test_the_overlap_of_a_workflow_says_whether_a_run_waits(stack: Stack) -> None:
    stack.states.executions["run-3"]["status"] = "RUNNING"
    stack.copy.write_json(CLAIM, {"run_id": "run-3"})
    assert "begins when it has ended" in typed("workflows", "run", "nightly").stderr
    assert "will be skipped" in typed("workflows", "run", "hourly").stderr


def test_own_workflows_and_their_keys_are_completed(copy: Copy) -> None:
    copy.write_text(CONFIG_KEY, json.dumps({"workflows": [NIGHTLY]}))
    place = ("--folder", str(copy.path))
    assert completed(*place, "workflows", "run", "n") == ["nightly"]
    assert completed(*place, "runs", "start", "--workflow", "ni") == ["nightly"]
    assert completed(*place, "config", "set", "workflows.nightly.sch") == [
        "workflows.nightly.schedule"
    ]


def status() -> dict[str, Any]:
    (document,) = json.loads(typed("status", *JSON).stdout)
    return dict(document)


def test_the_status_says_how_schedules_differ(stack: Stack) -> None:
    assert status()["workflow nightly"]["schedule_state"] == "missing"
    apply()
    found = status()
    assert typed("status").exit_code == 0
    assert found["workflow nightly"]["next"].endswith(":00:00Z")
    assert found["workflow by-name"] == {"state": "ok", "schedule": None}
    stack.make(GROUP, "old")
    stack.change("nightly", State="DISABLED")
    stack.change("hourly", ScheduleExpression="rate(5 hours)")
    found = status()
    told = {name: one.get("schedule_state") for name, one in found.items() if "workf" in name}
    assert told == {
        "workflow nightly": "disabled",
        "workflow hourly": "different",
        "workflow by-name": None,
        "workflow old": "left over",
    }
    assert found["workflow hourly"]["differences"] == {
        "schedule": {"found": "rate(5 hours)", "wanted": "rate(1 hour)"}
    }
    result = typed("status")
    assert result.exit_code == 1
    assert "its schedule differs, schedule: rate(5 hours) -> rate(1 hour)" in result.stdout
    apply()
    assert typed("status").exit_code == 0


def test_the_status_says_that_runs_take_longer_than_their_schedule(stack: Stack) -> None:
    write_run(stack.copy, Started("run-3", "hourly", TIMES["run-3"], parse_config("")))
    apply()
    assert "longer than" not in typed("status").stdout
    stack.states.add("run-3", "SUCCEEDED", age=90, took=75)
    result = typed("status")
    assert "its last run took 1h 15m, longer than the 1h between starts" in result.stdout
    assert result.exit_code == 0


def test_the_status_of_an_older_stack_or_a_wrong_configuration(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Source, "outputs_of", lambda *_: OUTPUTS)
    assert "update the stack" in status()["workflows"]["reason"]
    stack.configure()
    assert "workflows" not in status()
    stack.copy.write_text(CONFIG_KEY, "workflows: [")
    assert status()["workflows"]["state"] == "attention"


def test_the_page_of_workflows_can_be_followed(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (REPOSITORY / "docs" / "workflows.md").read_text()
    (config,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "ebbtide.yaml").write_text(config)
    stack.copy.write_text(CONFIG_KEY, config)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ebbtide_cli.workflow_apply.agreed", lambda *_, **__: True)
    lines = [shlex.split(one) for one in re.findall(r"^    ebbtide (.*)", page, re.MULTILINE)]
    for words in lines:
        if "--bucket" in words:
            words = words[2:]
        if words[0] != "config":  # its own tests need a bucket
            assert typed(*words).exit_code == 0, words
    assert len(lines) > 10
    assert stack.schedules().keys() == {"sandbox-at-night", "frankfurt"}
    inputs = [json.loads(one) for one in re.findall(r"(?:--input|Input:) '(.*)'", page)]
    names = {one.name for one in parse_config(config).workflows}
    assert len(inputs) == 2 and {one["workflow"] for one in inputs} <= names
