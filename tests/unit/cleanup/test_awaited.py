"""A deletion whose preparation takes time: disabled once, awaited, then deleted, killed or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebbtide.cleanup import deleting
from ebbtide.cleanup.deleting import Outcome, prepare_resource
from ebbtide.cleanup.read_again import Description
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.resource import Subject
from ebbtide.plan import Planned
from tests.support.builders import resource
from tests.support.small_cleanup import KIND, Account, entry, name

# Two steps, so that the second is seen to wait for the first.
DISABLE = Prepare(
    Call("batch", "update_job_queue", jobQueue="{id}", state="DISABLED"),
    when="state == 'ENABLED'",
    undo=Call("batch", "update_job_queue", jobQueue="{id}", state="ENABLED"),
    until="state == 'DISABLED' && status == 'VALID'",
)
DETACH = Prepare(
    Call("batch", "untag_resource", resourceArn="{id}", tagKeys=["{each}"]), each="parts"
)
DELETE = Delete(
    Call("batch", "delete_job_queue", jobQueue="{id}"), prepare=(DISABLE, DETACH), blocked=("Busy",)
)


class KilledError(Exception):
    """Ends a tick at a place where a function could be killed."""


@dataclass
class Slow(Account):
    """An account whose resources are disabled only some reads after they were asked to be."""

    reads_until_valid: int = 3
    made: list[str] = field(default_factory=list)
    killed_after: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.queue: dict[str, Any] = {"state": "ENABLED", "status": "VALID", "parts": ["a"]}
        self.left = 0

    def answer(self, _session: Any, call: Call, *_: Any) -> Any:
        self.made.append(call.operation)
        if call is DISABLE.call:
            self.queue |= {"state": "DISABLED", "status": "UPDATING"}
            self.left = self.reads_until_valid
        if call is DETACH.call:
            self.queue["parts"] = []
        if len(self.made) == self.killed_after:
            raise KilledError

    def read(self, subject: Subject, **more: Any) -> Description | None:
        found = super().read(subject, **more)
        if found is None:
            return None
        self.left -= 1
        if self.left <= 0:
            self.queue["status"] = "VALID"
        document = {**found.document, **self.queue}
        return Description(document, resource(KIND, subject.id), document)

    def _calling(self, call: str) -> Callable[..., Outcome]:
        if call == "delete":
            return super()._calling(call)

        def prepare(session: Any, one: Planned, document: Any) -> Outcome:
            self.before(call, one.subject.id)
            return prepare_resource(session, one, document)

        return prepare


def ticks(one: Slow, monkeypatch: pytest.MonkeyPatch, most: int = 12) -> int:
    """Run ticks until all has ended, and return how many it took; a killed one counts."""
    monkeypatch.setattr(deleting, "declared_delete", lambda _: DELETE)
    monkeypatch.setattr(deleting, "call_answer", one.answer)
    for number in range(1, most + 1):
        try:
            one.tick(monkeypatch)
        except KilledError:
            continue
        if set(one.statuses().values()) <= {"gone", "failed", "skipped"}:
            return number
    raise AssertionError(f"not ended after {most} ticks: {one.statuses()}")


def test_it_is_disabled_once_awaited_and_then_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Slow((entry("a"),), reads_until_valid=4)
    assert ticks(one, monkeypatch) > 2
    assert one.statuses() == {"a": "gone"}
    assert one.made == ["update_job_queue", "untag_resource"]
    assert one.calls == [("delete", "a")]


def test_while_it_is_awaited_it_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Slow((entry("a"),), reads_until_valid=1000)
    with pytest.raises(AssertionError, match="not ended"):
        ticks(one, monkeypatch, most=3)
    progress = one.stored().resources[name("a")]
    assert progress.status == "planned" and not progress.called
    assert DISABLE.until is not None and DISABLE.until in progress.reason
    assert one.made == ["update_job_queue"] and not one.calls


def test_what_waits_holds_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Slow((entry("a"), entry("b", after=(name("a"),))), reads_until_valid=3)
    ticks(one, monkeypatch)
    assert one.statuses() == {"a": "gone", "b": "gone"}
    assert one.calls == [("delete", "a"), ("delete", "b")]


@pytest.mark.parametrize("after", [1, 2])
def test_a_tick_killed_after_any_call_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    one = Slow((entry("a"),), killed_after=after)
    ticks(one, monkeypatch)
    assert one.statuses() == {"a": "gone"}
    assert one.made == ["update_job_queue", "untag_resource"]
    (kept,) = [value for key, value in one.bucket.objects.items() if "/restore/" in key]
    assert [undo["arguments"]["state"] for undo in json.loads(kept)["undo_preparation"]] == [
        "ENABLED"
    ]


def test_what_undoes_it_is_kept_although_later_descriptions_lack_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Slow((entry("a"),))
    ticks(one, monkeypatch)
    (kept,) = [value for key, value in one.bucket.objects.items() if "/restore/" in key]
    assert [undo["operation"] for undo in json.loads(kept)["undo_preparation"]] == [
        "update_job_queue"
    ]
