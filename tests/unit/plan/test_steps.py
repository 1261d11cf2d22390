"""Plans as they are published: held by what was deleted before, and remembered before they act."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConflictError, PlanError
from ebbtide.cleanup.state import State
from ebbtide.config import Config
from ebbtide.deployment.inputs import AccountRequest, SnapshotRequest
from ebbtide.graph.manifest import Manifest
from ebbtide.plan import Plan, Planned, Rejected, plan_account, read_plan, summarise_plans
from ebbtide.plan.deletions import deletions_since
from ebbtide.plan.published import (
    REMEMBERED,
    ROUNDS,
    Published,
    earlier_runs,
    read_published,
    update_published,
)
from ebbtide.store.keys import CLAIM, PUBLISHED_PLANS, RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION, volume
from tests.support.small_cleanup import Memory

OTHER = "444455556666"
HOUR = timedelta(hours=1)
KEYS = RunKeys("run")
ONE, TWO, THREE = (volume(f"vol-{number}") for number in (1, 2, 3))
CLEAN = {"name": "old", "event": "cleanup_plan", "search": "is(volume)"}
JOBS = [
    {**CLEAN, "action": {"clean": {"reason": "old"}}},
    {**CLEAN, "name": "keep", "action": {"protect": {"reason": "mine"}}},
]


class Bucket(Memory):
    """A bucket in which others replace what is published first, `rivals` times."""

    name = "bucket"
    rivals = 0

    def write_texts(self, key: str, texts: Iterable[str]) -> None:
        self.write_json(key, json.loads("".join(texts)))

    def read_lines(self, key: str, *_: Any) -> Any:
        yield from self.read_json(key)

    def create_json(self, key: str, value: Any) -> str:
        self._be_late(key)
        return super().create_json(key, value)

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        self._be_late(key)
        return super().replace_json(key, value, etag)

    def _be_late(self, key: str) -> None:
        if self.rivals:
            self.rivals -= 1
            known = read_published(self)  # type: ignore[arg-type]
            runs = {**known.runs, f"rival-{self.rivals}": to_text(NOW)}
            self.write_json(key, replace(known, runs=runs).to_json())


def entry(one: Any, *rules: str) -> Planned:
    return Planned(one.subject, "delete", rules or ("expired",), "why")


class World:
    """A run whose plan of ACCOUNT deletes a volume; it holds the claim."""

    def __init__(self, *planned: Planned, run_id: str = "run", **cleanup: Any) -> None:
        given = {"enabled": True, "dry_run": False, "first_run": "act", **cleanup}
        config = Config.model_validate(
            {"rules": {"expired": {"enabled": True}}, "jobs": JOBS, "cleanup": given}
        )
        self.bucket: Any = Bucket()
        self.run = Run(run_id, "cleanup", NOW, config, {"cleanup_plan": ("old", "keep")})
        store_run(self.bucket, self.run)
        self.claim("run")
        self.bucket.write_json("m", Manifest("snapshot", to_text(NOW), None, ()).to_json())
        self.bucket.write_json(KEYS.accounts, [{"account": ACCOUNT}, {"account": OTHER}])
        self.plan = Plan(
            "run", ACCOUNT, "m", "", 9, (REGION,), planned,
            refused=(Rejected(TWO.subject, ("expired",), "why", "protected", "mine"),),
            deletable={"aws_ec2_volume": 9},
        ).sealed()  # fmt: skip
        self.bucket.write_json(KEYS.plan(ACCOUNT), self.plan.to_json())

    def claim(self, run: str) -> None:
        self.bucket.write_json(CLAIM, {"run_id": run})

    def summarise(self) -> dict[str, Any]:
        return summarise_plans(SnapshotRequest(run_id="run", manifest="m"), self.bucket)

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = self.bucket.read_json(KEYS.plan_summary)
        return found

    @property
    def published(self) -> Published:
        return read_published(self.bucket)

    def delete_earlier(self, run: str, *resources: Any, at: timedelta, **state: Any) -> None:
        """Let an earlier run have deleted some volumes, and remember that it was published."""
        keys = RunKeys(run)
        planned = tuple(replace(entry(one), monthly=state.get("monthly")) for one in resources)
        made = State.of(
            Plan(run, ACCOUNT, "m", "", 9, (REGION,), planned), False, to_text(NOW - at)
        )
        for one in planned:
            made.finish(one, state.get("status", "gone"), to_text(NOW - at), "")
        made.dry_run = state.get("dry_run", False)
        self.bucket.write_json(keys.cleanup(ACCOUNT, "state.json"), made.to_json())
        accounts = [{"account": ACCOUNT, "planned": len(planned)}]
        self.bucket.write_json(keys.plan_summary, {"accounts": accounts})
        runs = {**self.published.runs, run: to_text(NOW - at)}
        self.bucket.write_json(PUBLISHED_PLANS, replace(self.published, runs=runs).to_json())


def test_a_plan_that_may_act_is_told_and_remembered() -> None:
    world = World(entry(ONE, "expired", "job:old"))
    told = world.summarise()
    assert (told["selected"], told["refused"], told["undecided"], told["held"]) == (1, 1, 0, False)
    summary = world.summary
    assert (summary["held"], summary["hash"]) == (False, told["hash"])
    assert summary["unplanned_accounts"] == [OTHER]
    (account,) = summary["accounts"]
    assert account["by_rule"] == {"expired": 1, "job:old": 1}
    assert account["by_kind"] == {"aws_ec2_volume": 1}
    assert account["refused_by"] == {"protected": 1}
    assert world.published.runs == {"run": to_text(NOW)}
    # Repeating it changes nothing.
    assert world.summarise() == told


@pytest.mark.parametrize(
    ("planned", "cleanup"),
    [
        ((), {}),
        ((entry(ONE),), {"enabled": False}),
        ((entry(ONE),), {"dry_run": True}),
        ((entry(ONE),), {"limits": {"per_run": 0}}),
    ],
)
def test_a_run_that_deletes_nothing_does_not_count_later(
    planned: tuple[Planned, ...], cleanup: dict[str, Any]
) -> None:
    world = World(*planned, **cleanup)
    told = world.summarise()
    assert told["held"] is ("limits" in cleanup)
    assert world.published.runs == {}
    # Its rules have been reported on all the same.
    assert set(world.published.reports.rules) == {"expired"}


@pytest.mark.parametrize(
    ("records", "known"),
    [
        ({"old": None}, {"expired", "job:old"}),
        ({"keep": None}, {"expired"}),
        ({"old": "it broke"}, {"expired"}),
        ({}, {"expired"}),
    ],
)
def test_a_job_has_been_reported_on_once_it_was_carried_out(
    records: dict[str, str | None], known: set[str]
) -> None:
    world = World(entry(ONE))
    for job, error in records.items():
        world.bucket.write_json(KEYS.job("cleanup_plan", f"{job}.json"), {"error": error})
    world.summarise()
    assert set(world.published.reports.rules) == known


@pytest.mark.parametrize("holder", ["other", None])
def test_a_run_without_the_claim_publishes_nothing(holder: str | None) -> None:
    world = World(entry(ONE))
    del world.bucket.objects[CLAIM]
    if holder:
        world.claim(holder)
    with pytest.raises(PlanError, match="no longer holds the claim"):
        world.summarise()
    assert KEYS.plan_summary not in world.bucket.objects
    assert world.published == Published()


def test_a_run_without_any_plan_publishes_nothing() -> None:
    world = World(entry(ONE))
    del world.bucket.objects[KEYS.plan(ACCOUNT)]
    with pytest.raises(PlanError, match="no account could be planned"):
        world.summarise()
    assert KEYS.plan_summary not in world.bucket.objects


@pytest.mark.parametrize(
    ("earlier", "held"),
    [
        ({}, False),
        ({"at": HOUR}, True),
        ({"at": 23 * HOUR}, True),
        ({"at": 25 * HOUR}, False),
        ({"at": HOUR, "status": "skipped"}, False),
        ({"at": HOUR, "dry_run": True}, False),
    ],
)
def test_what_earlier_runs_deleted_within_a_day_counts_for_the_limits(
    earlier: dict[str, Any], held: bool
) -> None:
    world = World(entry(ONE), limits={"per_day": 2})
    if earlier:
        world.delete_earlier("before", TWO, THREE, **earlier)
    assert world.summarise()["held"] is held
    assert world.summary["held"] is held
    assert bool(world.summary["exceeded"]) is held


def test_a_run_does_not_count_its_own_deletions_twice() -> None:
    world = World(entry(ONE))
    published = Published({"run": to_text(NOW), "b": to_text(NOW), "a": to_text(NOW)})
    assert earlier_runs(published, world.run) == ["a", "b"]


def test_each_resource_counts_once_and_by_its_last_entry() -> None:
    world = World()
    world.delete_earlier("first", ONE, TWO, at=3 * HOUR)
    world.delete_earlier("second", ONE, at=HOUR)
    found = deletions_since(world.bucket, ["first", "second", "lost"], NOW - 24 * HOUR)
    assert found.counts == {ACCOUNT: {"aws_ec2_volume": 2}}
    later = deletions_since(world.bucket, ["first", "second"], NOW - 2 * HOUR)
    assert later.counts == {ACCOUNT: {"aws_ec2_volume": 1}}
    assert deletions_since(world.bucket, ["first", "second"], NOW - HOUR).counts == {ACCOUNT: {}}


def test_prices_of_what_was_deleted_count_once_and_stay_known() -> None:
    world = World()
    world.delete_earlier("first", ONE, TWO, at=3 * HOUR, monthly=8.0)
    world.delete_earlier("second", ONE, THREE, at=HOUR, monthly=None)
    world.delete_earlier("dry", THREE, at=HOUR, monthly=5.0, dry_run=True)
    found = deletions_since(world.bucket, ["first", "second", "dry"], NOW - 24 * HOUR)
    assert found.prices == (8.0, 8.0, None)
    later = deletions_since(world.bucket, ["first", "second", "dry"], NOW - 2 * HOUR)
    assert later.prices == (None, None)


@pytest.mark.parametrize(("earlier", "held"), [(8.0, False), (8.01, True), (None, True)])
def test_money_of_earlier_runs_within_a_day_counts_for_the_limit(
    earlier: float | None, held: bool
) -> None:
    world = World(replace(entry(ONE), monthly=2.0), limits={"monthly_per_day": 10})
    world.delete_earlier("before", TWO, at=HOUR, monthly=earlier)
    assert world.summarise()["held"] is held
    said = "".join(world.summary["exceeded"])
    assert ("the limit per day is 10.00 USD a month" in said) is held
    assert ("may cost more" in said) is (earlier is None)


@pytest.mark.parametrize("called", [False, True])
def test_what_aws_has_agreed_to_delete_counts_even_if_the_run_was_killed(*, called: bool) -> None:
    world = World()
    world.delete_earlier("first", ONE, at=HOUR)
    key = RunKeys("first").cleanup(ACCOUNT, "state.json")
    state = world.bucket.read_json(key)
    progress = state["resources"][ONE.graph_id]
    progress |= {"status": "failed", "called": called}
    world.bucket.write_json(key, {**state, "ledger": []})
    found = deletions_since(world.bucket, ["first"], NOW - 2 * HOUR)
    assert found.counts[ACCOUNT].total() == int(called)
    assert found.prices == (None,) * int(called)


def test_runs_of_long_ago_are_forgotten() -> None:
    world = World()
    old = Published({"long-ago": to_text(NOW - REMEMBERED), "recent": to_text(NOW - 70 * HOUR)})
    assert set(old.with_run(world.run).runs) == {"recent", "run"}


@pytest.mark.parametrize("rivals", [0, 1, ROUNDS - 1, ROUNDS])
def test_what_others_publish_at_the_same_time_is_not_lost(rivals: int) -> None:
    world = World()
    world.bucket.rivals = rivals

    def change(known: Published) -> Published:
        return known.with_run(world.run)

    if rivals == ROUNDS:
        with pytest.raises(ConflictError, match="keeps being replaced"):
            update_published(world.bucket, change)
        assert "run" not in world.published.runs
        return
    update_published(world.bucket, change)
    assert set(world.published.runs) == {"run", *(f"rival-{n}" for n in range(rivals))}


# The plan of one account.


def test_an_account_that_the_snapshot_lacks_has_an_empty_plan() -> None:
    world = World()
    request = AccountRequest(run_id="run", account=ACCOUNT, manifest="m")
    counts = plan_account(request, world.bucket)
    assert counts == {"planned": 0, "reported": 0, "refused": 0, "undecided": 0}
    plan = read_plan(world.bucket.read_json(KEYS.plan(ACCOUNT)))
    assert (plan.account, plan.manifest, plan.resource_count) == (ACCOUNT, "m", 0)


@pytest.mark.parametrize(
    ("run_id", "days", "refused"),
    [("snapshot", 0, False), ("snapshot", 40, True), ("run", 40, False)],
)
def test_nothing_is_planned_on_a_snapshot_that_is_too_old(
    run_id: str, days: int, *, refused: bool
) -> None:
    world = World(entry(ONE))
    created = to_text(NOW - timedelta(days=days))
    world.bucket.write_json("m", Manifest(run_id, created, None, ()).to_json())
    request = AccountRequest(run_id="run", account=ACCOUNT, manifest="m")
    if not refused:
        plan_account(request, world.bucket)
        world.summarise()
        return
    for act in (lambda: plan_account(request, world.bucket), world.summarise):
        with pytest.raises(PlanError, match=f"snapshot of run {run_id} is {days}d old"):
            act()
    assert world.published == Published()
