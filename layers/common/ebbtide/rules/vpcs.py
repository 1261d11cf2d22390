"""Selects the parts of a VPC that another rule selected, unless instances in it stay.

Relations declare what a part of a VPC is (`Relation.part`). Anything else in the VPC blocks its
deletion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ebbtide.kinds import parts_of
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.rules.finding import Finding, part_finding
from ebbtide.rules.rule import Neighbour, Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "vpcs"
VPC = "aws_vpc"
INSTANCE = "aws_ec2_instance"
ELASTIC_IP = "aws_ec2_elastic_ip"
# In the facts of a part: the id of its VPC.
VPC_FACT = "vpc"


class VpcsOptions(RuleOptions):
    """The parts of a VPC that another rule selected, unless instances in the VPC stay."""


def abandoned_vpcs(situation: Situation, _: VpcsOptions) -> Iterator[Finding]:
    """Select the parts of each selected VPC, or veto the VPC if instances in it stay."""
    inventory, selected = situation.inventory, situation.selected
    vpcs = [vpc for vpc in inventory.of_kind(VPC) if vpc.graph_id in selected]
    going = with_owned(inventory, selected) if vpcs else frozenset[str]()
    for vpc in vpcs:
        yield from parts_of_vpc(inventory, going, vpc, NAME)


def why_not(situation: Situation, _: VpcsOptions, resource: Resource) -> str:
    """Return why a resource is no part of a selected VPC, nor one that must stay; "" if it is."""
    inventory, selected = situation.inventory, situation.selected
    if resource.kind == VPC:
        if resource.graph_id not in selected:
            return "no rule or job selects this VPC"
        going = with_owned(inventory, selected)
        return "" if _living(inventory, going, resource) else "the rule selects only parts of VPCs"
    going = with_owned(inventory, selected)
    around = [vpc for vpc in inventory.of_kind(VPC) if resource in _parts_of(inventory, vpc)]
    if not around:
        return "it is not a part of a VPC"
    chosen = [vpc for vpc in around if vpc.graph_id in selected]
    if not chosen:
        return f"it is a part of VPC {around[0].name}, which no rule or job selects"
    if all(_living(inventory, going, vpc) for vpc in chosen):
        return f"it is a part of VPC {chosen[0].name}, in which an instance stays"
    return ""


def with_owned(inventory: Inventory, names: Iterable[str]) -> set[str]:
    """Return these resources and all that AWS deletes together with them."""
    found, waiting = set(names), list(names)
    while waiting:
        for edge in inventory.edges_out(waiting.pop(), "owns"):
            if edge.target not in found:
                found.add(edge.target)
                waiting.append(edge.target)
    return found


def parts_of_vpc(
    inventory: Inventory, going: Collection[str], vpc: Resource, rule: str
) -> Iterator[Finding]:
    """Yield the selections of a VPC's parts by a rule, or its veto if instances in it stay."""
    living = _living(inventory, going, vpc)
    if living:
        names = ", ".join(resource.name for resource in living)
        facts = {"instances": [resource.id for resource in living]}
        reason = f"contains instances that are not being deleted: {names}"
        yield Finding(vpc.graph_id, rule, "veto", reason, facts, overriding=True)
        return
    for part in _parts_of(inventory, vpc):
        yield part_finding(rule, part, vpc, {VPC_FACT: vpc.id}, negates=(INSTANCE,))


def _living(inventory: Inventory, going: Collection[str], vpc: Resource) -> list[Resource]:
    """Return the instances in a VPC that live and stay."""
    return [
        resource
        for resource in inventory.descendants(vpc.graph_id, "delete")
        if resource.kind == INSTANCE and not resource.ended and resource.graph_id not in going
    ]


def _parts_of(inventory: Inventory, vpc: Resource) -> list[Resource]:
    inside, parts = inventory.descendants(vpc.graph_id, "delete"), parts_of(VPC)
    # AWS deletes what it created for one of these itself, such as a NAT gateway's interface.
    found = {
        resource.graph_id: resource
        for resource in inside
        if resource.kind in parts and not resource.ended and resource.keep_reason is None
    }
    # An address outlives the gateway or interface that holds it, and would keep costing money.
    for name in list(found):
        for address in inventory.sources(name, "delete"):
            # One that AWS manages goes with what it belongs to.
            if address.kind == ELASTIC_IP and address.keep_reason is None:
                found[address.graph_id] = address
    return [found[name] for name in sorted(found)]


def looked_at(_: str) -> tuple[Neighbour, ...]:
    """Return what the rule looks at: the VPC, its parts and the instances in it."""
    names = {VPC, INSTANCE, ELASTIC_IP, *parts_of(VPC)}
    return tuple(Neighbour(name) for name in sorted(names))


VPCS = Rule(NAME, VpcsOptions, abandoned_vpcs, why_not, extends=True, looks_at=looked_at)
