"""The answers of awaited automations: what counts, what fails, and what the marks do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.automation import marking
from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConfigError, InputError, PlanError
from ebbtide.config import parse_config
from ebbtide.deployment.answers import LARGEST_BYTES, LATEST_ANSWER, LONGEST_KEEP
from ebbtide.deployment.events import HOOKABLE_EVENTS, is_after
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.jobs.answers import take_answer
from ebbtide.plan import make_plan
from ebbtide.store.keys import CLAIM, protected_key
from ebbtide.verdict.automation_marks import left_out
from ebbtide.verdict.marks import marked_findings
from tests.support.answered import KEYS, RUN_ID, Answered, volumes
from tests.support.builders import ACCOUNT, NOW, inventory

VOLUMES = volumes(4)
IDS = [one.graph_id for one in VOLUMES]


def asked(name: str = "a", event: str = "post_collect", **rest: Any) -> dict[str, Any]:
    return {"name": name, "event": event, "marks": ["clean", "keep"], **rest}


def mark(number: int, what: str = "keep", why: str = "in use", **rest: Any) -> dict[str, Any]:
    return {"id": IDS[number], "mark": what, "reason": why, **rest}


def world(*automations: dict[str, Any], **rest: Any) -> Answered:
    return Answered(automations or [asked()], VOLUMES, **rest)


@pytest.mark.parametrize("answer", [{}, {"marks": []}])
def test_answer_without_marks_lets_the_run_continue(answer: Any) -> None:
    one = world()
    told = one.take("a", answer)
    assert (told["outcome"], told["held_by"], told["ends_run"]) == ("done", [], False)
    assert one.record("a")["outcome"] == "answered"
    assert one.marks().unknown == ""


def test_marks_enter_the_plan_under_the_name_of_the_automation() -> None:
    one = world(asked("owners"))
    one.take("owners", {"marks": [mark(0, "clean", "no owner"), mark(1), mark(2, "clean", "old")]})
    marks = one.marks("cleanup_plan")
    assert marks.protected == {IDS[1]: "automation owners: in use"}
    found = marked_findings(marks, inventory(VOLUMES), KEYS.manifest)
    assert [(one.resource, one.rule, one.reason) for one in found] == [
        (IDS[0], "automation:owners", "no owner"),
        (IDS[2], "automation:owners", "old"),
    ]
    config = parse_config("{}")
    plan = make_plan(
        inventory(VOLUMES), config, run_id="r", manifest=KEYS.manifest, now=NOW, marks=marks
    )
    assert {entry.subject.graph_id: entry.reason for entry in plan.planned} == {
        IDS[0]: "no owner",
        IDS[2]: "old",
    }
    # Marks of another snapshot say nothing about this one.
    assert marked_findings(marks, inventory(VOLUMES), "another") == []


def test_what_one_cleans_another_keeps() -> None:
    one = world(asked("a"), asked("b", marks="keep"))
    one.take("a", {"marks": [mark(0, "clean", "old"), mark(1, "clean", "old")]})
    one.take("b", {"marks": [mark(0)]})
    marks = one.marks("cleanup_plan")
    plan = make_plan(
        inventory(VOLUMES),
        parse_config("{}"),
        run_id="r",
        manifest=KEYS.manifest,
        now=NOW,
        marks=marks,
    )
    assert [entry.subject.graph_id for entry in plan.planned] == [IDS[1]]
    (refused,) = plan.refused
    assert (refused.code, refused.reason) == ("protected", "protected by automation b: in use")


def test_two_reasons_to_keep_are_both_told() -> None:
    one = world(asked("a"), asked("b"))
    for name in ("a", "b"):
        one.take(name, {"marks": [mark(0, why=f"says {name}")]})
    assert one.marks().protected == {IDS[0]: "automation a: says a; automation b: says b"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "the answer is a list; give an object"),
        (None, "the answer is null"),
        ("yes", "the answer is a text"),
        ({"ok": True}, "ok: Extra inputs"),
        ({"marks": "all"}, "marks: Input should be"),
        ({"marks": [{"id": IDS[0], "mark": "delete", "reason": "x"}]}, "marks.0.mark"),
        ({"marks": [{"id": IDS[0], "mark": "keep"}]}, "marks.0.reason: Field required"),
        ({"marks": [mark(0, why="  ")]}, "marks.0.reason"),
        ({"marks": [mark(0, until="tomorrow")]}, "marks.0.until"),
        ({"marks": [mark(0, until="2026-12-01T00:00:00")]}, "marks.0.until"),
        ({"marks": [mark(0, "clean", until="2026-12-01T00:00:00Z")]}, "until is for keep"),
        ({"marks": [mark(0), mark(0, "clean")]}, f"{IDS[0]} is marked twice"),
        ({"marks": [mark(0)], "marks_key": "x"}, "give either marks or marks_key"),
        ({"marks": [{**mark(0), "id": "vol-0"}]}, "vol-0 is not in the snapshot"),
        (
            {"marks": [{**mark(0), "id": IDS[0].replace(ACCOUNT, "999999999999")}]},
            "is not in the snapshot",
        ),
        ({"marks": [mark(0), {**mark(1), "id": f"{IDS[1]}x"}]}, f"{IDS[1]}x is not in the"),
        ({"marks_key": "config/ebbtide.yaml"}, f"is not below runs/{RUN_ID}/answers/"),
        ({"marks_key": "runs/other/answers/a.json"}, f"is not below runs/{RUN_ID}/answers/"),
        ({"marks_key": f"runs/{RUN_ID}/answers/none.json"}, "does not exist"),
        ({"marks_key": f"runs/{RUN_ID}/answers/{'ü' * 512}"}, "is no key of an object"),
        ({"marks_key": f"runs/{RUN_ID}/answers/a\0b"}, "is no key of an object"),
        ({"marks_key": f"runs/{RUN_ID}/answers/\ud800"}, "the answer cannot be stored"),
        ({"marks": [mark(0, why="\ud800")]}, "the answer cannot be stored"),
        ({"\udfff": 1}, "the answer cannot be stored"),
    ],
)
def test_whatever_does_not_count_fails_the_answer_as_a_whole(answer: Any, said: str) -> None:
    one = world(asked(on_error="hold"))
    told = one.take("a", answer)
    assert (told["outcome"], told["held_by"]) == ("held", ["a"])
    record = one.record("a")
    assert (record["outcome"], record["error"], record["reaction"]) == (
        "failed",
        "InvalidAnswer",
        "hold",
    )
    assert said in record["why"]
    marks = one.marks()
    assert (marks.protected, marks.clean) == ({}, ())
    assert "automation a keeps are unknown: it gave no valid answer at post_collect" in (
        marks.unknown
    )


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
@pytest.mark.parametrize("what", ["keep", "clean"])
def test_only_marks_that_the_configuration_lists_are_accepted(event: str, what: str) -> None:
    one = world(asked(event=event, marks=[], on_error="continue"))
    one.take("a", {"marks": [mark(0, what)]})
    assert f"is marked {what}, which the configuration does not allow a" in one.record("a")["why"]
    assert one.marks() == world(asked(event=event, marks=[])).marks()


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_keep_is_possible_until_the_deletions_and_later_only_with_an_end(event: str) -> None:
    one = world(asked(event=event, marks="keep", on_error="continue"))
    one.take("a", {"marks": [mark(0)]})
    late = is_after(event, "cleanup")
    assert ("is too late without `until`" in str(one.record("a")["why"])) == late
    assert one.marks().protected == ({} if late else {IDS[0]: "automation a: in use"})
    one.take("a", {"marks": [mark(0, until="2026-12-01T00:00:00Z")]})
    assert one.record("a")["keep"] == 1


def test_keep_with_an_end_outlasts_the_run_and_is_never_shortened() -> None:
    one = world(asked(marks="keep"))
    long, short = NOW + timedelta(days=30), NOW + timedelta(days=3)
    one.take("a", {"marks": [mark(0, until=to_text(long)), mark(1)]})
    one.take("a", {"marks": [mark(0, until=to_text(short))]})
    stored = one.store.read_json(protected_key(ACCOUNT))["resources"]
    assert stored == {
        IDS[0]: {"automation:a": {"reason": "in use", "until": to_text(long), "run_id": RUN_ID}}
    }
    later = Answered([], VOLUMES)
    later.store.write_json(protected_key(ACCOUNT), one.store.read_json(protected_key(ACCOUNT)))
    assert later.marks().protected == {
        IDS[0]: f"automation a: in use (until {to_text(long)})",
    }


@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (1, False)])
def test_keep_ends_after_a_year_at_the_latest(seconds: int, accepted: bool) -> None:
    one = world(asked(marks="keep"))
    end = NOW + LATEST_ANSWER + LONGEST_KEEP + timedelta(seconds=seconds)
    one.take("a", {"marks": [mark(0, until=to_text(end))]})
    assert (one.record("a")["outcome"] == "answered") == accepted


def test_the_longest_keep_of_the_library_counts_whenever_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marking, "now", lambda: NOW + timedelta(hours=18))
    given = marking.keep(IDS[0], "in use", LONGEST_KEEP).model_dump(mode="json")
    one = world(asked(marks="keep"))
    one.take("a", {"marks": [given]})
    assert one.record("a")["outcome"] == "answered"


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
@pytest.mark.parametrize("end", [to_text(NOW), "2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_keep_that_has_ended_already_fails_the_answer(event: str, end: str) -> None:
    one = world(asked(event=event, marks="keep", on_error="continue"))
    one.take("a", {"marks": [mark(0, until=end)]})
    assert "which is before the run began" in str(one.record("a")["why"])
    assert bool(one.marks().unknown) == (not is_after(event, "cleanup"))


def test_keep_that_ends_while_the_run_is_under_way_counts_in_it() -> None:
    one = world(asked(marks="keep"))
    one.take("a", {"marks": [mark(0, until=to_text(NOW + timedelta(seconds=1)))]})
    assert IDS[0] in one.marks().protected


def test_many_marks_come_by_key() -> None:
    one = world()
    key = KEYS.answer("post_collect", "a")
    one.store.write_json(key, {"marks": [mark(0), mark(1, "clean", "old")]})
    one.take("a", {"marks_key": key})
    record = one.record("a")
    assert (record["keep"], record["clean"]) == (1, 1)
    assert record["accounts"] == {ACCOUNT: {"clean": 1, "keep": 1}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is a list; give an object"),
        (json.dumps({"marks_key": "x"}), "is not valid"),
        ('{"marks": []}' + " " * LARGEST_BYTES, "has more than 20,000,000 bytes"),
    ],
    ids=["broken", "list", "key", "large"],
)
def test_object_that_does_not_hold_marks_fails_the_answer(text: str, said: str) -> None:
    one = world(asked(on_error="continue"))
    key = KEYS.answer("post_collect", "a")
    one.store.write_text(key, text)
    one.take("a", {"marks_key": key})
    assert said in one.record("a")["why"]


def test_repeated_answer_writes_the_same() -> None:
    one = world()
    given = {"marks": [mark(0, "clean", "old"), mark(1, until="2026-12-01T00:00:00Z")]}
    first = one.take("a", given)
    before = dict(one.store.written)
    assert one.take("a", given) == first
    assert one.store.written == before


def test_marks_without_a_record_do_not_count() -> None:
    """The function was killed between its marks and its record."""
    one = world()
    one.take("a", {"marks": [mark(0, "clean", "old"), mark(1)]})
    one.store.delete(KEYS.automation("post_collect", "a"))
    assert (one.marks().clean, one.marks().protected) == ((), {})
    assert one.marks().unknown


@pytest.mark.parametrize("reaction", ["continue", "hold"])
@pytest.mark.parametrize("ended", ["failed", "timed_out"])
@pytest.mark.parametrize("marks", [[], ["clean"], ["keep"], ["clean", "keep"]])
def test_silence_of_one_that_keeps_leaves_everything_undecided(
    reaction: str, ended: str, marks: list[str]
) -> None:
    one = world(asked(marks=marks, on_error=reaction, on_timeout=reaction))
    told = one.take("a", ended=ended, reason={"Error": "E", "Cause": "why"})
    assert told["held_by"] == (["a"] if reaction == "hold" else [])
    assert bool(one.marks().unknown) == ("keep" in marks)
    # What has not been asked yet says nothing about the plan.
    assert one.marks("collect").unknown == ""


@pytest.mark.parametrize("workflow", ["collect_and_cleanup", "cleanup"])
def test_one_that_keeps_is_missed_where_the_workflow_lacks_its_event(workflow: str) -> None:
    one = world(asked("a", "pre_collect", marks="keep"), workflow=workflow)
    why = one.marks().unknown
    assert ("workflow cleanup has no event pre_collect" in why) == (workflow == "cleanup")


@pytest.mark.parametrize("workflow", ["collect_and_cleanup", "cleanup"])
def test_simulated_run_misses_it_as_well(workflow: str) -> None:
    one = world(asked("a", "pre_collect", marks="keep"), workflow=workflow)
    lacks = workflow == "cleanup"
    assert list(left_out(one.store, one.run)) == ([] if lacks else ["a"])
    assert bool(one.marks().unknown) == lacks


def test_time_out_is_told_in_words() -> None:
    one = world(asked(timeout="90m", on_timeout="fail"))
    told = one.take("a", ended="timed_out", reason={"Error": "States.Timeout", "Cause": ""})
    assert told["ends_run"]
    assert told["why"] == "automation a at post_collect: no answer within 1h 30m"


@pytest.mark.parametrize(
    "answer",
    [
        {"marks_key": "x" * 150_000},
        {"marks_key": f"runs/{RUN_ID}/answers/{'x' * 150_000}"},
        {"x" * 150_000: 1},
        {"marks": [{**mark(0), "x" * 50_000: 1}, {**mark(1), "y" * 50_000: 1}]},
    ],
    ids=["elsewhere", "long key", "unknown key", "unknown keys"],
)
def test_what_is_said_of_a_huge_answer_is_short(answer: Any) -> None:
    one = world(asked(on_error="hold"))
    assert len(json.dumps(one.take("a", answer))) < 2_000
    assert len(json.dumps(one.record("a"))) < 2_000


def test_half_of_a_pair_in_a_failure_is_replaced() -> None:
    one = world()
    one.take("a", ended="failed", reason={"Error": "\ud800", "Cause": "no \udfff"})
    record = one.record("a")
    assert (record["error"], record["why"]) == ("?", "no ?")


def test_names_with_slashes_stay_in_their_folder() -> None:
    one = world(asked("../a b"))
    one.take("../a b", {"marks": [mark(0)]})
    assert one.store.read_json(f"runs/{RUN_ID}/automations/post_collect/..%2Fa%20b.json")
    assert one.marks().protected == {IDS[0]: "automation ../a b: in use"}


def test_run_that_lost_its_claim_takes_no_answers() -> None:
    one = world()
    one.store.write_json(CLAIM, {"run_id": "another"})
    with pytest.raises(PlanError, match="no longer holds the claim"):
        one.take("a", {})


def test_answer_of_an_unknown_automation_is_refused() -> None:
    one = world()
    request = AnswerRequest(
        run_id=RUN_ID, event="post_collect", automation="b", ended="answered", answer={}
    )
    with pytest.raises(InputError, match="no automation b at post_collect"):
        take_answer(request, one.store)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("[{name: a, event: collect, timeout: 30s}]", "must be between 1m and 12h"),
        ("[{name: a, event: collect, timeout: 13h}]", "must be between 1m and 12h"),
        ("[{name: a, event: cleanup, marks: clean}]", "no event at which clean is possible"),
        ("[{name: a, event: cleanup, marks: [keep, delete]}]", "marks"),
        ("[{name: a, event: cleanup}, {name: a, event: cleanup}]", "two automations at cleanup"),
        (
            "[{name: a, event: collect, timeout: 12h}, {name: b, event: cleanup, timeout: 7h}]",
            "19h for all of them",
        ),
    ],
)
def test_configuration_that_cannot_work_is_refused(section: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_config(f"automations: {section}")


def test_automations_of_one_event_wait_at_the_same_time() -> None:
    entries = ", ".join(f"{{name: a{one}, event: collect, timeout: 12h}}" for one in range(5))
    assert len(parse_config(f"automations: [{entries}]").automations) == 5
    found = parse_config("automations: [{name: a, event: collect, marks: keep}]").automations
    assert found[0].marks == ("keep",)
