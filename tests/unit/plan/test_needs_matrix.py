"""Every relation that keeps a resource, with every way to know or to miss the user."""

from __future__ import annotations

import sys

import pytest

from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL
from tests.support.effort import sampled
from tests.support.uses import (
    ANY_MAY_BREAK,
    EXPIRED,
    FREE,
    OTHER_REGION,
    OWNER,
    USED,
    Use,
    World,
    can_be_planned,
    carried,
    is_planned,
    planned_ids,
    region_of,
    uses,
)

USES = uses()
SOME = sampled(USES, 4)
NEEDED = [use for use in USES if use.form == "needed"]
# Users that can go as well.
GOING = [use for use in USES if can_be_planned(use.user)]


def cells(uses: list[Use], what: str) -> None:
    sys.stdout.write(f"{len(uses)} cells: {what}\n")


def test_both_forms_are_declared() -> None:
    assert len(USES) - len(NEEDED) > 500
    assert NEEDED


@pytest.mark.scaled
@pytest.mark.parametrize("way", USED)
def test_what_may_be_in_use_is_not_planned(way: str) -> None:
    assert [str(use) for use in SOME if is_planned(USED[way](World(use)))] == []
    cells(SOME, way)


@pytest.mark.scaled
@pytest.mark.parametrize("way", FREE)
def test_what_nothing_uses_is_planned(way: str) -> None:
    assert [str(use) for use in SOME if not is_planned(FREE[way](World(use)))] == []
    cells(SOME, way)


def test_what_is_needed_goes_with_its_users_in_any_order() -> None:
    faults = []
    for use in GOING:
        world = World(use)
        user = world.user(EXPIRED)
        edges = {edge for edge in world.edges(user) if edge.type in ("delete", "needed")}
        plan = world.plan(user, edges=edges)
        target = next((one for one in plan.planned if one.subject.id == "target"), None)
        waits = use.form == "order" and not use.relation.severable
        order = (user.graph_id,) if waits else ()
        if target is None or target.after != order or "user" not in planned_ids(plan):
            faults.append(str(use))
        elif use.form == "needed" and target.needed_by != (user.graph_id,):
            faults.append(f"{use}: not told")
    assert faults == []
    cells(GOING, "the user goes too")


def test_a_pair_that_may_break_is_planned_and_told() -> None:
    faults = []
    for use in NEEDED:
        world = World(use)
        user = world.user()
        edges = {edge for edge in world.edges(user) if edge.type == "needed"}
        plan = world.plan(user, edges=edges, config=ANY_MAY_BREAK)
        told = [one.user for entry in plan.planned for one in entry.breaks]
        if told != [user.graph_id]:
            faults.append(str(use))
    assert faults == []
    cells(NEEDED, "the user may break")


def test_nothing_that_orders_may_break() -> None:
    ordered = [use for use in USES if use.form == "order"]
    found = [World(use).plan(World(use).user(), config=ANY_MAY_BREAK) for use in ordered]
    assert not any(map(is_planned, found))
    cells(ordered, "only needs may break")


def test_what_goes_with_its_owner_keeps_it_while_needed() -> None:
    found = [use for use in NEEDED if OWNER not in (use.target, use.user)]
    assert [str(use) for use in found if planned_ids(carried(World(use)))] == []
    cells(found, "the target goes with its owner")


def test_a_user_is_looked_for_in_every_region_in_which_it_can_be() -> None:
    regional = [use for use in USES if region_of(use.user) != GLOBAL]
    faults = []
    for use in regional:
        relation = any(
            one.across_regions for one in registry()[use.user].relations if one.kind == use.target
        )
        afar = region_of(use.target) == GLOBAL or relation
        if is_planned(World(use).plan(state="denied", region=OTHER_REGION)) == afar:
            faults.append(str(use))
    assert faults == []
    cells(regional, "another region was not read")
