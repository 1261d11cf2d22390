"""What reports say of awaited automations: who marked, who failed, who holds the plan."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.plan.basis import Basis
from ebbtide.plan.explaining import Explanation, explain
from ebbtide.plan.planning import decide
from ebbtide.report.problems import problems_of
from ebbtide.report.runs import RunResult, result_of
from tests.support.answered import KEYS, RUN_ID, Answered, volumes
from tests.support.builders import NOW, inventory

VOLUMES = volumes(2)
IDS = [one.graph_id for one in VOLUMES]
WHY = {"Error": "NotApproved", "Cause": "a freeze until Monday"}


def asked(name: str, event: str = "post_collect", **rest: Any) -> dict[str, Any]:
    return {"name": name, "event": event, **rest}


def result(world: Answered) -> RunResult:
    world.store.write_json(
        KEYS.plan_summary, {"held": False, "unplanned_accounts": [], "exceeded": [], "accounts": []}
    )
    return result_of(world.store, RUN_ID)


def test_holds_and_failures_are_reported_with_their_reason() -> None:
    world = Answered(
        [
            asked("calendar", "pre_cleanup"),
            asked("silent", timeout="5m"),
            asked("fine"),
            asked("never asked", "cleanup"),
        ],
        VOLUMES,
    )
    world.take("calendar", ended="failed", reason=WHY)
    world.take("silent", ended="timed_out", reason={"Error": "States.Timeout"})
    world.take("fine", {})
    found = result(world)
    assert (found.held, found.held_by, found.errors) == (True, ["calendar"], 2)
    assert [one["automation"] for one in found.automations] == ["silent", "fine", "calendar"]
    told = [
        (one.step, one.state, one.subjects, one.error) for one in problems_of(world.store, found)
    ]
    assert told == [
        (
            "automations",
            "timed_out",
            ("silent",),
            "no answer within 5m (States.Timeout, at post_collect)",
        ),
        (
            "automations",
            "held",
            ("calendar",),
            "a freeze until Monday (NotApproved, at pre_cleanup)",
        ),
    ]


def test_run_that_nobody_holds_is_not_held() -> None:
    world = Answered([asked("a", on_error="continue")], VOLUMES)
    world.take("a", ended="failed", reason=WHY)
    found = result(world)
    assert (found.held, found.held_by, found.errors) == (False, [], 1)


def explained(world: Answered, name: str) -> Explanation:
    basis = Basis(
        inventory(VOLUMES),
        world.run.config,
        RUN_ID,
        KEYS.manifest,
        NOW,
        marks=world.marks("cleanup_plan"),
    )
    return explain(decide(basis), name)


def said(found: Explanation) -> list[tuple[str, bool | None, str, str]]:
    return [(one.name, one.selects, one.action, one.reason) for one in found.automations]


def test_explanation_names_who_marked_a_resource_and_why() -> None:
    world = Answered([asked("owners", marks=["clean", "keep"])], VOLUMES)
    marks = [
        {"id": IDS[0], "mark": "clean", "reason": "no owner"},
        {"id": IDS[1], "mark": "keep", "reason": "asked by ann"},
    ]
    world.take("owners", {"marks": marks})
    first, second = (explained(world, name) for name in IDS)
    assert said(first) == [
        ("automation:owners", True, "clean", "no owner"),
        ("automation:owners", False, "protect", "it did not mark the resource"),
    ]
    assert "automation:owners selects it (no owner)" in first.verdict.sentence
    assert said(second) == [
        ("automation:owners", False, "clean", "it did not mark the resource"),
        ("automation:owners", True, "protect", "automation owners: asked by ann"),
    ]
    assert second.protections == ("protected by automation owners: asked by ann",)
    assert second.to_json()["automations"][1]["selects"] is True


@pytest.mark.parametrize("ended", ["failed", "timed_out"])
def test_explanation_says_what_is_unknown_without_a_valid_answer(ended: str) -> None:
    world = Answered(
        [asked("owners", marks=["clean", "keep"]), asked("late", "cleanup", marks="keep")], VOLUMES
    )
    world.take("owners", ended=ended, reason=WHY)
    found = explained(world, IDS[0])
    assert said(found) == [
        ("automation:owners", False, "clean", "it gave no valid answer at post_collect"),
        ("automation:owners", None, "protect", "it gave no valid answer at post_collect"),
    ]
    (unknown,) = found.protections
    assert unknown.startswith("unknown: the resources that automation owners keeps are unknown")
