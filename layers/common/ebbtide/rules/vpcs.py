"""Selects the parts of a VPC that another rule selected, unless instances in it stay.

Each kind declares whether it goes with a VPC (`Kind.taken_down_with`). Anything else in the VPC
blocks its deletion.
"""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.kinds import taken_down_with
from ebbtide.model.resource import Resource
from ebbtide.rules.finding import Finding
from ebbtide.rules.rule import Neighbour, Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "vpcs"
VPC = "aws_vpc"
INSTANCE = "aws_ec2_instance"
ELASTIC_IP = "aws_ec2_elastic_ip"


class VpcsOptions(RuleOptions):
    """The parts of a VPC that another rule selected, unless instances in the VPC stay."""


def abandoned_vpcs(situation: Situation, _: VpcsOptions) -> Iterator[Finding]:
    """Select the parts of each selected VPC, or veto the VPC if instances in it stay."""
    for vpc in situation.inventory.of_kind(VPC):
        if vpc.graph_id in situation.selected:
            yield from _expanded(situation, vpc)


def _expanded(situation: Situation, vpc: Resource) -> Iterator[Finding]:
    inside = situation.inventory.descendants(vpc.graph_id, "delete")
    living = [
        resource
        for resource in inside
        if resource.kind == INSTANCE
        and not resource.ended
        and resource.graph_id not in situation.selected
    ]
    if living:
        names = ", ".join(resource.name for resource in living)
        facts = {"instances": [resource.id for resource in living]}
        reason = f"contains instances that are not being deleted: {names}"
        yield Finding(vpc.graph_id, NAME, "veto", reason, facts, overriding=True)
        return
    for resource in _taken_down(situation, inside):
        yield Finding(
            resource.graph_id,
            NAME,
            "select",
            f"inside VPC {vpc.name}, which is being deleted",
            {"vpc": vpc.id},
            negates=(INSTANCE,),
            part_of=vpc.graph_id,
        )


def _taken_down(situation: Situation, inside: list[Resource]) -> list[Resource]:
    parts = taken_down_with(VPC)
    # AWS deletes what it created for one of these itself, such as a NAT gateway's interface.
    found = {
        resource.graph_id: resource
        for resource in inside
        if resource.kind in parts and not resource.ended and resource.keep_reason is None
    }
    # An address outlives the gateway or interface that holds it, and would keep costing money.
    for name in list(found):
        for address in situation.inventory.sources(name, "delete"):
            # One that AWS manages goes with what it belongs to.
            if address.kind == ELASTIC_IP and address.keep_reason is None:
                found[address.graph_id] = address
    return [found[name] for name in sorted(found)]


def looked_at(_: str) -> tuple[Neighbour, ...]:
    """Return what the rule looks at: the VPC, its parts and the instances in it."""
    names = {VPC, INSTANCE, ELASTIC_IP, *taken_down_with(VPC)}
    return tuple(Neighbour(name) for name in sorted(names))


VPCS = Rule(NAME, VpcsOptions, abandoned_vpcs, extends=True, looks_at=looked_at)
