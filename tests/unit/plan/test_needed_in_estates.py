"""What the rules refuse as needed in plausible estates, each pair of kinds judged by a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.plan import Plan
from tests.support.builders import ALL_RULES, planned
from tests.support.estates import THEMES, counted, generated
from tests.support.paths import REPOSITORY
from tools.yaml_files import read_yaml

JUDGEMENTS = REPOSITORY / "tests" / "data" / "reviewed" / "needed.yaml"
JUDGED = {(needed, user) for needed, users in read_yaml(JUDGEMENTS).items() for user in users}
SEEDS = range(1, 7)


def going(plan: Plan) -> set[str]:
    return {entry.subject.graph_id for entry in plan.planned}


def refused_pairs(world: Inventory, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the kinds of what is needed, be it carried by what is refused, and of its users."""
    for entry in plan.refused:
        if entry.code == "needed":
            name = entry.subject.graph_id
            for gone in (world[name], *world.descendants(name, "owns")):
                users = {edge.target for edge in world.edges_out(gone.graph_id, "needed")}
                found = users & set(entry.blockers)
                yield from ((gone.kind, world[user].kind) for user in found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theme", THEMES)
def test_whatever_is_newly_refused_was_judged(theme: str, seed: int) -> None:
    world = generated(theme, seed).inventory()
    found = set(refused_pairs(world, planned(world, ALL_RULES)))
    assert sorted(found - JUDGED) == [], f"judge these in {JUDGEMENTS.name}"


@pytest.mark.parametrize("theme", THEMES)
def test_whatever_could_be_refused_was_judged(theme: str) -> None:
    kinds = {kind for kind, _ in counted(theme)}
    needs = {
        (relation.kind, kind)
        for kind in kinds
        for relation in registry()[kind].relations
        if relation.strength == "needed" and registry()[relation.kind].delete
    }
    missing = {pair for pair in needs if kinds.issuperset(pair)} - JUDGED
    assert sorted(missing) == [], f"judge these in {JUDGEMENTS.name}"


def test_judgements_are_of_kinds_that_exist() -> None:
    assert {kind for pair in JUDGED for kind in pair} <= set(registry())


@pytest.mark.parametrize("theme", THEMES)
def test_estates_have_waste_with_and_without_users(theme: str) -> None:
    world = generated(theme).inventory()
    plan = planned(world, ALL_RULES)
    assert len(plan.planned) > 20
    assert plan == planned(generated(theme).inventory(), ALL_RULES)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_that_goes_is_needed_by_what_stays(theme: str, seed: int) -> None:
    world = generated(theme, seed).inventory()
    gone = going(planned(world, ALL_RULES))
    assert [edge for name in gone for edge in stays(world, name, gone)] == []


def stays(world: Inventory, name: str, gone: set[str]) -> Iterator[str]:
    """Yield the living users of a resource that stay, other than those that only join what goes."""
    for edge in world.edges_out(name, "needed"):
        user = world[edge.target]
        joined = {other.source for other in world.edges_in(user.graph_id, "needed")}
        idle = registry()[user.kind].joins and joined <= gone
        if not user.ended and user.graph_id not in gone and not idle:
            yield user.graph_id


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theme", THEMES)
def test_needs_only_keep_and_change_no_order(theme: str, seed: int) -> None:
    estate = generated(theme, seed)
    without = planned(estate.inventory(needs=False), ALL_RULES)
    # Of several owners, another one may carry a resource when the first stays.
    after = {
        entry.subject.graph_id: set(entry.after)
        for entry in without.planned
        if entry.action == "delete"
    }
    plan = planned(estate.inventory(), ALL_RULES)
    assert going(plan) < going(without)
    assert {entry.code for entry in plan.refused} >= {"needed"}
    for entry in plan.planned:
        if entry.action == "delete":
            assert set(entry.after) <= after[entry.subject.graph_id]
