"""Whether a tick may act at all, and what it answers, with a bucket in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import PlanError
from ebbtide.cleanup import tick
from ebbtide.cleanup.state import Lease, State
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.tick import MOST_TURNS, run_tick
from ebbtide.config import Config
from ebbtide.deployment.inputs import TickRequest
from ebbtide.plan import Plan
from ebbtide.plan.binding import configuration_hash, sealed_summary
from ebbtide.store.keys import CLAIM
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION
from tests.support.small_cleanup import Memory, entry, name

COUNTS = ("gone", "failed", "skipped", "left_behind", "pending", "remaining")
NOTHING = {"done": True, "wait_seconds": 0, **dict.fromkeys(COUNTS, 0)}
TURN = "arn:1/2026-11-22T12:00:00Z"
LATER_TURN = "arn:1/2026-11-22T12:00:30Z"


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
    # The hash of the summary that the state machine knows; "": that of the stored one.
    known: str = ""
    holder: str | None = "run"
    state: State | None = None
    acted: bool = False
    # What the rounds do.
    work: Callable[[StateStore], None] = lambda _: None

    def tick(
        self,
        monkeypatch: pytest.MonkeyPatch,
        later: timedelta = timedelta(),
        turn: str = TURN,
        attempt: int = 0,
    ) -> Any:
        cleanup = {"enabled": self.enabled, "dry_run": False, "deadline": "2h"}
        run = Run("run", "cleanup", NOW, Config.model_validate({"cleanup": cleanup}))
        self.bucket: Any = Memory()
        store_run(self.bucket, run)
        told = [{"account": ACCOUNT, "hash": self.told or (self.plan and self.plan.hash)}]
        summary = {"run_id": "run", "configuration": configuration_hash(run), "accounts": told}
        summary = sealed_summary({**summary, **(self.summary or {})})
        if self.summary is not None:
            self.bucket.write_json(run.keys.plan_summary, summary)
        if self.plan is not None:
            self.bucket.write_json(run.keys.plan(ACCOUNT), self.plan.to_json())
        if self.holder is not None:
            self.bucket.write_json(CLAIM, {"run_id": self.holder})
        self.key = run.keys.cleanup(ACCOUNT, "state.json")
        if self.state is not None:
            self.bucket.write_json(self.key, self.state.to_json())

        def rounds(_: Run, store: StateStore, *__: Any) -> None:
            self.acted = True
            self.work(store)

        monkeypatch.setattr(tick, "_run_rounds", rounds)
        request = TickRequest(
            run_id="run",
            account=ACCOUNT,
            summary_hash=self.known or summary["hash"],
            turn=turn,
            attempt=attempt,
        )
        settings: Any = None
        return run_tick(request, self.bucket, settings, Deadline.after(300), lambda: NOW + later)

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


@pytest.mark.parametrize(
    "change",
    [
        {"held": True},
        {"accounts": [{"account": ACCOUNT, "hash": "0" * 64}]},
        {"run_id": "other"},
        {"unplanned_accounts": [ACCOUNT]},
        {"exceeded": ["a limit"]},
    ],
)
def test_a_summary_that_the_machine_does_not_know_is_an_error(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    """Whoever changes the summary, and seals it anew, does not know what the machine passes."""
    known = sealed_summary({"run_id": "run", "accounts": [], "held": False})["hash"]
    world = World(known=known, summary={"held": False, **change})
    with pytest.raises(PlanError, match="summary of the plans is not the one"):
        world.tick(monkeypatch)
    assert not world.acted
    assert world.key not in world.bucket.objects


@pytest.mark.parametrize(
    "change",
    [{"dry_run": False}, {"enabled": True, "deadline": "3h"}, {"limits": {"per_run": 1}}],
)
def test_another_configuration_is_an_error(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    other = Config.model_validate({"cleanup": {"enabled": True, **change, "dry_run": True}})
    told = configuration_hash(Run("run", "cleanup", NOW, other))
    world = World(summary={"held": False, "configuration": told})
    with pytest.raises(PlanError, match="configuration of the run is not the one"):
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


def lease(seconds: float, turn: str = TURN, attempt: int = 0) -> Lease:
    return Lease(turn, attempt, to_text(NOW + timedelta(seconds=seconds)))


def leased(world: World, held: Lease) -> World:
    world.state = state_of(world)
    world.state.lease = held
    return world


@pytest.mark.parametrize("attempt", [0, 3])
def test_another_turn_waits_until_the_lease_is_over(
    monkeypatch: pytest.MonkeyPatch, attempt: int
) -> None:
    world = leased(World(), lease(90.5))
    answer = world.tick(monkeypatch, turn=LATER_TURN, attempt=attempt)
    assert not world.acted
    assert (answer["done"], answer["wait_seconds"], answer["remaining"]) == (False, 91, 3)
    assert world.bucket.read_json(world.key) == world.state.to_json()  # type: ignore[union-attr]
    assert not any("ledger" in key for key in world.bucket.objects)


def test_a_lease_that_is_over_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = leased(World(), lease(0))
    world.tick(monkeypatch, turn=LATER_TURN)
    assert world.acted


@pytest.mark.parametrize(("held", "given", "acts"), [(0, 1, True), (1, 1, False), (1, 0, False)])
def test_only_a_retry_of_its_turn_inherits_a_lease(
    monkeypatch: pytest.MonkeyPatch, held: int, given: int, acts: bool
) -> None:
    """A redriven execution counts its attempts anew, while the earlier one may still be at work."""
    world = leased(World(), lease(90, attempt=held))
    world.tick(monkeypatch, attempt=given)
    assert world.acted == acts


def test_a_turn_holds_the_lease_while_it_works_and_gives_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    during: list[Lease] = []
    world = World()
    world.work = lambda store: during.append(
        State.from_json(store.bucket.read_json(world.key)).lease  # type: ignore[arg-type]
    )
    world.tick(monkeypatch, attempt=2)
    (held,) = during
    assert (held.turn, held.attempt) == (TURN, 2)
    # As long as the function may run, and a margin.
    assert to_text(NOW + timedelta(seconds=310)) < held.until < to_text(NOW + timedelta(minutes=6))
    after = State.from_json(world.bucket.read_json(world.key))
    assert (after.lease, after.turns) == (None, 1)


def test_a_turn_that_ends_in_an_error_keeps_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: StateStore) -> None:
        raise OSError("made up")

    world = World(work=fail)
    with pytest.raises(OSError, match="made up"):
        world.tick(monkeypatch)
    assert State.from_json(world.bucket.read_json(world.key)).lease is not None


@pytest.mark.parametrize("hours", [0.1, 1, 6])
@pytest.mark.parametrize("idle", [0, 9])
def test_the_deadline_comes_before_the_turns_are_used_up(hours: float, idle: int) -> None:
    left, turns = timedelta(hours=hours), 0
    while left >= timedelta():
        turns += 1
        state = State("run", ACCOUNT, "h", False, "now", idle_ticks=idle, turns=turns)
        left -= timedelta(seconds=tick.wait_seconds(state, NOW, NOW + left))
    assert turns <= MOST_TURNS
