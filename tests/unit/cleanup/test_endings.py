"""How each deletion ends, and when a run no longer waits for it, with a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.cleanup import siblings
from ebbtide.cleanup.confirming import GRACE, MOST_LOST, SETTLING
from ebbtide.kinds import registry
from tests.support.builders import NOW
from tests.support.cleanup_runs import KIND, Cloud, Script, cloud, name, planned

SLACK = timedelta(seconds=30)


def run(one: Cloud, *entries: Any, run_id: str = "run-1") -> timedelta:
    one.begin(run_id, *entries)
    took = one.finish()
    assert not one.faults
    return took


def test_a_deletion_that_aws_failed_ends_at_once_with_its_reason() -> None:
    one = cloud(a=Script(becomes="failed"))
    assert run(one, planned("a")) < timedelta(seconds=5)
    assert one.statuses() == {"a": "failed"}
    assert one.reasons()["a"] == "AWS failed the deletion: a is not empty"


def test_what_had_failed_before_the_call_may_still_go() -> None:
    one = cloud(a=Script(seconds=40))
    one.failed = {"a"}
    one.begin("run-1", planned("a"), planned("b", after=(name("a"),)))
    one.scripts = {**one.scripts, "b": Script()}
    one.there.add("b")
    one.born["b"] = one.born["a"]
    one.finish()
    assert one.statuses() == {"a": "gone", "b": "gone"}


def test_what_stays_failed_after_the_call_has_failed() -> None:
    # The call changes nothing: the state is that of an older attempt.
    one = cloud(a=Script(answers=("done",), becomes="failed"))
    one.failed = {"a"}
    assert run(one, planned("a")) <= SETTLING + SLACK
    assert one.statuses() == {"a": "failed"}


def suspected(*waiting: str, **script: Any) -> Cloud:
    """An account in which a resource was in a failed state before the call, and is so after it."""
    one = cloud(a=Script(becomes="failed", **script), **dict.fromkeys(waiting, Script()))
    one.failed = {"a"}
    one.begin("run-1", planned("a"), *(planned(id, after=(name("a"),)) for id in waiting))
    one.tick()
    assert one.statuses()["a"] == "deleting"
    return one


def after(one: Cloud, seconds: int, *, unreadable: bool = False) -> str:
    """Return the status at the first tick after some more seconds."""
    one.scripts = {**one.scripts, "a": replace(one.scripts["a"], unreadable=unreadable)}
    one.now += timedelta(seconds=seconds)
    one.tick()
    return one.statuses()["a"]


def test_what_may_have_failed_is_read_for_a_minute_although_nothing_waits_for_it() -> None:
    one = suspected()
    assert after(one, 5) == "deleting"
    assert after(one, 30, unreadable=True) == "deleting"
    assert after(one, 30) == "failed"


def test_what_may_have_failed_is_waited_for_as_long_as_it_usually_takes() -> None:
    one = suspected("b")
    assert after(one, 70, unreadable=True) == "deleting"
    one.failed.discard("a")
    one.there.discard("a")
    assert after(one, 70) == "gone"
    one.finish()
    assert one.statuses() == {"a": "gone", "b": "gone"}


def test_what_may_have_failed_is_not_carried_over_before_it_was_read_often_enough() -> None:
    one = suspected()
    assert after(one, 70) == "deleting"
    assert after(one, 1) == "failed"


def test_a_failed_state_counts_at_once_if_it_was_left_in_between() -> None:
    one = suspected(seconds=20)
    assert after(one, 5) == "deleting"
    assert after(one, 15) == "failed"


def test_what_was_made_again_is_gone_and_the_new_one_stays() -> None:
    one = cloud(a=Script(becomes="again"))
    one.now = NOW + timedelta(hours=1)
    run(one, planned("a"))
    assert one.statuses() == {"a": "gone"}
    assert one.reasons()["a"].startswith("was made again at 2026-")
    assert one.there == {"a"}
    assert one.calls == [("prepare", "a"), ("delete", "a")]


@pytest.mark.parametrize("stays", [False, True])
def test_what_goes_with_an_owner_whose_deletion_failed_is_read(stays: bool) -> None:
    owner = Script(answers=("carried out",), becomes="failed")
    one = cloud(owner=owner, part=Script(stays=stays), inner=Script())
    part = planned("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    inner = planned("inner", action="goes_with", goes_with=name("part"), after=(name("part"),))
    run(one, planned("owner"), part, inner)
    assert one.statuses()["owner"] == "failed"
    assert one.statuses()["part"] == ("skipped" if stays else "gone")
    assert (one.statuses()["inner"] == "gone") == ("inner" not in one.there)
    assert all(one.reasons().values())


def test_what_an_owner_leaves_behind_has_an_ending_of_its_own() -> None:
    part = planned("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = cloud(owner=Script(), part=Script(stays=True))
    assert SETTLING <= run(one, planned("owner"), part) <= SETTLING + SLACK
    assert one.statuses() == {"owner": "gone", "part": "left_behind"}
    assert name("owner") in one.reasons()["part"]


@pytest.mark.parametrize("answer", ["lost", "carried out"])
def test_a_lost_answer_is_no_ending(answer: str) -> None:
    one = cloud(a=Script(answers=(answer,)))
    run(one, planned("a"))
    assert one.statuses() == {"a": "gone"}
    assert one.made["delete", "a"] == (2 if answer == "lost" else 1)


def test_answers_that_are_always_lost_end_as_failed() -> None:
    one = cloud(a=Script(answers=("lost",) * 99))
    run(one, planned("a"))
    assert (one.statuses(), one.reasons()) == ({"a": "failed"}, {"a": "AWS says lost"})
    assert one.made["delete", "a"] == MOST_LOST


@pytest.mark.parametrize("call", ["answers", "prepare"])
def test_what_is_not_found_although_it_is_there_has_failed(call: str) -> None:
    one = cloud(a=Script(**{call: ("absent",) * 99}))  # type: ignore[arg-type]
    run(one, planned("a"))
    assert (one.statuses(), one.reasons()) == ({"a": "failed"}, {"a": "AWS says absent"})
    assert one.there == {"a"}


def test_what_is_not_found_because_it_is_gone_is_gone() -> None:
    one = cloud(a=Script(answers=("absent",)))
    one.kill = lambda step: one.there.discard("a") if step == "before delete a" else None
    one.begin("run-1", planned("a"))
    one.finish()
    assert one.statuses() == {"a": "gone"}


def test_a_stuck_deletion_that_nothing_waits_for_lengthens_no_run() -> None:
    one = cloud(a=Script(becomes="stuck"), b=Script())
    assert run(one, planned("a"), planned("b")) <= GRACE + SLACK
    assert one.statuses() == {"a": "pending", "b": "gone"}
    assert "has not ended it" in one.reasons()["a"]


@pytest.mark.parametrize(("seconds", "ends"), [(300, "gone"), (3000, "skipped")])
def test_what_waits_is_deleted_if_the_first_is_gone_in_its_usual_time(
    seconds: int, ends: str
) -> None:
    one = cloud(a=Script(seconds=seconds), b=Script())
    took = run(one, planned("a"), planned("b", after=(name("a"),)))
    assert took <= timedelta(seconds=900) + SLACK
    assert one.statuses()["b"] == ends
    if ends == "skipped":
        assert one.statuses()["a"] == "pending"
        assert "is still under way" in one.reasons()["b"]


def test_what_nothing_of_the_plan_blocks_fails_at_once() -> None:
    one = cloud(a=Script(answers=("again",) * 99), b=Script(seconds=800))
    assert run(one, planned("a"), planned("b")) <= GRACE + SLACK
    assert one.statuses()["a"] == "failed"
    assert one.made["delete", "a"] == 1


def test_what_its_own_preparation_blocks_is_tried_again_for_a_minute() -> None:
    one = cloud(a=Script(answers=("again",) * 99, prepares=True))
    assert run(one, planned("a")) <= SETTLING + SLACK
    assert one.statuses()["a"] == "failed"
    assert one.made["delete", "a"] > 2


def test_what_a_part_of_the_same_whole_blocks_is_tried_again() -> None:
    parts = planned("a", part_of=name("w")), planned("b", part_of=name("w"))
    one = cloud(a=Script(answers=("again",) * 3), b=Script(seconds=60), w=Script())
    run(one, *parts, planned("w", after=(name("a"), name("b"))))
    assert set(one.statuses().values()) == {"gone"}


@pytest.fixture
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AWS take one of the kind at a time."""
    kind = registry()[KIND]
    assert kind.delete
    changed = replace(kind, delete=replace(kind.delete, one_at_a_time=True))
    monkeypatch.setattr(siblings, "registry", lambda: {KIND: changed})


@pytest.mark.usefixtures("_one_at_a_time")
def test_what_takes_turns_with_others_of_its_kind_is_tried_again() -> None:
    """Each is refused while another one is on its way, as AWS does with instances of a set."""
    scripts = {id: Script(answers=("again",) * 99, seconds=120) for id in "abc"}
    one = Cloud(scripts)

    def refuse_while_busy(step: str) -> None:
        if step.startswith("before delete "):
            one.settle()
            one.made["delete", step.rpartition(" ")[2]] = 0 if one.going else 99

    one.kill = refuse_while_busy
    assert run(one, *map(planned, scripts)) <= timedelta(seconds=3 * 120) + 6 * SLACK
    assert set(one.statuses().values()) == {"gone", "pending"}
    assert list(one.statuses().values()).count("pending") <= 1


@pytest.mark.usefixtures("_one_at_a_time")
def test_a_stuck_one_holds_up_the_others_no_longer_than_it_usually_takes() -> None:
    one = cloud(a=Script(becomes="stuck"), b=Script(answers=("again",) * 99))
    assert run(one, planned("a"), planned("b")) <= timedelta(seconds=900) + 2 * SLACK
    assert one.statuses() == {"a": "pending", "b": "failed"}


@pytest.mark.usefixtures("_one_at_a_time")
def test_what_takes_turns_with_nobody_fails_at_once() -> None:
    one = cloud(a=Script(answers=("again",) * 99), b=Script(seconds=0))
    assert run(one, planned("a")) <= GRACE + SLACK
    assert one.statuses() == {"a": "failed"}


@pytest.mark.parametrize("answer", ["refused", "failed"])
@pytest.mark.parametrize("others", [1, 40])
def test_a_refusal_of_a_part_stops_the_rest_of_its_whole(answer: str, others: int) -> None:
    rest = {f"p{number}": Script() for number in range(others)}
    scripts = {"w": Script(), "first": Script(answers=(answer,)), **rest, "other": Script()}
    one = Cloud(scripts)
    parts = [planned(id, part_of=name("w"), after=(name("first"),)) for id in rest]
    whole = planned("w", after=tuple(map(name, ("first", *rest))))
    first = planned("first", part_of=name("w"))
    run(one, first, planned("other"), *parts, whole)
    statuses = one.statuses()
    assert (statuses.pop("other"), statuses.pop("first")) == (
        "gone",
        "skipped" if answer == "refused" else "failed",
    )
    assert set(statuses.values()) == {"skipped"}
    assert {id for _, id in one.calls} == {"first", "other"}


def test_a_refusal_stops_the_rest_of_its_whole_in_later_rounds_too() -> None:
    scripts = {
        "slow": Script(seconds=30),
        "late": Script(answers=("refused",)),
        "last": Script(),
        "free": Script(),
    }
    one = Cloud(scripts)
    whole = {"part_of": name("w")}
    run(
        one,
        planned("slow", **whole),
        planned("late", after=(name("slow"),), **whole),
        planned("last", after=(name("slow"),), prepared_after=(name("late"),), **whole),
        planned("free", after=(name("last"),), **whole),
    )
    statuses = one.statuses()
    assert (statuses["slow"], statuses["late"], statuses["free"]) == ("gone", "skipped", "skipped")


@pytest.mark.parametrize("unreadable", ["a", "part"])
def test_what_cannot_be_read_is_left_to_the_next_run(unreadable: str) -> None:
    part = planned("part", action="goes_with", goes_with=name("a"), after=(name("a"),))
    one = cloud(a=Script(), part=Script())
    one.begin("run-1", planned("a"), part)

    def blind(step: str) -> None:
        if step == "after delete a":
            one.scripts = {**one.scripts, unreadable: Script(unreadable=True)}

    one.kill = blind
    assert one.finish() <= SETTLING + SLACK
    assert one.statuses()[unreadable] == "pending"
    assert "could not be read" in one.reasons()[unreadable]


@pytest.mark.parametrize("answer", ["refused", "failed", "again", "absent"])
def test_a_refusal_after_a_lost_answer_does_not_hide_that_it_goes(answer: str) -> None:
    one = cloud(a=Script(answers=("carried out", *(answer,) * 9), seconds=40))
    run(one, planned("a"))
    assert one.statuses() == {"a": "gone"}


def test_a_refusal_in_the_first_chunk_stops_the_second() -> None:
    rest = [f"p{number}" for number in range(60)]
    one = Cloud({"first": Script(prepare=("refused",)), **{id: Script() for id in rest}})
    whole = {"part_of": name("w")}
    run(one, planned("first", **whole), *(planned(id, **whole) for id in rest))
    assert one.statuses()["first"] == "skipped"
    assert not [id for call, id in one.calls if call == "delete"]
