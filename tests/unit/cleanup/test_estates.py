"""Any estate, with random dependencies, protections and answers; killed anywhere, the same end."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.cleanup.state import OVER, STAYING
from ebbtide.plan import Planned
from tests.support.builders import ACCOUNT
from tests.support.cleanup_runs import (
    Cloud,
    KilledError,
    Script,
    name,
    planned,
    remaining,
)
from tests.support.effort import scaled

type Estate = tuple[dict[str, Script], list[Planned]]

ANSWERS = ("done", "lost", "carried out", "again", "absent", "refused", "failed")
LASTING = ("again", "absent", "refused", "failed")
answers = st.lists(st.sampled_from(ANSWERS), max_size=3).map(tuple)
scripts = st.builds(
    Script,
    answers=answers,
    prepare=st.lists(st.sampled_from(("lost", "absent", "again", "refused")), max_size=1).map(
        tuple
    ),
    seconds=st.sampled_from((0, 0, 0, 5, 90, 3000)),
    becomes=st.sampled_from(("gone",) * 6 + ("failed", "again", "stuck")),
    stays=st.booleans(),
    protected=st.sampled_from((False,) * 9 + (True,)),
    prepares=st.booleans(),
)


@st.composite
def estates(draw: st.DrawFn, most: int = 12) -> Estate:
    """Draw an estate in the order of its plan; each entry waits only for earlier ones."""
    found: dict[str, Script] = {}
    entries: list[Planned] = []
    for number in range(draw(st.integers(1, most))):
        id = f"r{number}"
        found[id] = draw(scripts)
        earlier = [one.subject.graph_id for one in entries]
        chosen = draw(st.sets(st.sampled_from(earlier), max_size=3)) if earlier else set()
        owners = [one for one in entries if one.action == "delete"]
        if owners and draw(st.integers(0, 4)) == 0:
            owner = draw(st.sampled_from(owners)).subject.graph_id
            entries.append(planned(id, action="goes_with", goes_with=owner, after=(owner,)))
            continue
        cut = {one for one in chosen if draw(st.booleans())}
        whole = draw(st.sampled_from((None, None, "w0", "w1")))
        entries.append(
            planned(
                id,
                after=tuple(sorted(chosen - cut)),
                prepared_after=tuple(sorted(cut - _carried(entries))),
                part_of=whole and name(whole),
            )
        )
    return found, entries


def _carried(entries: list[Planned]) -> set[str]:
    return {one.subject.graph_id for one in entries if one.action == "goes_with"}


def check(one: Cloud) -> None:
    """Check what holds at the end of each run."""
    assert not one.faults
    statuses, reasons = one.statuses(), one.reasons()
    assert set(statuses.values()) <= OVER
    assert all(reasons.values()), reasons
    assert one.endings() == dict.fromkeys(statuses, 1)
    for id, status in statuses.items():
        if status == "gone":
            assert not one.is_planned_one(id), id
        elif status in STAYING and id not in one.going:
            assert id in one.there, id


@given(estates())
def test_every_resource_has_one_ending_or_is_pending(estate: Estate) -> None:
    found, entries = estate
    one = Cloud(found)
    one.begin("run-1", *entries)
    one.finish()
    check(one)
    # The next runs plan what is left, and call nothing again that AWS is still deleting.
    for number in range(2, 5):
        pending = {id for id, status in one.statuses().items() if status == "pending"}
        one.now += timedelta(hours=1)
        one.settle()
        left = remaining(entries, one)
        if not left and not pending:
            return
        made = dict(one.made)
        one.begin(f"run-{number}", *left)
        one.finish()
        # What was made again is planned again as what it is now.
        one.faults = [fault for fault in one.faults if "not the planned one" not in fault]
        check(one)
        assert pending <= one.statuses().keys()
        for id in pending:
            assert one.made["delete", id] == made.get(("delete", id), 0)


def steps_of(estate: Estate) -> list[str]:
    """Return the steps of a run at which it can be killed."""
    steps: list[str] = []
    one = Cloud(estate[0], lasting=LASTING)
    one.kill = steps.append
    one.begin("run-1", *estate[1])
    one.finish()
    return steps


def ends_of(one: Cloud) -> dict[str, str]:
    """Return the endings after a further run has read what is pending.

    A call whose answer a killed tick did not see leaves more to that run. Whether it counts as
    skipped or failed what AWS refuses may depend on how often AWS was asked.
    """
    told = {"skipped": "stays", "failed": "stays"}
    ends = one.statuses()
    one.now += timedelta(hours=1)
    one.kill = lambda _step: None
    one.begin("run-2")
    one.finish()
    if one.bucket.find_json(one.keys.cleanup(ACCOUNT, "state.json")) is not None:
        ends |= one.statuses()
    return {id: told.get(status, status) for id, status in ends.items()}


def killed_at(estate: Estate, places: set[int]) -> Cloud:
    one = Cloud(estate[0], lasting=LASTING)
    numbers = iter(range(10**9))

    def kill(step: str) -> None:
        if next(numbers) in places:
            raise KilledError(step)

    one.kill = kill
    one.begin("run-1", *estate[1])
    one.finish()
    return one


@settings(max_examples=scaled(8))
@given(estates(most=5))
def test_a_run_that_is_killed_anywhere_ends_the_same(estate: Estate) -> None:
    check_killed_anywhere(estate)


@pytest.mark.full
@settings(max_examples=10)
@given(estates(most=30))
def test_a_longer_run_that_is_killed_anywhere_ends_the_same(estate: Estate) -> None:
    check_killed_anywhere(estate)


def check_killed_anywhere(estate: Estate) -> None:
    """Kill a run at each of its steps in turn."""
    whole = Cloud(estate[0], lasting=LASTING)
    whole.begin("run-1", *estate[1])
    whole.finish()
    ends = ends_of(whole)
    for place in range(len(steps_of(estate))):
        one = killed_at(estate, {place})
        check(one)
        found = ends_of(one)
        differing = {id for id, end in found.items() if end != ends[id]}
        assert differing <= _by_time(estate[1], found, ends), (place, found, ends)


def _by_time(entries: list[Planned], one: dict[str, str], other: dict[str, str]) -> set[str]:
    """Return what may have gone or stay, depending on when the run was killed.

    A part that AWS refuses stops the rest of its whole. What of that has gone by then is a matter
    of time, and so is whatever waits for it.
    """
    staying = {id for id in one if one[id] == other[id] == "stays"}
    found = {
        entry.subject.graph_id
        for entry in entries
        if entry.part_of is not None
        and any(part.part_of == entry.part_of and part.subject.id in staying for part in entries)
    }
    for _ in entries:
        found |= {
            entry.subject.graph_id
            for entry in entries
            if not found.isdisjoint((*entry.after, *entry.prepared_after, entry.goes_with))
        }
    return {entry.subject.id for entry in entries if entry.subject.graph_id in found}


def large(size: int, seed: int = 1) -> Estate:
    """Return an estate of many resources."""
    chance = random.Random(seed)
    found: dict[str, Script] = {}
    entries: list[Planned] = []
    for number in range(size):
        id = f"r{number}"
        answer = chance.choice(((),) * 8 + (("lost",), ("refused",), ("carried out",), ("failed",)))
        found[id] = Script(answers=answer, protected=chance.random() < 0.05)
        earlier = chance.sample(entries[-50:], min(len(entries), chance.randrange(3)))
        entries.append(planned(id, after=tuple(one.subject.graph_id for one in earlier)))
    return found, entries


@pytest.mark.parametrize("size", [300, pytest.param(10_000, marks=pytest.mark.full)])
def test_a_large_estate_ends_and_ends_the_same_when_it_is_killed(size: int) -> None:
    estate = large(size)
    whole = Cloud(estate[0], lasting=LASTING)
    whole.begin("run-1", *estate[1])
    whole.finish()
    check(whole)
    chance = random.Random(2)
    kills = min(200, size // 15)
    one = killed_at(estate, {chance.randrange(4 * size) for _ in range(kills)})
    check(one)
    assert ends_of(one) == ends_of(whole)
