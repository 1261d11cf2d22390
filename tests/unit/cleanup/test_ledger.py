"""The ledger in segments, and chunks that keep the bytes of a cleanup in proportion to its plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import ConflictError, PlanError
from ebbtide.cleanup import chunks, ledger, rounds
from ebbtide.cleanup.chunks import AT_ONCE, QUICK_SECONDS, SLOW_SECONDS, Chunks
from ebbtide.cleanup.deleting import Outcome
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.summary import summarise_cleanup
from ebbtide.config import Config
from ebbtide.deployment.inputs import RunRequest
from ebbtide.plan import Plan
from ebbtide.plan.deletions import deletions_since
from ebbtide.store.run import Run
from tests.support.builders import ACCOUNT, NOW, REGION
from tests.support.cleanup_runs import Cloud, KilledError, Script, cloud, planned
from tests.support.small_cleanup import Memory, account, entry, ids


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let segments have three entries."""
    monkeypatch.setattr(ledger, "SEGMENT", 3)


def begun(*names: str, run_id: str = "run") -> Cloud:
    one = cloud(**dict.fromkeys(names, Script()))
    one.begin(run_id, *map(planned, names))
    return one


def lines(one: Cloud) -> list[dict[str, Any]]:
    text = one.bucket.read_text(one.keys.cleanup(ACCOUNT, "ledger.jsonl"))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("short")
def test_the_ledger_is_whole_although_the_state_holds_only_its_end() -> None:
    one = begun("a", "b", "c", "d")
    one.finish()
    assert len(one.state.ledger) < 6
    assert one.state.in_segments % 3 == 0
    assert [line["seq"] for line in lines(one)] == list(range(1, one.state.recorded + 1))
    assert lines(one) == one.ledger()
    assert one.endings() == dict.fromkeys("abcd", 1)


@pytest.mark.usefixtures("short")
def test_a_run_that_is_killed_anywhere_loses_and_doubles_no_entry() -> None:
    steps: list[str] = []
    whole = begun("a", "b", "c")
    whole.kill = steps.append
    whole.finish()
    assert any("after writing" in step and "/ledger/" in step for step in steps)
    for place in range(len(steps)):
        one, numbers = begun("a", "b", "c"), iter(range(10**6))

        def kill(step: str, at: int = place, counted: Iterator[int] = numbers) -> None:
            if next(counted) == at:
                raise KilledError(step)

        one.kill = kill
        one.finish()
        found = one.ledger()
        assert [line["seq"] for line in found] == list(range(1, len(found) + 1)), steps[place]
        assert one.endings() == dict.fromkeys("abc", 1), steps[place]
        # Each call that AWS saw has its intention before it, and the ledger ends the same.
        deleting = [line["graph_id"] for line in found if line["event"] == "deleting"]
        assert len(deleting) >= sum(call == "delete" for call, _ in one.calls), steps[place]
        assert lines(one) == found, steps[place]


def store_of(bucket: Memory, *names: str) -> StateStore:
    run = Run("run", "cleanup", NOW, Config())
    plan = Plan("run", ACCOUNT, "m", "now", 9, (REGION,), tuple(map(entry, names))).sealed()
    store = StateStore(bucket, run, plan, lambda: NOW)  # type: ignore[arg-type]
    store.load()
    return store


@pytest.mark.usefixtures("short")
def test_a_tick_that_lost_the_state_changes_no_segment() -> None:
    bucket = Memory()
    late = store_of(bucket, "a")
    one = late.plan.planned[0]
    for number in range(4):
        late.state.record(one, f"common-{number}", to_text(NOW))
    late.save()
    winner = store_of(bucket, "a")
    for store, event in ((winner, "winner's"), (late, "late")):
        for _ in range(9):
            store.state.record(one, event, to_text(NOW))
    winner.save()
    winner.save()
    before = {key: text for key, text in bucket.objects.items() if "/ledger/" in key}
    assert len(before) == 4
    with pytest.raises(ConflictError):
        late.save()
    assert {key: text for key, text in bucket.objects.items() if "/ledger/" in key} == before


@pytest.mark.usefixtures("short")
def test_the_ledger_of_a_run_that_was_stopped_is_written_by_the_next() -> None:
    one = cloud(**dict.fromkeys("abc", Script(seconds=600)))
    one.begin("stopped", *map(planned, "abc"))
    one.tick()
    stopped, entries = one.keys.cleanup(ACCOUNT, "ledger.jsonl"), one.ledger()
    assert one.state.in_segments
    assert stopped not in one.bucket.objects
    one.now += timedelta(hours=1)
    one.begin("next")
    one.finish()
    written = [json.loads(line) for line in one.bucket.read_text(stopped).splitlines()]
    assert written == entries


@pytest.mark.usefixtures("short")
def test_the_ledger_of_a_cleanup_that_did_not_end_is_written_at_the_end_of_the_run() -> None:
    one = begun("a", "b", "c")

    def kill(step: str) -> None:
        if step == "after delete b":
            raise KilledError(step)

    one.kill = kill
    with pytest.raises(KilledError):
        one.tick()
    bucket: Any = one.bucket
    bucket.write_json(one.keys.accounts, [{"account": ACCOUNT}])
    assert summarise_cleanup(RunRequest(run_id="run"), bucket)["unfinished"] == 3
    assert lines(one) == one.ledger()
    assert lines(one)[-1]["event"] == "deleting"


@pytest.mark.usefixtures("short")
def test_limits_of_a_day_count_what_only_segments_tell() -> None:
    one = begun("a", "b", "c", "d")
    one.finish()
    bucket: Any = one.bucket
    summary = {"accounts": [{"account": ACCOUNT, "planned": 4}]}
    one.bucket.write_json(one.keys.plan_summary, summary)
    assert deletions_since(bucket, ["run"], NOW.replace(year=2000)).counts[ACCOUNT].total() == 4
    assert deletions_since(bucket, ["run"], one.now.replace(year=2100)).counts[ACCOUNT].total() == 0
    told = {progress.rule for progress in one.state.resources.values()}
    assert told == {"expired"}


def written(size: int) -> int:
    """Return how many characters a cleanup writes to the bucket."""
    one = begun(*(f"r{number}" for number in range(size)))
    counted = 0

    def put(key: str, value: Any, *, of: Any = one.bucket._put) -> str:
        nonlocal counted
        counted += len(json.dumps(value))
        return str(of(key, value))

    one.bucket._put = put  # type: ignore[method-assign]
    one.finish()
    return counted


def test_bytes_grow_with_the_plan_not_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "PARTS", 4)
    assert written(800) < 6 * written(200)


def test_chunks_grow_while_they_are_quick_and_shrink_when_they_are_slow() -> None:
    one = Chunks(20_000, Deadline.after(600))
    sizes = []
    for seconds in (1, 1, 1, 1, 1, 10, SLOW_SECONDS + 1, QUICK_SECONDS - 1):
        sizes.append(one.size)
        one.adapt(one.size, seconds)
    assert sizes == [32, 64, 128, 256, 512, 1024, 1024, 512]
    assert Chunks(500, Deadline.after(600)).size == AT_ONCE
    small = Chunks(500, Deadline.after(600))
    small.adapt(AT_ONCE, 0)
    assert small.size == AT_ONCE
    # A chunk that was not full says nothing about a larger one.
    one.size = AT_ONCE
    one.adapt(3, 1)
    assert one.size == AT_ONCE


def test_calls_that_there_is_no_time_for_are_made_in_the_next_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "PARTS", 1)
    names = [f"r{number:03d}" for number in range(96)]
    # What needs preparing calls is verified again, in chunks that have grown while preparing.
    prepared = {("prepare", id): Outcome("done", calls=({"operation": "x"},)) for id in names}
    one = account(*map(entry, names), answers=prepared)
    made = 0

    def before(call: str, _id: str) -> None:
        nonlocal made
        made += call == "delete"

    one.before = before
    monkeypatch.setattr(chunks.Chunks, "has_time", property(lambda _: made < 32))
    one.tick(monkeypatch)
    # A third of the first chunk.
    assert len(ids(one.calls, "delete")) == AT_ONCE
    left = [progress for progress in one.stored().resources.values() if progress.status != "gone"]
    states = {(progress.status, progress.called, progress.uncertain) for progress in left}
    assert states <= {("prepared", False, False), ("deleting", True, False)}
    answers = [line.get("answer", "") for line in one.stored().ledger]
    assert sum(answer.startswith("not called") for answer in answers) == 96 - AT_ONCE
    monkeypatch.setattr(chunks.Chunks, "has_time", property(lambda _: True))
    one.tick(monkeypatch)
    assert set(one.statuses().values()) == {"gone"}
    assert sorted(ids(one.calls, "delete")) == names


def test_a_claim_that_is_lost_within_a_chunk_stops_the_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "PARTS", 1)
    names = [f"r{number:03d}" for number in range(96)]
    one = account(*map(entry, names))
    # Five looks for three sub-batches that prepare, and then the first that deletes.
    answers = iter([True] * 5)
    kept = rounds.Round.__init__

    def made(self: Any, *given: Any) -> None:
        kept(self, *given, lambda: next(answers, False))

    monkeypatch.setattr(rounds.Round, "__init__", made)
    with pytest.raises(PlanError, match="lost its claim"):
        one.tick(monkeypatch)
    assert 0 < len(ids(one.calls, "delete")) < 96
    progress = one.stored().resources.values()
    called = [each for each in progress if each.status == "deleting"]
    assert len(called) == len(ids(one.calls, "delete"))
    assert all(each.called for each in called)
    # Nobody runs another turn of this run, so the ledger is written whole.
    state = one.stored()
    assert state.in_segments
    text = one.bucket.read_text(one.run.keys.cleanup(ACCOUNT, "ledger.jsonl"))
    assert len(text.splitlines()) == state.recorded
