"""What needs no preparing call is deleted on the verification that its preparation was made on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.cleanup import at_once, chunks
from ebbtide.cleanup.chunks import AT_ONCE
from ebbtide.cleanup.deleting import Outcome
from ebbtide.cleanup.verification import Verified
from ebbtide.plan import Planned
from tests.support.small_cleanup import Account, entry, ids, name

CALLED = Outcome("done", calls=({"operation": "x"},))
REFUSED = Outcome("refused", "AWS's reason")


class Counting(Account):
    """Counts how often each resource is verified, and may say what differs from then on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.verified: Counter[str] = Counter()
        self.read_for: Counter[str] = Counter()
        self.order: list[tuple[str, str]] = []
        self.differs_at: dict[str, int] = {}

    def read_together(self, entries: Sequence[Planned]) -> dict[str, Any]:
        """Number what is read, so that each verification shows what it was read for."""
        self.read_for = Counter({one.subject.id: 1 for one in entries}) + self.read_for
        return {one.subject.graph_id: self.read_for[one.subject.id] for one in entries}

    def verify(self, one: Planned, *, released: bool, item: Any = None) -> Verified:
        id = one.subject.id
        self.verified[id] += 1
        assert item == self.verified[id], "it was read for another verification"
        self.order.append(("verify", id))
        found = super().verify(one, released=released, item=item)
        at = self.differs_at.get(id)
        if at is not None and self.verified[id] >= at:
            return replace(found, mismatch="its tags changed")
        return found


def counting(*entries: Planned, **rest: Any) -> Counting:
    made: Counting
    rest.setdefault("before", lambda call, id: made.order.append((call, id)))
    made = Counting(entries, **rest)
    return made


def parts(count: int) -> list[Planned]:
    """Return parts of one whole, and the whole after them."""
    names = [f"p{number:03d}" for number in range(count)]
    made = [entry(one, part_of=name("w")) for one in names]
    return [*made, entry("w", after=tuple(map(name, names)))]


def test_what_needs_no_preparing_call_is_verified_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    one = counting(entry("a"), entry("b"), answers={("prepare", "b"): CALLED})
    one.tick(monkeypatch)
    assert set(one.statuses().values()) == {"gone"}
    # Before anything is touched, before its preparation, and after that if calls were made.
    assert one.verified == {"a": 2, "b": 3}
    assert one.order.index(("delete", "b")) > len(one.order) - 1 - one.order[::-1].index(
        ("verify", "b")
    )


class Settling(Counting):
    """From the second verification on, everything differs as the plan's own deletions change it."""

    def verify(self, one: Planned, *, released: bool, item: Any = None) -> Verified:
        found = super().verify(one, released=released, item=item)
        as_planned = released or self.verified[one.subject.id] == 1
        return found if as_planned else replace(found, mismatch="its state changed")


def test_only_what_the_plan_itself_has_changed_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Settling((entry("alone"),))
    alone.tick(monkeypatch)
    assert alone.statuses() == {"alone": "skipped"}
    later = Settling((entry("first"), entry("later", after=(name("first"),))))
    later.there.discard("first")
    later.tick(monkeypatch)
    assert later.statuses() == {"first": "gone", "later": "gone"}


def test_a_verification_does_not_outlive_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "FRESH_SECONDS", -1.0)
    one = counting(entry("a"))
    one.tick(monkeypatch)
    assert (one.statuses(), one.verified) == ({"a": "gone"}, {"a": 3})


def test_a_later_turn_verifies_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What had no time left is not deleted on what the last turn has seen."""
    one = counting(entry("a"))
    seen = iter([True])
    monkeypatch.setattr(chunks.Chunks, "has_time", property(lambda _: next(seen, False)))
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "prepared"}
    monkeypatch.setattr(chunks.Chunks, "has_time", property(lambda _: True))
    one.differs_at = {"a": 1}
    one.tick(monkeypatch)
    assert (one.statuses(), ids(one.calls, "delete")) == ({"a": "skipped"}, [])


@pytest.mark.parametrize("late", [AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE + 5])
def test_a_part_that_aws_refuses_to_prepare_stops_the_others_of_earlier_chunks(
    monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    entries = parts(2 * AT_ONCE + 6)
    one = counting(*entries, answers={("prepare", f"p{late:03d}"): REFUSED})
    one.tick(monkeypatch)
    assert not ids(one.calls, "delete")
    assert set(one.statuses().values()) == {"skipped"}


@pytest.mark.parametrize("late", [0, AT_ONCE, 2 * AT_ONCE + 5])
def test_a_part_that_differs_stops_the_others_of_earlier_chunks(
    monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    one = counting(*parts(2 * AT_ONCE + 6))
    one.differs_at = {f"p{late:03d}": 2}
    one.tick(monkeypatch)
    assert not ids(one.calls, "delete")
    assert set(one.statuses().values()) == {"skipped"}


def test_parts_of_several_chunks_are_verified_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # Other resources between the parts do not keep these waiting.
    others = [entry(f"o{number}") for number in range(2 * AT_ONCE)]
    own = parts(AT_ONCE + 8)
    mixed = [one for pair in zip(others, own, strict=False) for one in pair]
    one = counting(*mixed, *own[len(others) :], *others[len(own) :])
    one.tick(monkeypatch)
    assert set(one.statuses().values()) == {"gone"}
    assert set(one.verified.values()) == {2}


def test_what_waited_for_a_preparation_is_verified_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The preparation of the other may have changed it."""
    waiting = entry("b", prepared_after=(name("a"),))
    one = counting(entry("a"), waiting, answers={("prepare", "a"): CALLED})
    one.tick(monkeypatch)
    assert one.verified["b"] == 3
    last = len(one.order) - 1 - one.order[::-1].index(("verify", "b"))
    assert one.order.index(("prepare", "a")) < last < one.order.index(("delete", "b"))


def test_what_waited_for_nothing_that_was_called_is_deleted_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = counting(entry("a"), entry("b", prepared_after=(name("a"),)))
    one.tick(monkeypatch)
    assert one.verified == {"a": 2, "b": 2}


type Answers = dict[tuple[str, str], Outcome]


@st.composite
def cleanups(draw: st.DrawFn) -> tuple[list[Planned], Answers, dict[str, int]]:
    """Draw wholes of several parts, single resources, and what AWS answers about some."""
    entries: list[Planned] = []
    answers: Answers = {}
    differs: dict[str, int] = {}
    for whole in range(draw(st.integers(1, 4))):
        names = [f"w{whole}p{part}" for part in range(draw(st.integers(0, 5)))]
        for id in names:
            waits = draw(st.sampled_from(["", *names[: names.index(id)]]))
            after = (name(waits),) if waits else ()
            entries.append(entry(id, part_of=name(f"w{whole}"), prepared_after=after))
        entries.append(entry(f"w{whole}", after=tuple(map(name, names))))
        for id in (*names, f"w{whole}"):
            outcome = draw(st.sampled_from([None, None, CALLED, REFUSED]))
            if outcome is not None:
                answers["prepare", id] = outcome
            if draw(st.integers(0, 5)) == 0:
                differs[id] = draw(st.integers(1, 3))
    return draw(st.permutations(entries)), answers, differs


@given(cleanups(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_nothing_is_deleted_on_a_verification_before_a_call_about_it(
    drawn: tuple[list[Planned], Answers, dict[str, int]], size: int
) -> None:
    entries, answers, differs = drawn
    one = counting(*entries, answers=answers)
    one.differs_at = differs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "AT_ONCE", size)
        patch.setattr(chunks.Chunks, "adapt", lambda self, *_: setattr(self, "size", size))
        one.tick(patch)
    by_id = {planned.subject.id: planned for planned in entries}
    deleted = ids(one.calls, "delete")
    assert len(deleted) == len(set(deleted))
    for id in deleted:
        at = one.order.index(("delete", id))
        verified = [place for place, step in enumerate(one.order[:at]) if step == ("verify", id)]
        assert len(verified) >= 2
        assert differs.get(id, 9) > len(verified)
        called = {id, *(planned_id(other) for other in by_id[id].prepared_after)}
        for other in called:
            if answers.get(("prepare", other)) is CALLED:
                assert one.order.index(("prepare", other)) < verified[-1]
    # Every part that is ready was prepared, or found to stay, before the first of its whole went.
    for planned in entries:
        stays = answers.get(("prepare", planned.subject.id)) is REFUSED
        if stays or differs.get(planned.subject.id, 9) <= 2:
            mates = {one.subject.id for one in entries if _whole(one) == _whole(planned)}
            if planned.part_of is not None:
                assert not mates & set(deleted)


def planned_id(graph_id: str) -> str:
    return graph_id.rpartition("/")[2]


def _whole(one: Planned) -> str:
    return one.part_of or one.subject.graph_id
