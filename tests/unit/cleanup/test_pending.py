"""What a run leaves unfinished, and how the next ones go on with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.cleanup.attempts import PAUSES, TOLD_AGAIN
from ebbtide.cleanup.summary import COUNTED, _counts
from tests.support.builders import ACCOUNT
from tests.support.cleanup_runs import Cloud, KilledError, Script, cloud, name, planned

HOUR = timedelta(hours=1)


def next_run(one: Cloud, number: int, *entries: Any, later: timedelta = HOUR) -> None:
    one.now += later
    one.begin(f"run-{number}", *entries)
    one.finish()


def stuck(**rest: Any) -> Cloud:
    one = cloud(a=Script(**{"seconds": 1800, **rest}), b=Script())
    one.begin("run-1", planned("a"))
    one.finish()
    assert one.statuses() == {"a": "pending"}
    return one


@pytest.mark.parametrize("still_planned", [False, True])
def test_the_next_run_confirms_what_is_gone(still_planned: bool) -> None:
    one = stuck()
    next_run(one, 2, *([planned("a")] if still_planned else []))
    assert one.statuses() == {"a": "gone"}
    assert [line["event"] for line in one.state.ledger] == ["gone"]
    assert one.made["delete", "a"] == 1
    assert not one.memory()


@pytest.mark.parametrize("still_planned", [False, True])
def test_what_aws_is_still_deleting_is_not_called_again(still_planned: bool) -> None:
    one = stuck(becomes="stuck")
    since = one.state.resources[name("a")].deleting_since
    for number in (2, 3, 4):
        next_run(one, number, *([planned("a")] if still_planned else []))
        assert one.statuses() == {"a": "pending"}
        assert one.state.resources[name("a")].deleting_since == since
    assert one.made["delete", "a"] == 1
    assert one.memory()["a"]["progress"]["deleting_since"] == since


def test_what_aws_failed_between_two_runs_has_failed_with_its_reason() -> None:
    one = stuck(becomes="failed")
    next_run(one, 2)
    assert one.statuses() == {"a": "failed"}
    assert one.reasons() == {"a": "AWS failed the deletion: a is not empty"}
    assert one.memory()["a"]["progress"]["failures"] == 1


def test_what_was_made_again_between_two_runs_is_gone_and_left_alone() -> None:
    one = stuck(becomes="again")
    next_run(one, 2)
    assert one.statuses() == {"a": "gone"}
    assert one.there == {"a", "b"}


def test_what_goes_with_a_pending_owner_is_confirmed_with_it() -> None:
    part = planned("part", action="goes_with", goes_with=name("a"), after=(name("a"),))
    kept = planned("kept", action="goes_with", goes_with=name("a"), after=(name("a"),))
    one = cloud(a=Script(seconds=1800), part=Script(), kept=Script(stays=True))
    one.begin("run-1", planned("a"), part, kept)
    one.finish()
    assert set(one.statuses().values()) == {"pending"}
    next_run(one, 2)
    assert one.statuses() == {"a": "gone", "part": "gone", "kept": "left_behind"}


@pytest.mark.parametrize("ends", ["before the run ended", "after the run had ended"])
def test_a_run_that_was_stopped_loses_nothing(ends: str) -> None:
    one = cloud(a=Script(seconds=1800))
    one.begin("run-1", planned("a"))
    one.tick()
    if ends == "after the run had ended":

        def kill(step: str) -> None:
            if step.endswith("pending.json") and step.startswith("before"):
                raise KilledError

        one.now += timedelta(minutes=1)
        one.kill = kill
        with pytest.raises(KilledError):
            one.tick()
        one.kill = lambda _: None
    # Nobody runs another tick of that run.
    next_run(one, 2)
    assert one.statuses() == {"a": "gone"}
    assert one.made["delete", "a"] == 1


def test_a_late_tick_of_an_older_run_changes_no_memory() -> None:
    one = stuck()
    entries, keys, summary_hash = one.entries, one.keys, one.summary_hash
    next_run(one, 2)
    assert not one.memory()
    one.entries, one.keys, one.run_id, one.summary_hash = entries, keys, "run-1", summary_hash
    assert one.tick()["done"]
    assert not one.memory()


def failing(one: Cloud, runs: int) -> list[str]:
    found = []
    for number in range(1, runs + 1):
        next_run(one, number, planned("a"))
        found.append(one.statuses()["a"])
    return found


def test_what_keeps_failing_is_tried_less_often_and_says_so() -> None:
    one = cloud(a=Script(answers=("failed",) * 99))
    found = failing(one, 40)
    tried = [number for number, status in enumerate(found) if status == "failed"]
    # Three times in a row, then after 6, 12 and 24 hours.
    assert tried == [0, 1, 2, 8, 20]
    assert PAUSES[0] == (3, timedelta(hours=6))
    assert set(found) == {"failed", "skipped"}
    reason = one.reasons()["a"]
    assert reason.startswith("failed 5 times since 2026-")
    assert "AWS says failed" in reason and "tried again after" in reason


def test_a_failure_is_told_once_until_its_reason_changes() -> None:
    one = cloud(a=Script(answers=("failed",) * 2 + ("refused",) * 9))
    told = []
    for number in range(1, 5):
        next_run(one, number, planned("a"))
        told.append(one.state.resources[name("a")].new)
        assert _counts(one.state)["newly_failed"] == int(told[-1])
    assert told == [True, False, True, False]
    assert min(TOLD_AGAIN) == 10


def test_a_resource_that_has_changed_is_tried_at_once() -> None:
    one = cloud(a=Script(answers=("failed",) * 3))
    assert failing(one, 4) == ["failed", "failed", "failed", "skipped"]
    next_run(one, 5, replace(planned("a"), tags={"fixed": "yes"}))
    assert one.statuses() == {"a": "gone"}
    assert not one.memory()


def test_a_dry_run_reads_what_is_pending_and_calls_nothing() -> None:
    one = stuck()
    made = dict(one.made)
    one.dry_run = True
    next_run(one, 2, planned("b"))
    assert one.statuses() == {"a": "gone", "b": "would_delete"}
    assert dict(one.made) == made


def test_a_part_that_outlives_its_whole_stays_selected_and_is_kept_in_memory() -> None:
    one = cloud(a=Script(answers=("again",) * 99), w=Script())
    parts = planned("a", part_of=name("w"), after=(name("w"),)), planned("w")
    one.begin("run-1", *parts)
    one.finish(ticks=900)
    assert one.statuses() == {"a": "failed", "w": "gone"}
    left = one.memory()["a"]
    assert (left["leftover"], left["entry"]["part_of"]) == (True, name("w"))
    assert left["seen"] == {"StackStatus": "CREATE_COMPLETE"} | {
        key: None for key in left["seen"] if key != "StackStatus"
    }
    # The plan of the next run does not name it, so nothing forgets it.
    next_run(one, 2, planned("w"))
    assert one.memory()["a"]["leftover"]


def test_an_account_without_a_plan_and_without_memory_writes_nothing() -> None:
    one = cloud(a=Script())
    one.begin("run-1")
    assert one.tick()["done"]
    assert not [key for key in one.bucket.objects if f"cleanup/{ACCOUNT}" in key]


def test_the_summary_counts_what_is_pending() -> None:
    counts = _counts(stuck().state)
    assert counts == {**dict.fromkeys(COUNTED, 0), "pending": 1}
