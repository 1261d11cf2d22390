"""A plan of a run that was started for some regions leaves everything else alone."""

from __future__ import annotations

from ebbtide.config import parse_config
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Plan
from ebbtide.plan.planning import make_plan
from tests.support.builders import (
    NOW,
    REGION,
    codes,
    delete_edge,
    ids,
    inventory,
    owns_edge,
    resource,
    volume,
)

GONE = {"ebbtide:expires": "2020-01-01"}
CONFIG = parse_config("rules: {expired: {enabled: true}}")
ELSEWHERE = "us-west-2"


def machine(region: str = REGION, **rest: str) -> Resource:
    return resource("aws_ec2_instance", "i-1", tags={**GONE, **rest}, region=region)


def planned(world: Inventory, *regions: str) -> Plan:
    return make_plan(world, CONFIG, run_id="r", manifest="m", now=NOW, regions=regions)


def test_what_lies_elsewhere_is_refused_and_all_is_planned_without_a_limit() -> None:
    world = inventory([volume("vol-1", tags=GONE)])
    assert ids(planned(world).planned) == ids(planned(world, REGION).planned) == {"vol-1"}
    plan = planned(world, ELSEWHERE)
    assert (plan.planned, codes(plan.refused)) == ((), {"vol-1": "not_asked"})
    assert plan.refused[0].reason == f"the run was started only for {ELSEWHERE}"


def test_a_protected_resource_is_said_to_be_protected() -> None:
    world = inventory([machine(**{"ebbtide:protected": "true"})])
    assert codes(planned(world, ELSEWHERE).refused) == {"i-1": "protected"}


def test_an_owner_of_something_elsewhere_is_refused() -> None:
    owner, owned = machine(), resource("aws_ec2_volume", "vol-1", region=ELSEWHERE)
    world = inventory([owner, owned], [owns_edge(owner, owned)])
    assert ids(planned(world, REGION, ELSEWHERE).planned) == {"i-1", "vol-1"}
    plan = planned(world, REGION)
    assert (plan.planned, codes(plan.refused)) == ((), {"i-1": "not_asked"})


def test_what_stays_elsewhere_blocks_as_always() -> None:
    disk, user = volume("vol-1", tags=GONE), machine(ELSEWHERE)
    world = inventory([disk, user], [delete_edge(disk, user)])
    assert codes(planned(world, REGION).refused) == {"vol-1": "blocked", "i-1": "not_asked"}
