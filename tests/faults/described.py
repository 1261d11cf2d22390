"""Builds resources from items of AWS answers, as the collect step does, and their inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.graph.edges import relation_edges
from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.plan import Plan
from tests.support.builders import ACCOUNT, NOW, REGION, days_ago, inventory, planned

EXPIRED = {"ebbtide:expires": "2020-01-01"}
EXPIRED_ONLY = "rules: {expired: {enabled: true}}\ncleanup: {limits: {percent_of_account: 100}}"


def described(
    kind: str, item: Mapping[str, Any], tags: Mapping[str, str] | None = None
) -> Resource:
    """Build a resource from an item of an AWS answer; it is old, and its tag says it expired."""
    region = GLOBAL if registry()[kind].scope == "global" else REGION
    built = build_resource(registry()[kind], item, Place(ACCOUNT, region, "aws"))
    created = built.created or days_ago(200)
    return replace(
        built,
        tags={**EXPIRED, **(tags or {})},
        created=created,
        first_seen=created,
        updated=created,
        last_seen=NOW,
    )


def every_edge(resources: Iterable[Resource]) -> set[Edge]:
    """Return every edge that a declared relation allows between two of the resources."""
    found: set[Edge] = set()
    for one, other in permutations([resource.to_line() for resource in resources], 2):
        for relation in registry()[one["kind"]].relations:
            if relation.kind == other["kind"]:
                found.update(relation_edges(relation, one, other))
    return found


def related(*resources: Resource, gaps: Mapping[str, str] | None = None) -> Inventory:
    """Return an inventory of these resources, with every edge that their kinds allow."""
    return inventory(resources, every_edge(resources), gaps=gaps)


def plan_of(*resources: Resource) -> Plan:
    return planned(related(*resources), EXPIRED_ONLY)
