"""What lies in a VPC that another rule selected goes with it, unless something lives there."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.model.resource import Resource
from ebbtide.rules.finding import Finding
from ebbtide.rules.rule import Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "vpcs"
VPC = "aws_vpc"
INSTANCE = "aws_ec2_instance"
ELASTIC_IP = "aws_ec2_elastic_ip"

# Kinds that have no life of their own apart from their network; anything else found in the VPC
# blocks its deletion instead.
PARTS = frozenset(
    {
        "aws_vpc_peering_connection",
        "aws_ec2_network_acl",
        "aws_ec2_network_interface",
        "aws_elb",
        "aws_alb",
        "aws_alb_target_group",
        "aws_ec2_subnet",
        "aws_ec2_security_group",
        "aws_ec2_internet_gateway",
        "aws_ec2_nat_gateway",
        "aws_ec2_route_table",
        "aws_vpc_endpoint",
        ELASTIC_IP,
    }
)


class VpcsOptions(RuleOptions):
    """Whatever lies in a VPC that another rule selected, unless something in it still lives."""


def abandoned_vpcs(situation: Situation, _: VpcsOptions) -> Iterator[Finding]:
    """Select what goes with each selected VPC, or veto the VPC if something in it is alive."""
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
        reason = f"instances in it are alive and stay: {names}"
        yield Finding(vpc.graph_id, NAME, "veto", reason, facts, overriding=True)
        return
    for resource in _parts(situation, inside):
        yield Finding(
            resource.graph_id,
            NAME,
            "select",
            f"lies in {vpc.name}, which is cleaned up",
            {"vpc": vpc.id},
            negates=(INSTANCE,),
            part_of=vpc.graph_id,
        )


def _parts(situation: Situation, inside: list[Resource]) -> list[Resource]:
    # What AWS itself made for one of the parts, such as a NAT gateway's interface, goes with that.
    found = {
        resource.graph_id: resource
        for resource in inside
        if resource.kind in PARTS and not resource.ended and resource.keep_reason is None
    }
    # An address outlives the gateway or interface that holds it, and would be paid for ever after.
    for name in list(found):
        for address in situation.inventory.sources(name, "delete"):
            if address.kind == ELASTIC_IP:
                found[address.graph_id] = address
    return [found[name] for name in sorted(found)]


VPCS = Rule(NAME, VpcsOptions, abandoned_vpcs, extends=True)
