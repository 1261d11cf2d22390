"""What lies in a VPC that another rule selected goes with it, unless something lives there.

Each kind declares whether it goes with a VPC (`Kind.taken_down_with`). Anything else in the VPC
blocks its deletion.
"""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.kinds import taken_down_with
from ebbtide.resource import Resource
from ebbtide.rules.finding import Finding, Situation

RULE = "vpcs"
VPC = "aws_vpc"
INSTANCE = "aws_ec2_instance"
ELASTIC_IP = "aws_ec2_elastic_ip"


def abandoned_vpcs(situation: Situation, findings: list[Finding]) -> Iterator[Finding]:
    selected = {finding.resource for finding in findings if finding.verdict == "select"}
    for vpc in situation.inventory.of_kind(VPC):
        if vpc.graph_id in selected:
            yield from _expanded(situation, vpc, selected)


def _expanded(situation: Situation, vpc: Resource, selected: set[str]) -> Iterator[Finding]:
    inside = situation.inventory.descendants(vpc.graph_id, "delete")
    living = [
        resource
        for resource in inside
        if resource.kind == INSTANCE and not resource.ended and resource.graph_id not in selected
    ]
    if living:
        names = ", ".join(resource.name for resource in living)
        facts = {"instances": [resource.id for resource in living]}
        reason = f"instances in it are alive and stay: {names}"
        yield Finding(vpc.graph_id, RULE, "veto", reason, facts, overriding=True)
        return
    for resource in _taken_down(situation, inside):
        yield Finding(
            resource.graph_id,
            RULE,
            "select",
            f"lies in {vpc.name}, which is cleaned up",
            {"vpc": vpc.id},
            negates=(INSTANCE,),
            part_of=vpc.graph_id,
        )


def _taken_down(situation: Situation, inside: list[Resource]) -> list[Resource]:
    mere = taken_down_with(VPC)
    # What AWS itself made for one of these, such as a NAT gateway's interface, goes with that.
    found = {
        resource.graph_id: resource
        for resource in inside
        if resource.kind in mere and not resource.ended and resource.keep_reason is None
    }
    # An address outlives the gateway or interface that holds it, and would be paid for ever after.
    for name in list(found):
        for address in situation.inventory.sources(name, "delete"):
            if address.kind == ELASTIC_IP:
                found[address.graph_id] = address
    return [found[name] for name in sorted(found)]
