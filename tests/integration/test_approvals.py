"""Held plans, what people decide about them, and what the next runs carry out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.base.clock import from_text
from ebbtide.plan import Plan
from ebbtide.plan.approved import find_decisions
from ebbtide.store.keys import RunKeys
from tests.integration.test_cleanup import EXPIRED, volume, volumes
from tests.integration.workflow import ACCOUNT, Workflow
from tests.support.decisions import ANN, BOB, decide

type Session = boto3.session.Session


@dataclass
class Runs:
    """Whole runs, one an hour, in an account whose expired volumes exceed a limit of one."""

    workflow: Workflow
    customer: Session

    def configure(self, approval: str = "beyond_limits", **rest: Any) -> None:
        limits = {"per_run": 1, "percent_of_account": 100, "percent_of_kind": 100}
        cleanup = {"enabled": True, "dry_run": False, "approval": approval, "limits": limits}
        self.workflow.configure(
            kinds=("aws_ec2_volume",),
            rules={"expired": {"enabled": True}},
            cleanup={**cleanup, **rest},
        )

    def run(self) -> Plan:
        self.workflow.now += timedelta(hours=1)
        run_id = self.workflow.collect()
        plan = self.workflow.plan(run_id)
        self.workflow.clean(run_id)
        self.workflow.release(run_id)
        return plan

    def summary(self, plan: Plan) -> dict[str, Any]:
        found: dict[str, Any] = self.workflow.bucket.read_json(RunKeys(plan.run_id).plan_summary)
        return found

    def decide(self, plan: Plan, verdict: str = "approve", **rest: Any) -> str:
        return decide(self.workflow.bucket, plan.run_id, verdict, **rest).key

    def make(self, count: int) -> set[str]:
        return {volume(self.customer, EXPIRED) for _ in range(count)}

    def left(self) -> set[str]:
        return volumes(self.customer)


@pytest.fixture
def runs(workflow: Workflow, customer: Session) -> Runs:
    found = Runs(workflow, customer)
    found.configure()
    return found


def graph_ids(plan: Plan, ids: set[str]) -> tuple[str, ...]:
    return tuple(e.subject.graph_id for e in plan.planned if e.subject.id in ids)


def test_the_next_run_deletes_exactly_what_was_approved(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    assert runs.left() == both and runs.summary(held)["held"]
    key = runs.decide(held)
    carried = runs.run()
    assert runs.left() == set()
    summary = runs.summary(carried)
    assert not summary["held"] and summary["held_resources"] == 0
    # The limit is still measured and told.
    assert summary["exceeded"] and summary["approvals"] == {key: 2}
    ledger = runs.workflow.bucket.read_text(
        RunKeys(carried.run_id).cleanup(ACCOUNT, "ledger.jsonl")
    )
    entries = [json.loads(line) for line in ledger.splitlines()]
    assert {tuple(entry["approvals"]) for entry in entries} == {(key,)}
    assert ANN in key


def test_what_is_new_since_is_held_alone(runs: Runs) -> None:
    both = runs.make(2)
    runs.decide(runs.run())
    (new,) = runs.make(1)
    plan = runs.run()
    assert runs.left() == {new}
    summary = runs.summary(plan)
    assert (summary["held"], summary["held_resources"]) == (False, 1)
    assert summary["accounts"][0]["held"] == 1
    assert {entry.subject.id for entry in plan.planned if not entry.held} == both
    assert set(runs.workflow.outcomes(plan.run_id)) == set(graph_ids(plan, both))
    # Alone it is within the limit, and needs nobody.
    runs.run()
    assert runs.left() == set()


@pytest.mark.full
def test_always_means_within_the_limits_as_well(runs: Runs) -> None:
    runs.configure("always")
    (one,) = runs.make(1)
    plan = runs.run()
    assert runs.summary(plan)["held"] and not runs.summary(plan)["exceeded"]
    assert runs.left() == {one}
    runs.decide(plan)
    runs.run()
    assert runs.left() == set()


@pytest.mark.full
def test_never_ignores_approvals(runs: Runs) -> None:
    runs.configure("never")
    both = runs.make(2)
    runs.decide(runs.run())
    assert runs.summary(runs.run())["held"]
    assert runs.left() == both


@pytest.mark.full
def test_an_approval_that_has_ended_releases_nothing(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    runs.decide(held, until=runs.workflow.now + timedelta(minutes=30))
    plan = runs.run()
    assert runs.left() == both
    assert runs.summary(plan)["held"] and runs.summary(plan)["warnings"] == []


@pytest.mark.full
def test_an_approval_that_ends_before_the_deletions_releases_nothing(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    runs.decide(held, until=runs.workflow.now + timedelta(hours=1, minutes=30))
    workflow = runs.workflow
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert plan.approved_until
    # In the last moment, nothing begins any more.
    workflow.tick(run_id, clock=lambda: from_text(plan.approved_until))
    assert runs.left() == both
    # An automation made the run wait.
    workflow.tick(run_id, clock=lambda: workflow.now + timedelta(minutes=31))
    assert runs.left() == both
    assert set(workflow.outcomes(run_id).values()) == {"skipped"}


def test_a_rejection_wins_until_it_ends(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    (one, other) = sorted(both)
    runs.decide(held)
    runs.decide(held, "reject", user=BOB, excepted=graph_ids(held, {other}), note="mine")
    plan = runs.run()
    assert runs.left() == {one}
    (refused,) = plan.refused
    assert refused.code == "rejected" and BOB in refused.reason and "mine" in refused.reason
    runs.workflow.now += timedelta(days=1)
    runs.run()
    assert runs.left() == set()


@pytest.mark.full
def test_two_people_approve_a_part_each(runs: Runs) -> None:
    three = runs.make(3)
    held = runs.run()
    (one, two, rest) = sorted(three)
    first = runs.decide(held, excepted=graph_ids(held, {two, rest}))
    second = runs.decide(held, user=BOB, excepted=graph_ids(held, {one, rest}))
    plan = runs.run()
    assert runs.left() == {rest}
    assert runs.summary(plan)["approvals"] == {first: 1, second: 1}


def test_what_does_not_count_is_told_and_releases_nothing(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    bucket = runs.workflow.bucket
    foreign = decide(bucket, held.run_id)
    bucket.delete(foreign.key)
    bucket.write_text(foreign.key.replace(ANN, BOB), foreign.text)
    altered = decide(bucket, held.run_id, excepted=graph_ids(held, both))
    bucket.write_text(altered.key, altered.text.replace("aws_ec2_volume", "x"))
    wrong = runs.decide(held, hash="0" * 64)
    long = runs.decide(held, until=runs.workflow.now + timedelta(days=3, minutes=1))
    bucket.write_text("approvals/notes.txt", "hello")
    plan = runs.run()
    assert runs.left() == both
    warnings = {one.split(" is ignored: ")[0]: one for one in runs.summary(plan)["warnings"]}
    assert "lies under the user id" in warnings[foreign.key.replace(ANN, BOB)]
    assert "was altered" in warnings[altered.key]
    assert "another plan" in warnings[wrong]
    assert "longer than 3 days" in warnings[long]
    assert "of the form" in warnings["approvals/notes.txt"]
    assert len(warnings) == 5


@pytest.mark.full
def test_a_plan_that_was_altered_since_approves_nothing(runs: Runs) -> None:
    both = runs.make(2)
    held = runs.run()
    key = runs.decide(held)
    bucket, place = runs.workflow.bucket, RunKeys(held.run_id)
    plan = bucket.read_json(place.plan(ACCOUNT))
    plan["planned"][0]["tags"] = {"a": "b"}
    bucket.write_json(place.plan(ACCOUNT), plan)
    assert [key in one for one in runs.summary(runs.run())["warnings"]] == [True]
    assert runs.left() == both
    summary = bucket.read_json(place.plan_summary)
    bucket.write_json(place.plan_summary, {**summary, "exceeded": []})
    assert ["another plan" in one for one in runs.summary(runs.run())["warnings"]] == [True]
    assert runs.left() == both


@pytest.mark.full
def test_an_approval_does_not_skip_a_first_run(runs: Runs) -> None:
    runs.configure(first_run="report")
    both = runs.make(2)
    first = runs.run()
    assert not first.planned and len(first.reported) == 2
    runs.decide(first)
    held = runs.run()
    assert runs.summary(held)["held"] and runs.left() == both
    runs.decide(held)
    runs.run()
    assert runs.left() == set()


@pytest.mark.full
def test_a_dry_run_uses_up_no_approval(runs: Runs) -> None:
    both = runs.make(2)
    runs.decide(runs.run())
    runs.configure(dry_run=True)
    plan = runs.run()
    assert set(runs.workflow.outcomes(plan.run_id).values()) == {"would_delete"}
    assert runs.left() == both
    runs.configure()
    runs.run()
    assert runs.left() == set()


@pytest.mark.full
def test_decisions_are_listed_with_what_became_of_them(runs: Runs) -> None:
    runs.make(2)
    held = runs.run()
    yes = runs.decide(held)
    old = runs.decide(held, "reject", until=runs.workflow.now + timedelta(minutes=1))
    now = runs.workflow.now + timedelta(hours=1)
    listed = {one.key: one.standing for one in find_decisions(runs.workflow.bucket, now)}
    assert listed == {yes: "valid"}
    listed = {
        one.key: one.standing for one in find_decisions(runs.workflow.bucket, now, expired=True)
    }
    assert listed == {yes: "valid", old: "expired"}
