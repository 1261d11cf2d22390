"""What AWS protects by an attribute keeps itself, its owner and the whole that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ebbtide.kinds import registry
from ebbtide.model.deletion import NeverDelete
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan
from tests.faults.described import EXPIRED_ONLY, described, related
from tests.support.builders import codes, inventory, planned
from tests.unit.kinds.test_recorded_answers import list_documents, stored

type Item = dict[str, Any]

WITH_PARTS = (
    "rules: {expired: {enabled: true}, vpcs: {enabled: true}}\n"
    "cleanup: {limits: {percent_of_account: 100}}"
)
ACCOUNT = "111122223333"
BALANCERS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer"
PROTECTIONS = [
    pytest.param(kind.name, number, id=f"{kind.name}: {state.why}")
    for kind in registry().values()
    for number, state in enumerate(kind.never_delete)
    if state.protects
]


def protected(kind: str, number: int) -> Resource:
    """Build a resource from recorded answers, in the state of one of its kind's protections."""
    case = stored(kind)["never_delete"][number]
    return described(kind, {**list_documents(registry()[kind])[0], **case})


def state_of(kind: str, number: int) -> NeverDelete:
    return registry()[kind].never_delete[number]


def vpc(**tags: str) -> Resource:
    item = {"VpcId": "vpc-1", "OwnerId": ACCOUNT, "IsDefault": False}
    return described("aws_vpc", item, tags)


def nat_gateway() -> Resource:
    item = {
        "NatGatewayId": "nat-1",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "State": "available",
        "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}],
    }
    return described("aws_ec2_nat_gateway", item)


def address() -> Resource:
    return described("aws_ec2_elastic_ip", {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1"})


def untagged(resource: Resource) -> Resource:
    return replace(resource, tags={})


@pytest.mark.parametrize(("kind", "number"), PROTECTIONS)
def test_a_protected_resource_is_refused(kind: str, number: int) -> None:
    resource = protected(kind, number)
    plan = planned(inventory([resource]), EXPIRED_ONLY)
    assert not plan.planned
    assert codes(plan.refused) == {resource.id: "never_deleted"}
    assert state_of(kind, number).why in plan.refused[0].reason


@pytest.mark.parametrize(("kind", "number"), PROTECTIONS)
def test_an_owner_that_would_carry_it_along_is_refused(kind: str, number: int) -> None:
    owned = untagged(protected(kind, number))
    item = {"StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/owner/1"}
    owner = described(
        "aws_cloudformation_stack",
        {**item, "StackName": "owner", "StackStatus": "CREATE_COMPLETE"},
    )
    if owner.kind == owned.kind:
        owned = replace(owned, id=f"{owned.id}-nested")
    edge = Edge(owner.graph_id, owned.graph_id, "owns", owner.graph_id)
    plan = planned(inventory([owner, owned], [edge]), EXPIRED_ONLY)
    assert not plan.planned
    assert codes(plan.refused)[owner.id] == "owns_protected"


@pytest.mark.parametrize("alone", [True, False], ids=["selected alone", "selected as parts"])
@pytest.mark.parametrize(("kind", "number"), PROTECTIONS)
def test_nothing_of_the_whole_that_contains_it_is_planned(
    kind: str, number: int, alone: bool
) -> None:
    inside = protected(kind, number)
    parts = [nat_gateway(), address()]
    parts = parts if alone else [untagged(part) for part in parts]
    edges = [
        Edge(vpc().graph_id, inside.graph_id, "delete", inside.graph_id),
        Edge(vpc().graph_id, parts[0].graph_id, "delete", parts[0].graph_id),
        Edge(parts[1].graph_id, parts[0].graph_id, "delete", parts[0].graph_id),
    ]
    plan = planned(inventory([vpc(), inside, *parts], edges), WITH_PARTS)
    assert not plan.planned
    assert not plan.undecided
    assert codes(plan.refused) == {
        "vpc-1": "blocked",
        inside.id: "never_deleted",
        "nat-1": "part_of_refused",
        "eipalloc-1": "part_of_refused",
    }


def balancer(name: str, scheme: str, attributes: Mapping[str, str]) -> Resource:
    item = {
        "LoadBalancerName": name,
        "LoadBalancerArn": f"{BALANCERS}/app/{name}/1",
        "Scheme": scheme,
        "VpcId": "vpc-1",
        "State": {"Code": "active"},
        "AvailabilityZones": [{"SubnetId": "subnet-1"}],
        "LoadBalancerAttributes": [
            {"Key": key, "Value": value} for key, value in attributes.items()
        ],
    }
    return described("aws_alb", item)


def estate(**changes: Item) -> list[Resource]:
    """A VPC with balancers, an instance and a database; `changes` protect some of them."""
    attributes: dict[str, Item] = {"internal": {}, "public": {}} | changes
    instance = {
        "InstanceId": "i-1",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "State": {"Name": "running"},
        **changes.get("instance", {}),
    }
    database = {
        "DBInstanceIdentifier": "db-1",
        "DBInstanceStatus": "available",
        "Engine": "mysql",
        "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]},
        **changes.get("database", {}),
    }
    gateway = {"InternetGatewayId": "igw-1", "OwnerId": ACCOUNT}
    attached = {"Attachments": [{"VpcId": "vpc-1", "State": "available"}]}
    subnet = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": ACCOUNT}
    parts = [
        balancer("inside", "internal", attributes["internal"]),
        balancer("outside", "internet-facing", attributes["public"]),
        described("aws_ec2_internet_gateway", {**gateway, **attached}),
        described("aws_ec2_subnet", subnet),
        nat_gateway(),
        address(),
    ]
    due = [described("aws_ec2_instance", instance), described("aws_rds_instance", database)]
    return [vpc(), *due, *map(untagged, parts)]


SWITCHED_ON = {"deletion_protection.enabled": "true"}
SWITCHED_OFF = {"deletion_protection.enabled": "false"}


def plan_of_estate(**changes: Item) -> Plan:
    return planned(related(*estate(**changes)), WITH_PARTS)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("internal", SWITCHED_ON),
        ("public", SWITCHED_ON),
        ("instance", {"DisableApiTermination": {"Value": True}}),
        ("instance", {"DisableApiStop": {"Value": True}}),
        ("database", {"DeletionProtection": True}),
    ],
)
def test_nothing_in_a_vpc_is_planned_if_aws_protects_a_part(part: str, change: Item) -> None:
    plan = plan_of_estate(**{part: change})
    assert not plan.planned
    assert not plan.undecided
    assert set(codes(plan.refused).values()) <= {"never_deleted", "blocked", "part_of_refused"}
    assert any("protected by AWS" in entry.reason for entry in plan.refused)


def test_what_aws_protects_keeps_all_in_a_vpc_that_runs_on() -> None:
    changed = {"DisableApiTermination": {"Value": True}}
    resources = [
        untagged(one) if one.id == "i-1" else replace(one, tags=vpc().tags)
        for one in estate(instance=changed)
    ]
    plan = planned(related(*resources), WITH_PARTS)
    assert not plan.planned
    assert codes(plan.refused)["vpc-1"] == "vetoed"
    assert codes(plan.refused)["nat-1"] == "part_of_refused"


def test_what_stays_for_another_reason_keeps_the_parts_of_its_vpc() -> None:
    plan = plan_of_estate(database={"DBInstanceStatus": "incompatible-restore"})
    assert {entry.subject.id for entry in plan.planned} == {"i-1"}


def test_what_is_protected_by_its_tag_keeps_the_parts_of_its_vpc() -> None:
    tags = {"ebbtide:protected": "true", "ebbtide:expires": "2020-01-01"}
    resources = [replace(one, tags=tags) if one.id == "i-1" else one for one in estate()]
    gateway = [replace(one, tags=vpc().tags) if one.id == "nat-1" else one for one in resources]
    for found in (resources, gateway):
        plan = planned(related(*found), WITH_PARTS)
        assert {entry.subject.id for entry in plan.planned} == {"db-1"}


def test_a_vpc_without_protected_parts_goes_with_what_is_for_good_last() -> None:
    plan = plan_of_estate(internal=SWITCHED_OFF, public=SWITCHED_OFF)
    assert not plan.refused
    assert not plan.undecided
    wave = {entry.subject.id: entry.wave for entry in plan.planned}
    assert len(wave) == len(estate())
    independent = ("inside", "outside", "i-1", "db-1")
    assert max(wave[name] for name in independent) < wave["nat-1"]
    assert wave["nat-1"] < min(wave["subnet-1"], wave["igw-1"])
    assert max(wave["subnet-1"], wave["igw-1"]) < wave["eipalloc-1"] < wave["vpc-1"]


@pytest.mark.parametrize("tags", [{"ebbtide:protected": "true"}, {"keep-me": "x"}])
def test_a_protected_address_keeps_its_vpc(tags: Mapping[str, str]) -> None:
    kept = replace(address(), tags=tags)
    resources = [one if one.id != kept.id else kept for one in estate()]
    config = f"{WITH_PARTS}\nprotect: {{tags: {{keep-me: null}}}}"
    plan = planned(related(*resources), config)
    assert "aws_vpc" not in {entry.subject.kind for entry in plan.planned}
    assert "nat-1" not in {entry.subject.id for entry in plan.planned}
    assert codes(plan.refused)["vpc-1"] == "blocked"


def test_an_address_that_aws_manages_keeps_no_vpc() -> None:
    item = {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", "ServiceManaged": "alb"}
    managed = untagged(described("aws_ec2_elastic_ip", item))
    resources = [one if one.id != managed.id else managed for one in estate()]
    plan = planned(related(*resources), WITH_PARTS)
    assert {entry.subject.id for entry in plan.planned} == {
        one.id for one in resources if one.id != "eipalloc-1"
    }
