"""The rounds of a tick, with an account in memory: what is stored when, and what waits for what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConflictError
from ebbtide.cleanup.deleting import Outcome
from tests.support.builders import NOW
from tests.support.small_cleanup import Account, account, entry, ids, name


class KilledError(Exception):
    """Ends a tick at a place where a function could be killed."""


def test_what_is_deleted_goes_only_by_a_read_that_finds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = account(entry("a"), lingers={"a": 2})
    one.tick(monkeypatch)
    assert one.calls == [("prepare", "a"), ("delete", "a")]
    assert one.statuses() == {"a": "deleting"}
    for _ in range(3):
        one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone"}
    assert ids(one.calls, "delete") == ["a"]


def test_an_error_of_the_read_does_not_make_it_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(entry("a"), lingers={"a": 5})
    one.tick(monkeypatch)
    one.unreadable = {"a"}
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "deleting"}
    one.unreadable, one.going = set(), {"a": 0}
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone"}


@pytest.mark.parametrize(("call", "status"), [("prepare", "preparing"), ("delete", "deleting")])
def test_the_intention_is_stored_before_the_call(
    monkeypatch: pytest.MonkeyPatch, call: str, status: str
) -> None:
    seen: list[tuple[str, int, str]] = []

    def before(made: str, id: str) -> None:
        if made == call:
            state = one.stored()
            progress = state.resources[name(id)]
            seen.append((progress.status, progress.attempts, state.ledger[-1]["event"]))

    one = account(entry("a"), before=before)
    one.tick(monkeypatch)
    assert seen == [(status, 1 if call == "prepare" else 2, status)]


@pytest.mark.parametrize("call", ["prepare", "delete"])
def test_what_was_killed_at_a_call_is_called_again(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def kill(made: str, id: str) -> None:
        if made == call and id == "a":
            raise KilledError

    one = account(entry("a"), entry("b"), before=kill)
    with pytest.raises(KilledError):
        one.tick(monkeypatch)
    assert one.statuses()["a"] == {"prepare": "preparing", "delete": "deleting"}[call]
    one.before = lambda _call, _id: None
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone", "b": "gone"}


def test_another_tick_in_between_ends_this_one_before_its_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = account(entry("a"))

    def verified(*_: Any, **__: Any) -> Any:
        key = one.run.keys.cleanup(one.entries[0].subject.account, "state.json")
        stored = one.bucket.read(key)
        one.bucket.replace_json(key, stored.value, stored.etag)
        return Account.verify(one, one.entries[0], released=False)

    monkeypatch.setattr(one, "verify", verified)
    with pytest.raises(ConflictError):
        one.tick(monkeypatch)
    assert not one.calls


def test_the_next_waits_until_the_first_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(entry("a"), entry("b", after=(name("a"),)), lingers={"a": 3})
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "deleting", "b": "planned"}
    one.tick(monkeypatch)
    assert ids(one.calls, "prepare") == ["a"]
    for _ in range(4):
        one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone", "b": "gone"}
    assert one.calls == [("prepare", "a"), ("delete", "a"), ("prepare", "b"), ("delete", "b")]


def test_the_next_waits_until_the_first_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    again = {("prepare", "a"): Outcome("lost", "busy")}
    one = account(entry("a"), entry("b", prepared_after=(name("a"),)), answers=again)
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "planned", "b": "prepared"}
    one.answers = {}
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone", "b": "gone"}


@pytest.mark.parametrize("call", ["prepare", "delete"])
@pytest.mark.parametrize(("ending", "status"), [("refused", "skipped"), ("failed", "failed")])
def test_an_answer_that_ends_it_ends_it(
    monkeypatch: pytest.MonkeyPatch, call: str, ending: Any, status: str
) -> None:
    one = account(entry("a"), answers={(call, "a"): Outcome(ending, "AWS's reason")})
    one.tick(monkeypatch)
    assert one.statuses() == {"a": status}
    assert one.stored().resources[name("a")].reason == "AWS's reason"
    assert [made for made, _ in one.calls][-1] == call


@pytest.mark.parametrize(("call", "status"), [("prepare", "planned"), ("delete", "prepared")])
@pytest.mark.parametrize("ending", ["again", "lost"])
def test_what_is_in_the_way_is_tried_once_a_tick(
    monkeypatch: pytest.MonkeyPatch, call: str, status: str, ending: Any
) -> None:
    # Another part of the same whole is being deleted, and may be what is in the way.
    parts = entry("a", part_of=name("w")), entry("b", part_of=name("w"))
    whole = entry("w", after=(name("a"), name("b")))
    one = account(*parts, whole, answers={(call, "a"): Outcome(ending, "busy")}, lingers={"b": 99})
    for tick in (1, 2, 3):
        one.tick(monkeypatch)
        assert one.statuses()["a"] == status
        assert len(ids(one.calls, call)) == tick + 1
        assert one.stored().resources[name("a")].blocked_in == tick
    one.answers, one.going["b"] = {}, 0
    one.tick(monkeypatch)
    assert set(one.statuses().values()) == {"gone"}


def test_ticks_without_movement_are_counted_until_something_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = account(entry("a"), lingers={"a": 9})
    idle = []
    for _ in range(4):
        one.tick(monkeypatch)
        idle.append(one.stored().idle_ticks)
    assert idle == [0, 1, 2, 3]
    one.going = {"a": 0}
    one.tick(monkeypatch)
    assert one.stored().idle_ticks == 0


def test_what_goes_with_its_owner_is_described_first_and_confirmed_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept_at_call: list[list[str]] = []
    part = entry("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = account(
        entry("owner"),
        part,
        lingers={"part": 2},
        before=lambda call, _: kept_at_call.append(one.kept()) if call == "prepare" else None,
    )
    one.tick(monkeypatch)
    assert kept_at_call == [["owner", "part"]]
    assert one.statuses() == {"owner": "gone", "part": "planned"}
    one.tick(monkeypatch)
    one.tick(monkeypatch)
    assert one.statuses() == {"owner": "gone", "part": "gone"}
    assert {id for _, id in one.calls} == {"owner"}


def test_what_goes_with_its_owner_is_not_gone_before_the_owner_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = entry("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = account(entry("owner"), part, answers={("delete", "owner"): Outcome("lost", "no answer")})
    one.tick(monkeypatch)
    one.there.discard("part")
    one.tick(monkeypatch)
    assert one.statuses() == {"owner": "prepared", "part": "planned"}


def test_an_owner_whose_part_has_changed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    part = entry("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = account(entry("owner"), part)

    def objection(one_of: Any, root: Any) -> str:
        del root
        return "is now protected" if one_of.subject.id == "part" else ""

    monkeypatch.setattr(one, "objection", objection)
    one.tick(monkeypatch)
    assert not one.calls
    assert one.statuses()["owner"] == "skipped"


def test_everything_is_verified_before_anything_is_touched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = [entry(f"part-{number}", part_of=name("whole")) for number in range(40)]
    one = account(entry("other"), entry("whole"), *parts, mismatches={"part-39": "changed"})
    one.tick(monkeypatch)
    assert {id for _, id in one.calls} == {"other"}
    statuses = one.statuses()
    assert statuses.pop("other") == "gone"
    assert set(statuses.values()) == {"skipped"}


def test_a_tick_without_time_verifies_nothing_and_touches_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = account(entry("a"))
    one.tick(monkeypatch, seconds=10)
    assert not one.calls
    state = one.stored()
    assert not state.verified and not state.resources[name("a")].verified
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone"}


def test_what_is_gone_when_the_cleanup_begins_needs_no_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = account(entry("a"), entry("b"))
    one.there.discard("a")
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "gone", "b": "gone"}
    assert {id for _, id in one.calls} == {"b"}
    assert one.stored().resources[name("a")].reason == "was already gone when the cleanup began"


def test_a_dry_run_verifies_and_calls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(entry("a"), entry("b"), mismatches={"b": "changed"}, dry_run=True)
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "would_delete", "b": "skipped"}
    assert not one.calls and not one.kept()


def test_what_is_refused_late_keeps_what_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(
        entry("a"),
        entry("b", after=(name("a"),)),
        entry("c"),
        answers={("delete", "a"): Outcome("refused", "protected")},
    )
    one.tick(monkeypatch)
    one.tick(monkeypatch)
    assert one.statuses() == {"a": "skipped", "b": "skipped", "c": "gone"}
    assert "b" not in one.kept()


def test_an_owner_that_is_gone_is_gone_whatever_its_part_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = entry("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = account(entry("owner"), part)
    one.before = lambda call, _: one.there.discard("owner") if call == "prepare" else None
    objections: list[str] = []

    def objection(one_of: Any, root: Any) -> str:
        del root
        objections.append(one_of.subject.id)
        return "" if len(objections) == 1 else "is now protected"

    monkeypatch.setattr(one, "objection", objection)
    one.tick(monkeypatch)
    assert one.statuses()["owner"] == "gone"
    assert objections == ["part"]


def test_an_owner_that_has_changed_stays_for_its_own_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = entry("part", action="goes_with", goes_with=name("owner"), after=(name("owner"),))
    one = account(entry("owner"), part)

    def verify(one_of: Any, **given: Any) -> Any:
        found = Account.verify(one, one_of, **given)
        late = one.stored().verified and one_of.subject.id == "owner"
        return replace(found, mismatch="its tags changed") if late else found

    monkeypatch.setattr(one, "verify", verify)
    monkeypatch.setattr(one, "objection", lambda *_: "is now protected")
    one.tick(monkeypatch)
    assert one.stored().resources[name("owner")].reason == "its tags changed"
    assert not one.calls


def test_each_entry_of_the_ledger_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(entry("a"), entry("b"), mismatches={"b": "changed"})
    one.tick(monkeypatch)
    ledger = one.stored().ledger
    assert {line["at"] for line in ledger} == {to_text(NOW)}
    events = [line["event"] for line in ledger if line["graph_id"] == name("a")]
    assert events == [
        "preparing",
        "calls_of_prepared",
        "deleting",
        "calls_of_deleting",
        "gone",
    ]
