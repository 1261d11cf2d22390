"""A held plan, a person who may approve it, one who may not, and the run after it."""

from __future__ import annotations

import json

import pytest
from typer.testing import Result

from ebbtide.plan.model import Planned
from ebbtide.store.keys import APPROVALS
from tests.e2e.scenario import Stage, Told, key_of

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
