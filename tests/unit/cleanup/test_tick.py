"""Whether a tick may act at all, and what it answers, with a bucket in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import PlanError
from ebbtide.cleanup import tick
from ebbtide.cleanup.state import State
from ebbtide.cleanup.tick import run_tick
from ebbtide.config import Config
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.plan import Plan
from ebbtide.store.keys import CLAIM
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION
from tests.support.small_cleanup import Memory, entry, name

COUNTS = ("gone", "failed", "skipped", "left_behind", "pending", "remaining")
NOTHING = {"done": True, "wait_seconds": 0, **dict.fromkeys(COUNTS, 0)}
REQUEST = AccountRequest(run_id="run", account=ACCOUNT, manifest="m")


@dataclass
class World:
    """A run that may act on a plan of three resources, unless a test takes something away."""

    enabled: bool = True
    plan: Plan | None = field(
        default_factory=lambda: Plan(
            "run", ACCOUNT, "m", "now", 9, (REGION,), tuple(map(entry, "abc"))
        ).sealed()
    )
    summary: dict[str, Any] | None = field(default_factory=lambda: {"held": False})
    # The hash of the plan in the summary; "": that of the plan.
    told: str = ""
    holder: str | None = "run"
    state: State | None = None
    acted: bool = False

    def tick(self, monkeypatch: pytest.MonkeyPatch, later: timedelta = timedelta()) -> Any:
        cleanup = {"enabled": self.enabled, "dry_run": False, "deadline": "2h"}
        run = Run("run", "cleanup", NOW, Config.model_validate({"cleanup": cleanup}))
        self.bucket: Any = Memory()
        store_run(self.bucket, run)
        if self.summary is not None:
            told = [{"account": ACCOUNT, "hash": self.told or (self.plan and self.plan.hash)}]
            self.bucket.write_json(run.keys.plan_summary, {"accounts": told, **self.summary})
        if self.plan is not None:
            self.bucket.write_json(run.keys.plan(ACCOUNT), self.plan.to_json())
        if self.holder is not None:
            self.bucket.write_json(CLAIM, {"run_id": self.holder})
        self.key = run.keys.cleanup(ACCOUNT, "state.json")
        if self.state is not None:
            self.bucket.write_json(self.key, self.state.to_json())

        def rounds(*_: Any, **__: Any) -> None:
            self.acted = True

        monkeypatch.setattr(tick, "_run_rounds", rounds)
        settings: Any = None
        return run_tick(REQUEST, self.bucket, settings, Deadline.after(600), lambda: NOW + later)

    def statuses(self) -> dict[str, str]:
        state = State.from_json(self.bucket.read_json(self.key))
        return {key.split("/")[-1]: one.status for key, one in state.resources.items()}


def state_of(world: World, started: str = "2026-11-22T12:00:00Z", **statuses: Any) -> State:
    assert world.plan is not None
    state = State.of(world.plan, False, started)
    for id, status in statuses.items():
        state.resources[name(id)].status = status
    return state


def test_an_allowed_plan_is_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    answer = world.tick(monkeypatch)
    assert world.acted
    assert (answer["done"], answer["remaining"]) == (False, 3)


@pytest.mark.parametrize(
    "taken",
    [
        {"enabled": False},
        {"summary": None},
        {"summary": {"held": True}},
        {"plan": None},
        # Without anything left over from earlier runs.
        {"plan": Plan("run", ACCOUNT, "m", "now", 9, (REGION,)).sealed()},
    ],
)
def test_what_is_not_allowed_ends_at_once_and_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, taken: dict[str, Any]
) -> None:
    world = World(**taken)
    assert world.tick(monkeypatch) == NOTHING
    assert not world.acted
    assert world.key not in world.bucket.objects


@pytest.mark.parametrize(
    "change", [{"run_id": "other"}, {"account": "444455556666"}, {"hash": "x"}]
)
def test_another_plan_is_an_error(monkeypatch: pytest.MonkeyPatch, change: dict[str, str]) -> None:
    world = World()
    assert world.plan is not None
    changed = replace(world.plan, **change)
    world.plan = changed if "hash" in change else changed.sealed()
    with pytest.raises(PlanError, match="not the one this run made"):
        world.tick(monkeypatch)
    assert not world.acted


def test_a_plan_that_was_not_summarised_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(told="another hash")
    with pytest.raises(PlanError, match="not the one that was summarised"):
        world.tick(monkeypatch)
    assert not world.acted


@pytest.mark.parametrize("holder", [None, "other"])
def test_a_run_without_the_claim_does_not_act(
    monkeypatch: pytest.MonkeyPatch, holder: str | None
) -> None:
    world = World(holder=holder)
    with pytest.raises(PlanError, match="no longer holds the claim"):
        world.tick(monkeypatch)
    assert not world.acted


def test_a_cleanup_that_has_ended_tells_how_even_without_the_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(holder="other")
    world.state = state_of(world, a="gone", b="failed", c="skipped")
    answer = world.tick(monkeypatch)
    assert not world.acted
    assert answer["done"]
    assert [answer[key] for key in COUNTS] == [1, 1, 1, 0, 0, 0]


def test_what_a_dry_run_would_delete_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.state = state_of(world, a="would_delete", b="gone", c="skipped")
    assert world.tick(monkeypatch)["gone"] == 2


@pytest.mark.parametrize(("hours", "over"), [(1.9, False), (2, False), (2.1, True)])
def test_the_deadline_ends_what_has_no_ending(
    monkeypatch: pytest.MonkeyPatch, hours: float, over: bool
) -> None:
    world = World()
    world.state = state_of(world, a="deleting", b="prepared", c="planned")
    world.state.resources[name("a")].called = True
    world.state.resources[name("b")].attempts = 1
    world.state.resources[name("b")].reason = "in use by i-1"
    answer = world.tick(monkeypatch, timedelta(hours=hours))
    assert world.acted != over
    assert answer["done"] == over
    if over:
        assert world.statuses() == {"a": "pending", "b": "failed", "c": "skipped"}
        state = State.from_json(world.bucket.read_json(world.key))
        reasons = [state.resources[name(id)].reason for id in "abc"]
        assert reasons == [
            "not ended by the deadline: AWS has accepted it",
            "not ended by the deadline: in use by i-1",
            "not ended by the deadline: never begun",
        ]
        assert [line["event"] for line in state.ledger] == ["pending", "failed", "skipped"]


@pytest.mark.parametrize(("idle", "seconds"), [(0, 3), (1, 6), (3, 24), (4, 30), (9, 30)])
def test_the_wait_doubles_while_nothing_moves(
    monkeypatch: pytest.MonkeyPatch, idle: int, seconds: int
) -> None:
    world = World()
    world.state = state_of(world)
    world.state.idle_ticks = idle
    assert world.tick(monkeypatch)["wait_seconds"] == seconds
