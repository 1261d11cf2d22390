"""What takes several ticks to empty goes on as long as it holds less each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.cleanup import deleting
from ebbtide.cleanup.deleting import Outcome, prepare_resource
from ebbtide.cleanup.emptying import Emptied
from ebbtide.kinds import registry
from ebbtide.plan import Planned
from tests.support.builders import NOW
from tests.support.small_cleanup import Account, entry

EMPTIED = registry()["aws_s3_bucket"].delete


@dataclass
class Full(Account):
    """An account with something that each tick can empty only in part."""

    parts: int = 6
    stuck_at: int = 0
    seconds: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock = lambda: NOW + timedelta(seconds=self.seconds)

    def empty(self, *_: Any) -> Emptied:
        removed = 1 if self.parts > self.stuck_at else 0
        self.parts -= removed
        return Emptied(removed=removed, calls=1, done=not self.parts)

    def _calling(self, call: str) -> Callable[..., Outcome]:
        if call == "delete":
            return super()._calling(call)

        def prepare(session: Any, one: Planned, document: Any) -> Outcome:
            return prepare_resource(session, one, document)

        return prepare


def ended(one: Full, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Run ticks, half a minute apart, until it has ended; return its ending and the reason."""
    monkeypatch.setattr(deleting, "declared_delete", lambda _: EMPTIED)
    monkeypatch.setattr(deleting, "_as_counted", lambda *_: {"operation": "delete_objects"})
    monkeypatch.setattr(deleting, "empty", one.empty)
    for _ in range(30):
        one.tick(monkeypatch)
        (progress,) = one.stored().resources.values()
        if progress.is_over:
            return progress.status, progress.reason
        one.seconds += 30
    raise AssertionError(progress)


ASKED = replace(entry("a"), asked=("empty",))


def test_it_goes_once_all_parts_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Full((ASKED,))
    assert ended(one, monkeypatch)[0] == "gone"
    assert one.parts == 0 and one.seconds > 60
    assert one.calls == [("delete", "a")]


def test_what_can_be_emptied_no_further_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Full((ASKED,), stuck_at=3)
    status, reason = ended(one, monkeypatch)
    assert (status, reason) == ("failed", "removed 0, more are left")
    assert one.parts == 3 and not one.calls
