"""A held plan, a person who may approve it, one who may not, and the runs after it."""
# ruff: noqa: ARG001  (a fixture may name the previous run only to fix the order)

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest
from typer.testing import Result

from ebbtide.plan.model import Planned
from ebbtide.store.keys import APPROVALS
from local.estate import REGIONS, SANDBOX, Estate
from local.estate.ground import Item, Site, now
from local.session import cleanup
from tests.e2e.people import ebbtide, person
from tests.e2e.scenario import Stage, Told, graph_id, key_of

pytestmark = [pytest.mark.full, pytest.mark.enforced]


def entries(told: Told) -> list[Planned]:
    return [entry for plan in told.plans.values() for entry in plan.planned]


def said(told: Told, event: str) -> dict[str, object]:
    return next(one["data"] for one in told.events if one["event"] == event)


def test_everything_is_held_until_somebody_approves_it(guarded: Stage, withheld: Told) -> None:
    assert withheld.run.status == "SUCCEEDED", withheld.run
    assert withheld.changes == [] and len(entries(withheld)) > 1
    held = said(withheld, "cleanup_held")
    assert (held["held"], held["held_by"], held["approval"]) == (True, [], "always")
    assert held["held_resources"] == held["selected"] == len(entries(withheld))
    assert held["hash"] == guarded.session.summary(withheld.run)["hash"]


def test_a_person_without_the_right_is_refused(refusal: Result) -> None:
    assert refusal.exit_code == 3
    assert "operators@example.com may not decide about plans" in refusal.stderr


def test_the_next_run_deletes_exactly_what_was_approved(
    withheld: Told, spared: Planned, released: Told
) -> None:
    assert released.run.status == "SUCCEEDED", released.run
    approved = {key_of(one): one for one in entries(released) if not one.held}
    before = {key_of(one): one.binding for one in entries(withheld)}
    assert approved and all(before[key] == one.binding for key, one in approved.items())
    assert key_of(spared) not in approved and key_of(spared) in released.existing
    assert not approved.keys() & released.existing
    outcomes = [one for found in released.progress.values() for one in found.values()]
    assert len(outcomes) == len(approved)
    assert {one["status"] for one in outcomes} == {"gone"}
    names = released.names()
    assert names[names.index("cleanup") + 1 :][:2] == ["cleanup_held", "post_cleanup"]
    held = said(released, "cleanup_held")
    left = len(entries(released)) - len(approved)
    assert (held["held"], held["held_resources"]) == (False, left)


def test_the_ledger_names_who_approved(guarded: Stage, released: Told) -> None:
    (key,) = guarded.session.bucket.keys(APPROVALS)
    assert ":approvers@example.com/" in key
    assert json.loads(guarded.session.bucket.read_text(key))["note"] == "INC-42"
    lines = [line for ledger in released.ledgers.values() for line in ledger]
    assert lines and all(line["approvals"] == [key] for line in lines)
    assert list(guarded.session.summary(released.run)["approvals"]) == [key]


@dataclass(frozen=True)
class Later:
    """Expired volumes, and runs after decisions about them; all need an approval.

    `approved` was approved before `new`, `refused` and `late` existed. Afterwards, `refused` was
    rejected, and `late` was approved for a second that has passed.
    """

    approved: Item
    refused: Item
    late: Item
    after_approval: Told
    after_rejection: Told


@pytest.fixture(scope="module")
def later(guarded: Stage, permitted: Told) -> Later:
    """Three more runs, which make their own waste."""
    session = guarded.session
    site = Site(Estate(created=now()), session.client, SANDBOX, REGIONS[0])
    session.configure(cleanup=cleanup(dry_run=False, approval="always"))
    keys = person(session, "deciders", "ViewerPolicyArn", "ApproverPolicyArn")

    def expired(name: str) -> Item:
        return site.volume(site.aged(9, Name=name, owner="kim", expiration="1d"))

    def decide(*words: str) -> None:
        answer = ebbtide(session, keys, "plan", *words, "--yes")
        assert answer.exit_code == 0, answer.stderr

    approved = expired("approved")
    guarded.run("before-approval")
    decide("approve", "--all")
    refused, late = expired("refused"), expired("late")
    after_approval = guarded.run("after-approval")
    decide("reject", "--all", "--except", graph_id(late.key), "--note", "in use")
    decide("approve", "--all", "--except", graph_id(refused.key), "--until", "1s")
    time.sleep(1)
    after_rejection = guarded.run("after-rejection")
    session.configure(cleanup=cleanup(dry_run=False))
    return Later(approved, refused, late, after_approval, after_rejection)


def test_what_appears_after_an_approval_is_held_alone(later: Later) -> None:
    told = later.after_approval
    assert later.approved.key not in told.existing
    assert {later.refused.key, later.late.key} <= told.existing
    held = {key_of(one) for one in entries(told) if one.held}
    assert held == {later.refused.key, later.late.key}
    assert said(told, "cleanup_held")["held"] is False


def test_what_was_rejected_and_what_was_approved_too_long_ago_stay(later: Later) -> None:
    told = later.after_rejection
    assert told.changes == [] and {later.refused.key, later.late.key} <= told.existing
    refused = told.refused()[later.refused.key]
    assert refused.code == "rejected" and "in use" in refused.reason
    assert {key_of(one) for one in entries(told) if one.held} == {later.late.key}
