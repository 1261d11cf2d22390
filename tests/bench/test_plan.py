"""The account that bench/plan plans, and how the work of planning grows with it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest

from bench.plan import faults
from bench.plan_estate import (
    ALL_RULES,
    CODED,
    NOW,
    QUIET,
    REGIONS,
    WITH_LIBRARY,
    coverage,
    making,
)
from ebbtide.base.clock import from_text
from ebbtide.config import parse_config
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.rules import registry


def small(count: int) -> Inventory:
    """Return an account of so many applications."""
    made = making(count)
    return Inventory(
        "111122223333",
        (Resource.from_line(line) for one in made for line in one.lines),
        (Edge.from_line(edge.to_line()) for one in made for edge in one.edges),
        coverage(),
        enabled_regions=(*REGIONS, *QUIET),
        stacks={stack.stack: stack for one in made for stack in one.stacks},
    )


def plan_of(account: Inventory) -> Plan:
    config = parse_config(ALL_RULES)
    return make_plan(account, config, run_id="r", manifest="m", now=from_text(NOW))


def test_every_rule_selects_and_about_two_fifths_are_selected() -> None:
    account = small(50)
    plan = plan_of(account)
    entries = (*plan.planned, *plan.refused, *plan.undecided)
    assert {rule for one in entries for rule in one.rules} == set(CODED)
    assert {rule for one in plan.planned for rule in one.rules} == set(CODED)
    assert not plan.undecided
    assert 0.35 < len(entries) / len(account.resources) < 0.55
    assert {one.code for one in plan.refused} >= {"owned", "blocked"}
    types = Counter(type for one in making(10) for type in (edge.type for edge in one.edges))
    assert set(types) == {"default", "delete", "needed", "owns"}


def steps(account: Inventory) -> int:
    """Return the number of functions that planning calls, and of values that generators yield."""
    count = 0

    def counting(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        plan_of(account)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.full
def test_planning_takes_work_in_proportion_to_the_account() -> None:
    plan_of(small(1))  # what is cached for the life of the process
    few, many = small(20), small(80)
    growth = len(many.resources) / len(few.resources)
    assert steps(many) < 1.15 * growth * steps(few)


def figures(
    resources: float, cpu: float, peak: float, *, library: float = 1.0
) -> dict[str, dict[str, float]]:
    """Return figures of one size; all rules take `library` times the CPU of the rules of code."""
    return {
        "size": {"resources": resources},
        "ours": {"cpu": cpu, "peak": peak},
        "library": {"cpu": cpu * library, "peak": peak},
    }


def test_what_grows_too_fast_is_named() -> None:
    assert faults([figures(10, 1, 100), figures(100, 12, 1_200)]) == []
    assert len(faults([figures(10, 1, 100), figures(100, 12.1, 1_200)])) == 2
    assert len(faults([figures(10, 1, 100), figures(100, 12, 1_201)])) == 2
    assert len(faults([figures(10, 1, 8_193)])) == 1


def test_a_library_that_costs_more_than_the_rules_of_code_is_named() -> None:
    assert faults([figures(10, 1, 100, library=2)]) == []
    assert faults([figures(10, 1, 100, library=2.1)]) == [
        "10 resources take 2.1 times the CPU with all rules"
    ]


def test_the_library_is_on_beside_the_rules_of_code() -> None:
    config = parse_config(WITH_LIBRARY)
    all_rules = (*config.rules.every(), *config.rules.advising())
    assert {rule.name for rule, options in all_rules if options.enabled} == set(registry())
    assert set(registry()) > set(CODED)
