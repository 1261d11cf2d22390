"""The nested machine that announces: whom it asks, what follows from the answers, and the jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ebbtide.deployment.events import EventDetail
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.jobs.answers import take_answer
from tests.support.answered import RUN_ID, Answered, volumes
from tests.support.interpreter import Interpreter, TaskError
from tests.unit.statemachine.test_statemachine import ANNOUNCE
from tools.check_statemachine import read_definition


def announce(
    automations: list[dict[str, Any]],
    fails: Mapping[str, str],
    jobs: tuple[str, ...] = (),
    answers: Mapping[str, Any] | None = None,
    cause: str = "made up",
    estate: Answered | None = None,
) -> tuple[Any, list[Any]]:
    """The machine's answer, and what was put on the bus or asked of the jobs' function.

    The function that takes the answers of automations is the real one.
    """
    put_entries: list[Any] = []
    world = estate or Answered(automations, volumes(2))

    def answer(state: str, _resource: str, given: Any) -> Any:
        if state == "Take Answer":
            if "take" in fails:
                raise TaskError(fails["take"])
            return take_answer(AnswerRequest.model_validate(given), world.store)
        if state == "Run Job":
            put_entries.append(given)
            if given["job"] in fails:
                raise TaskError(fails[given["job"]], cause)
            outcome = "to_tag" if given["job"].startswith("tag") else "done"
            return {"job": given["job"], "outcome": outcome}
        if state == "Set Tags":
            put_entries.append({**given, "sets": "tags"})
            if "tagging" in fails:
                raise TaskError(fails["tagging"])
            return {"job": given["job"], "outcome": "done", "acted": 3}
        (entry,) = given["Entries"]
        put_entries.append(entry)
        who = entry["DetailType"]
        who = entry["Detail"].get("automation", who if who in fails else "bus")
        if who in fails:
            raise TaskError(fails[who])
        return (answers or {}).get(who, {})

    detail = EventDetail(run_id=RUN_ID, workflow="collect", event="post_collect", bucket="b")
    given = {
        "event": "post_collect",
        "automations": [one.for_machine for one in world.run.config.automations],
        "jobs": list(jobs),
        "detail": detail.model_dump(),
    }
    interpreter = Interpreter(answer, lambda _key: [], {})
    return interpreter.run(read_definition(ANNOUNCE, {"EventBus": "bus"}), given), put_entries


def test_event_is_put_once_and_nobody_is_awaited() -> None:
    answer, entries = announce([], {})
    assert answer == {"automations": [], "jobs": [], "holds": 0, "held_by": []}
    assert [entry["DetailType"] for entry in entries] == ["post_collect"]
    assert EventDetail(**entries[0]["Detail"]).event == "post_collect"


def awaited(name: str = "a", **rest: Any) -> dict[str, Any]:
    return {
        "name": name,
        "event": "post_collect",
        "on_timeout": "continue",
        "on_error": "continue",
        **rest,
    }


def test_each_awaited_automation_gets_its_own_token() -> None:
    answer, entries = announce([awaited("a"), awaited("b", on_error="fail")], {})
    assert [one["outcome"] for one in answer["automations"]] == ["done", "done"]
    assert answer["holds"] == 0
    assert [entry["DetailType"] for entry in entries[1:]] == ["await_post_collect"] * 2
    assert {"automation": "b", "task_token": "token"}.items() <= entries[2]["Detail"].items()


def test_each_automation_has_its_own_time_out() -> None:
    world = Answered([awaited("a", timeout="1m"), awaited("b"), awaited("c", timeout="12h")])
    told = {one.name: one.for_machine["timeout"] for one in world.run.config.automations}
    assert told == {"a": 60, "b": 3_600, "c": 43_200}
    machine = read_definition(ANNOUNCE)
    asking = machine["States"]["Ask Automations"]["ItemProcessor"]["States"]["Ask Automation"]
    assert asking["TimeoutSecondsPath"] == "$.automation.timeout"
    # Jobs of the event have time left after the longest one.
    assert machine["TimeoutSeconds"] >= 43_200 + 3 * 3_600


# What an automation does -> the setting that says what follows.
SETTINGS = {
    "States.Timeout": "on_timeout",
    "Nope": "on_error",
    "EventBridge.FailedEntry": "on_error",
    "States.DataLimitExceeded": "on_error",
}
OTHER = {"on_timeout": "on_error", "on_error": "on_timeout"}


@pytest.mark.parametrize("error", SETTINGS)
@pytest.mark.parametrize("other", ["continue", "hold", "fail"])
def test_failing_automation_is_recorded(error: str, other: str) -> None:
    setting = SETTINGS[error]
    asked = [awaited(**{setting: "continue", OTHER[setting]: other})]
    world = Answered(asked)
    answer, _ = announce(asked, {"a": error}, estate=world)
    (told,) = answer["automations"]
    assert (told["outcome"], told["error"]) == ("failed", error)
    assert (answer["holds"], answer["held_by"]) == (0, [])
    record = world.record("a")
    assert (record["error"], record["reaction"]) == (error, "continue")
    assert record["why"] in ("no answer within 1h", "made up")


@pytest.mark.parametrize("error", SETTINGS)
@pytest.mark.parametrize("other", ["continue", "hold", "fail"])
def test_failing_automation_holds_the_plan_if_it_shall(error: str, other: str) -> None:
    setting = SETTINGS[error]
    held = awaited(**{setting: "hold", OTHER[setting]: other})
    answer, _ = announce([awaited("first"), held, awaited("last")], {"a": error}, ("job",))
    assert (answer["holds"], answer["held_by"]) == (1, ["a"])
    assert [one["outcome"] for one in answer["automations"]] == ["done", "held", "done"]
    assert [one["outcome"] for one in answer["jobs"]] == ["done"]


@pytest.mark.parametrize("error", SETTINGS)
@pytest.mark.parametrize("other", ["continue", "hold", "fail"])
def test_failing_automation_stops_the_run_if_it_must_succeed(error: str, other: str) -> None:
    setting = SETTINGS[error]
    with pytest.raises(TaskError, match="AutomationFailed") as caught:
        announce([awaited(**{setting: "fail", OTHER[setting]: other})], {"a": error})
    assert caught.value.cause.startswith("automation a at post_collect: ")


def test_marks_are_stored_before_the_jobs_of_the_event_run() -> None:
    asked = [awaited("owners", marks="keep")]
    world = Answered(asked, volumes(2))
    (first, _) = volumes(2)
    given = {"marks": [{"id": first.graph_id, "mark": "keep", "reason": "still used"}]}
    answer, entries = announce(asked, {}, ("job",), {"owners": given}, estate=world)
    assert [one["outcome"] for one in answer["automations"]] == ["done"]
    assert entries[-1]["job"] == "job"
    assert world.marks().protected == {first.graph_id: "automation owners: still used"}


@pytest.mark.parametrize("given", [[], "yes", None, 3, {"ok": True}, {"marks": [{"id": "x"}]}])
@pytest.mark.parametrize("reaction", ["continue", "hold"])
def test_answer_of_another_form_is_a_failure(given: Any, reaction: str) -> None:
    asked = [awaited("a", on_error=reaction)]
    world = Answered(asked)
    answer, _ = announce(asked, {}, answers={"a": given}, estate=world)
    assert answer["held_by"] == (["a"] if reaction == "hold" else [])
    assert world.record("a")["error"] == "InvalidAnswer"


def test_answer_that_cannot_be_recorded_ends_the_run() -> None:
    with pytest.raises(TaskError, match=r"Runtime\.ExitError"):
        announce([awaited("a", marks="keep")], {"take": "Runtime.ExitError"})


def test_jobs_run_in_their_order_after_the_automations_have_answered() -> None:
    answer, entries = announce([awaited()], {}, ("one", "two"))
    assert [entry.get("DetailType", entry.get("job")) for entry in entries] == [
        "post_collect",
        "await_post_collect",
        "one",
        "two",
    ]
    assert entries[2] == {"run_id": RUN_ID, "event": "post_collect", "job": "one"}
    assert [one["outcome"] for one in answer["jobs"]] == ["done", "done"]


@pytest.mark.parametrize("error", ["JobError", "States.Timeout", "Runtime.ExitError"])
def test_failing_job_is_announced_and_stops_nothing(error: str) -> None:
    answer, entries = announce([], {"one": error}, ("one", "two"))
    assert answer["jobs"] == [
        {"job": "one", "outcome": "failed", "error": error},
        {"job": "two", "outcome": "done"},
    ]
    (failed,) = [entry for entry in entries if entry.get("DetailType") == "job_failed"]
    detail = EventDetail(**failed["Detail"])
    assert detail.data == {"job": "one", "at": "post_collect", "error": error, "cause": "made up"}
    assert detail.event == "job_failed"


def test_failing_job_stops_nothing_even_if_the_bus_refuses_to_hear_of_it() -> None:
    fails = {"one": "JobError", "job_failed": "EventBridge.FailedEntry"}
    answer, _ = announce([], fails, ("one", "two"))
    assert [one["outcome"] for one in answer["jobs"]] == ["failed", "done"]


def test_tags_are_set_by_a_function_of_their_own_before_the_next_job_begins() -> None:
    answer, entries = announce([], {}, ("one", "tag-two", "three"))
    asked = {"run_id": RUN_ID, "event": "post_collect"}
    assert entries[1:] == [
        {**asked, "job": "one"},
        {**asked, "job": "tag-two"},
        {**asked, "job": "tag-two", "sets": "tags"},
        {**asked, "job": "three"},
    ]
    assert answer["jobs"] == [
        {"job": "one", "outcome": "done"},
        {"job": "tag-two", "outcome": "done", "acted": 3},
        {"job": "three", "outcome": "done"},
    ]


@pytest.mark.parametrize("error", ["JobError", "States.Timeout", "Runtime.ExitError"])
def test_failing_to_set_tags_is_announced_and_stops_nothing(error: str) -> None:
    answer, entries = announce([], {"tagging": error}, ("tag-one", "two"))
    assert [one["outcome"] for one in answer["jobs"]] == ["failed", "done"]
    (failed,) = [entry for entry in entries if entry.get("DetailType") == "job_failed"]
    assert failed["Detail"]["data"]["job"] == "tag-one"
    assert failed["Detail"]["data"]["error"] == error


def test_event_that_cannot_be_put_fails() -> None:
    with pytest.raises(TaskError, match="EventRefused"):
        announce([], {"bus": "EventBridge.FailedEntry"})


def test_failure_of_a_job_is_told_without_a_stack_trace() -> None:
    body = {"errorMessage": "no snapshot yet", "errorType": "JobError", "stackTrace": ["File x"]}
    answer, entries = announce([], {"one": "JobError"}, ("one",), cause=json.dumps(body))
    (failed,) = [entry for entry in entries if entry.get("DetailType") == "job_failed"]
    assert failed["Detail"]["data"]["cause"] == "no snapshot yet"
    assert answer["jobs"] == [{"job": "one", "outcome": "failed", "error": "JobError"}]
