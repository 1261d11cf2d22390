"""Promises of `ebbtide runs` and `ebbtide workflows`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.cleanup.summary import COUNTED
from ebbtide.config import parse_config
from ebbtide.deployment.inputs import Asked
from ebbtide.deployment.own import Own
from ebbtide.model.coverage import Coverage
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.run import Run as Started
from ebbtide_cli import watching
from ebbtide_cli.sources import Source
from tests.support.command import Run, run
from tests.support.executions import OUTPUTS, States
from tests.support.snapshots import DEV, NOW, PROD, TIMES, Copy, write_run

DENIED = "UnauthorizedOperation: User: x is not authorized to perform: ec2:DescribeVolumes because"
COMMAND = ("--stack", "ebbtide")


@pytest.fixture
def states(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> States:
    """A deployed stack with the bucket of the copy, and a state machine."""
    found = States()
    services = {"stepfunctions": found}
    monkeypatch.setattr(Source, "open", lambda _: Folder(copy.path))
    monkeypatch.setattr(Source, "outputs_of", lambda *_: OUTPUTS)
    monkeypatch.setattr(Source, "client", lambda _, service: services[service])
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    return found


def typed(*arguments: str) -> Any:
    return run(*COMMAND, *arguments)


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = typed(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def planned(copy: Copy, run_id: str = "run-3", **more: Any) -> None:
    account = {"account": DEV, "planned": 4, "refused": 2, "undecided": 1}
    summary = {"accounts": [account], "held": False, "exceeded": [], "unplanned_accounts": []}
    copy.write_json(RunKeys(run_id).plan_summary, summary | more)


def cleaned(copy: Copy, run_id: str = "run-3", **counts: int) -> None:
    totals = dict.fromkeys(COUNTED, 0) | counts
    summary = {"dry_run": False, "ticks": 2, "totals": totals}
    entry = {"account": DEV, **totals}
    copy.write_json(RunKeys(run_id).cleanup_summary, {**summary, "accounts": [entry]})


def resource(name: str, status: str, reason: str = "") -> tuple[str, dict[str, str]]:
    return f"{DEV}/eu-central-1/aws_ec2_volume/{name}", {"status": status, "reason": reason}


def cleaning(copy: Copy, *resources: tuple[str, dict[str, str]], run_id: str = "run-3") -> None:
    state = {"format": 2, "ledger": [], "resources": dict(resources)}
    copy.write_json(RunKeys(run_id).cleanup(DEV, "state.json"), state)
    copy.write_json(RunKeys(run_id).accounts, [{"account": DEV}, {"account": PROD}])


def test_runs_are_listed_with_what_they_did(states: States, copy: Copy) -> None:
    states.add("run-3", "SUCCEEDED", age=60, took=12).add("run-2", "FAILED", age=2_880)
    planned(copy)
    cleaned(copy, gone=3, failed=1)
    first, second = rows("runs", "list")
    assert (first["run"], first["status"], first["workflow"]) == (
        "run-3",
        "succeeded",
        "collect_and_cleanup",
    )
    assert (first["resources"], first["planned"], first["deleted"], first["errors"]) == (
        10,
        4,
        3,
        1,
    )
    assert first["seconds"] == 720 and 0 < first["usd"] < 0.1
    assert (second["run"], second["status"], second["errors"]) == ("run-2", "failed", 1)
    assert "2 runs." in typed("runs", "list").stderr


def test_a_skipped_run_is_neither_succeeded_nor_failed(states: States) -> None:
    skipped = {"outcome": "skipped", "holder": "run-3", "execution": "arn"}
    older = {"run_id": "run-3", "execution": "arn", "etag": "e"}  # the output of earlier versions
    states.add("one", "SUCCEEDED", output=skipped).add("two", "SUCCEEDED", output=older)
    states.add("expired", "SUCCEEDED", output={"manifest": "m", "accounts": "a"})
    found = {row["run"]: row["status"] for row in rows("runs", "list")}
    assert found == {"one": "skipped", "two": "skipped", "expired": "succeeded"}
    assert rows("runs", "list", "--workflow", "collect_and_cleanup") == rows("runs", "list")
    assert [row["run"] for row in rows("runs", "list", "--status", "skipped")] == ["one", "two"]
    assert "2 of them skipped" in typed("runs", "list").stderr
    shown = json.loads(typed("runs", "show", "one", "--format", "json").stdout)
    assert shown[0]["skipped_for"] == "run-3"


def test_runs_are_selected_by_time_workflow_errors_and_number(states: States, copy: Copy) -> None:
    states.add("run-3", "SUCCEEDED", age=60).add("run-2", "SUCCEEDED", age=2_880)
    states.add("run-1", "FAILED", age=14_400)
    write_run(copy, Started("run-2", "collect", TIMES["run-2"], parse_config("")))

    def names(*arguments: str) -> list[str]:
        return [row["run"] for row in rows("runs", "list", *arguments)]

    assert names() == ["run-3", "run-2", "run-1"]
    assert names("--limit", "1") == ["run-3"]
    assert names("--since", "3d") == ["run-3", "run-2"]
    assert names("--until", "1d") == ["run-2", "run-1"]
    assert names("--workflow", "collect") == ["run-2"]
    assert names("--has-errors") == ["run-1"]
    assert typed("runs", "list", "--since", "soon").exit_code == 2
    assert "unknown status 'ok'" in typed("runs", "list", "--status", "ok").stderr


def test_workflows_are_the_same_commands(states: States) -> None:
    states.add("run-3", "RUNNING").add("run-2", "SUCCEEDED", age=2_880)
    history, listed = (
        [row["run"] for row in rows(*words)]
        for words in (("workflows", "history", "collect_and_cleanup"), ("runs", "list"))
    )
    assert history == listed == ["run-3", "run-2"]
    assert [row["run"] for row in rows("workflows", "running")] == ["run-3"]
    assert "- cleanup_plan" in typed("workflows", "show", "cleanup").stdout
    assert typed("workflows", "show", "clean").exit_code == 2
    started = typed("workflows", "run", "metrics", "--name", "m-1")
    assert (started.exit_code, started.stdout) == (0, "m-1\n")


def test_a_copy_lists_its_runs_without_a_state_machine(ebbtide: Run, copy: Copy) -> None:
    copy.write_json(RunKeys("run-3").metrics("samples.json"), [])
    copy.write_json(CLAIM, {"run_id": "run-2"})
    found = json.loads(ebbtide("runs", "list", "--format", "json").stdout)
    assert [(row["run"], row["status"]) for row in found] == [
        ("run-3", "succeeded"),
        ("run-2", "running"),
        ("run-1", "incomplete"),
    ]
    for words in (("start",), ("stop", "run-3"), ("watch",)):
        result = ebbtide("runs", *words)
        assert (result.exit_code, "is a copy" in result.stderr) == (2, True)


def test_a_run_is_started_with_everything_that_its_input_accepts(states: States) -> None:
    words = ["--workflow", "cleanup", "--accounts", "dev,444455556666", "--regions", "eu-central-1"]
    result = typed(
        "runs", "start", *words, "--regions", "global", "--dry-run", "--wait", "--name", "x"
    )
    assert (result.exit_code, result.stdout) == (0, "x\n"), result.stderr
    assert json.loads(states.executions["x"]["input"]) == {
        "workflow": "cleanup",
        "accounts": [DEV, PROD],
        "regions": ["eu-central-1", "global"],
        "dry_run": True,
        "wait": True,
    }
    usual = typed("runs", "start")
    name = usual.stdout.strip()
    assert name.startswith("collect_and_cleanup-2")
    assert json.loads(states.executions[name]["input"]) == {"workflow": "collect_and_cleanup"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workflow", "clean"), "unknown workflow 'clean'"),
        (("--name", "my run"), "invalid name 'my run'"),
        (("--regions", "eu-centrl"), "invalid region 'eu-centrl'"),
        (("--accounts", "dve"), "did you mean dev?"),
        (("--name", "run-3"), "there is already a run named run-3"),
        (("--name", "taken"), "there is already a run named taken"),
    ],
)
def test_what_no_run_would_accept_is_refused_before_it_starts(
    states: States, words: tuple[str, str], said: str
) -> None:
    states.add("taken", "SUCCEEDED")
    result = typed("runs", "start", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(states.executions) == ["taken"]


def test_a_start_tells_that_it_will_be_skipped_or_wait(states: States, copy: Copy) -> None:
    states.add("run-3", "RUNNING")
    copy.write_json(CLAIM, {"run_id": "run-3"})
    assert "will be skipped" in typed("runs", "start", "--name", "a").stderr
    assert "begins when it has ended" in typed("runs", "start", "--name", "b", "--wait").stderr
    # A claim that a stopped run left behind skips nobody.
    states.executions["run-3"]["status"] = "ABORTED"
    assert typed("runs", "start", "--name", "c").stderr == ""


def test_a_stopped_run_says_what_remains_and_what_comes_next(states: States, copy: Copy) -> None:
    states.add("run-3", "RUNNING")
    planned(copy)
    cleaning(copy, resource("a", "gone"), resource("b", "deleting"), resource("c", "planned"))
    result = typed("runs", "stop", "run-3")
    assert result.exit_code == 0
    assert states.executions["run-3"]["status"] == "ABORTED"
    assert "Not done: cleanup and generate_metrics." in result.stderr
    assert "1 gone, 1 being deleted by AWS, 1 not deleted" in result.stderr
    assert "takes over the claim" in result.stderr
    again = typed("runs", "stop", "run-3")
    assert (again.exit_code, "nothing to stop" in again.stderr) == (2, True)
    assert typed("runs", "stop", "none").exit_code == 2


def test_a_run_that_waits_for_the_claim_leaves_nothing(states: States) -> None:
    states.add("early", "RUNNING")
    assert "nothing was read or changed" in typed("runs", "stop", "early").stderr


def unread(copy: Copy, account: str, *entries: Coverage) -> None:
    """Write what could not be read of an account in run-3."""
    key = RunKeys("run-3").graph(account, "coverage.json")
    document = copy.read_json(key)
    copy.write_json(
        key, {**document, "kinds": [*document["kinds"], *(e.to_line() for e in entries)]}
    )
    manifest = copy.read_json(RunKeys("run-3").manifest)
    for entry in manifest["accounts"]:
        if entry["account"] == account:
            entry["states"] = {"denied": len(entries)}
    copy.write_json(RunKeys("run-3").manifest, manifest)


def test_the_log_names_account_region_error_and_missing_permission(
    states: States, copy: Copy
) -> None:
    cause = json.dumps({"errorMessage": "the role is gone", "errorType": "AccessError"})
    states.add("run-3", "FAILED", error="AccessError", cause=cause)
    unread(
        copy,
        DEV,
        *(
            Coverage(DEV, one, "aws_ec2_volume", "denied", error=DENIED)
            for one in ("eu-west-1", "us-east-1", "us-west-2")
        ),
    )
    exceeded = [f"4 resources in account {DEV}; the limit is 1"]
    planned(copy, exceeded=exceeded, held=True, unplanned_accounts=[PROD])
    refused = "refused by AWS: it has objects"
    cleaning(
        copy,
        resource("a", "failed", refused),
        resource("b", "failed", refused),
        resource("c", "gone"),
    )
    found = rows("runs", "log", "run-3")
    assert [(one["step"], one["state"], one["account_name"]) for one in found] == [
        ("workflow", "failed", None),
        ("collect", "denied", "dev"),
        ("cleanup_plan", "failed", "prod"),
        ("cleanup_plan", "held", None),
        ("cleanup", "failed", "dev"),
    ]
    assert found[0]["error"] == "AccessError: the role is gone"
    assert found[1]["permission"] == "ec2:DescribeVolumes"
    assert found[1]["regions"] == ["eu-west-1", "us-east-1", "us-west-2"]
    assert [name.rpartition("/")[2] for name in found[4]["subjects"]] == ["a", "b"]
    assert (
        "error=4 resources in account dev; the limit is 1" in typed("runs", "log", "run-3").stdout
    )
    lines = typed("runs", "log", "run-3", "--account", "prod").stdout.splitlines()
    assert lines == [
        "step=cleanup_plan, account=prod, region=all, state=failed, "
        "error=no plan was made; see the log of the plan function"
    ]
    assert "5 problems in run run-3 (failed)" in typed("runs", "log", "run-3").stderr


def test_the_log_of_a_limited_run_is_about_what_it_was_started_for(
    states: States, copy: Copy
) -> None:
    states.add("run-3", "SUCCEEDED")
    asked = Asked(accounts=(DEV,), regions=("eu-central-1",), dry_run=True)
    config = parse_config("cleanup: {dry_run: true}")
    write_run(copy, Started("run-3", "collect", TIMES["run-3"], config, asked=asked))
    copy.write_json(RunKeys("run-3").accounts, [{"account": DEV}])
    unread(copy, DEV, Coverage(DEV, "us-east-1", "aws_ec2_volume", "not_asked", error="other"))
    manifest = copy.read_json(RunKeys("run-3").manifest)
    manifest["accounts"][0]["states"] = {"not_asked": 1}
    manifest["accounts"][1]["stale_since"] = to_text(NOW)
    copy.write_json(RunKeys("run-3").manifest, manifest)
    assert rows("runs", "log", "run-3") == []
    assert rows("runs", "list")[0]["errors"] == 0
    shown = json.loads(typed("runs", "show", "run-3", "--format", "json").stdout)[0]
    assert shown["asked"] == {"accounts": ["dev"], "regions": ["eu-central-1"], "dry_run": True}


def test_watching_tells_each_step_once_and_ends_with_the_run(states: States, copy: Copy) -> None:
    states.add("run-4", "RUNNING", age=5)
    keys, looks = RunKeys("run-4"), iter(range(100))
    config = parse_config("cleanup: {enabled: true}")

    def go_on(_: str) -> None:
        look = next(looks)
        states.states["run-4"] = "Wait For Holder" if look < 2 else "Plan Accounts"
        if look == 2:
            write_run(copy, Started("run-4", "cleanup", NOW, config))
        elif look == 3:
            planned(copy, "run-4")
        if look in (3, 4):
            states.states["run-4"] = "Ask Hooks: pre_cleanup"
        elif look == 5:
            cleaned(copy, "run-4", gone=4)
            copy.write_json(keys.metrics("samples.json"), [1])
            states.executions["run-4"] |= {"status": "SUCCEEDED", "stopDate": states.now}

    states.looked = go_on
    result = typed("runs", "watch", "run-4")
    assert result.exit_code == 0
    told = [line.partition(" s  ")[2] for line in result.stdout.splitlines()]
    assert told == [
        "waiting for the run under way",
        "cleanup_plan: evaluating what there is",
        "cleanup_plan: 4 resources to delete, 2 refused, 1 undecided",
        "cleanup: re-checking every planned resource, then deleting in waves",
        "pre_cleanup: waiting for its automations and jobs",
        "cleanup: 4 resources are gone",
        "generate_metrics: published 1 values",
    ]
    assert result.stderr == "Run run-4 has succeeded after 5m\n"


@pytest.mark.parametrize(
    ("status", "output", "code", "said"),
    [
        ("FAILED", None, 1, "has failed after 10m: E: why"),
        ("ABORTED", None, 1, "was stopped after 10m"),
        ("TIMED_OUT", None, 1, "has timed out"),
        ("SUCCEEDED", {"outcome": "skipped", "holder": "run-3"}, 0, "run run-3 was under way"),
    ],
)
def test_the_exit_code_of_watching_is_the_outcome(
    states: States, status: str, output: Any, code: int, said: str
) -> None:
    more = {"error": "E", "cause": "why"} if status == "FAILED" else {}
    states.add("run-4", status, **more, **({"output": output} if output else {}))
    result = typed("runs", "watch", "run-4")
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr


def test_without_a_run_id_the_run_under_way_is_watched(states: States, copy: Copy) -> None:
    assert "there is no run yet" in typed("runs", "watch").stderr
    states.add("run-3", "SUCCEEDED", age=60).add("newest", "SUCCEEDED", age=1)
    assert "Run newest has succeeded" in typed("runs", "watch").stderr
    copy.write_json(CLAIM, {"run_id": "run-3"})
    states.executions["run-3"]["status"] = "RUNNING"
    states.looked = lambda name: states.executions[name].update(
        status="SUCCEEDED" if name == "run-3" and next(looks) else states.executions[name]["status"]
    )
    looks = iter([False, True, True, True])
    assert "Run run-3 has succeeded" in typed("runs", "watch").stderr


def test_an_interrupted_watch_leaves_the_run_alone(
    states: States,
) -> None:
    states.add("run-3", "RUNNING")

    def interrupt(_: str) -> None:
        if interrupt.__dict__.setdefault("seen", 0):
            raise KeyboardInterrupt
        interrupt.__dict__["seen"] = 1

    states.looked = interrupt
    result = typed("runs", "watch", "run-3")
    assert result.exit_code == 130
    assert "The run goes on; `ebbtide runs watch run-3` shows it again." in result.stderr
    assert states.executions["run-3"]["status"] == "RUNNING"


def test_a_started_run_can_be_watched_at_once(states: States) -> None:
    states.looked = lambda name: states.executions[name].update(
        status="SUCCEEDED", stopDate=states.now + timedelta(seconds=5), output="{}"
    )
    result = typed("runs", "start", "--name", "x", "--watch")
    assert result.exit_code == 0
    assert result.stdout.startswith("x\n")


def test_an_unknown_run_is_an_error(states: States) -> None:
    for words in (("show", "none"), ("log", "none"), ("watch", "none")):
        result = typed("runs", *words)
        assert (result.exit_code, "run not found: none" in result.stderr) == (2, True)
    assert states.executions == {}


def test_a_bucket_tells_its_stack_by_the_record_of_a_run(
    states: States, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.add("run-3", "SUCCEEDED")
    asked: list[str] = []
    monkeypatch.setattr(Source, "outputs_of", lambda _, stack: asked.append(stack) or OUTPUTS)
    result = run("--bucket", "b", "runs", "list")
    assert (result.exit_code, "give --stack instead" in result.stderr) == (3, True)
    config = parse_config("")
    record = Started("run-3", "collect", TIMES["run-3"], config, own=Own(DEV, stack="shop"))
    write_run(copy, record)
    assert run("--bucket", "b", "runs", "list").exit_code == 0
    assert asked == ["shop"]


def test_a_stack_of_another_version_is_told_to_be_updated(
    states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Source, "outputs_of", lambda *_: {"BucketName": "b"})
    result = typed("runs", "list")
    assert (result.exit_code, "update the stack" in result.stderr) == (3, True)
    assert states.executions == {}
