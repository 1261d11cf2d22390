"""No built-in rule selects a resource in use, whichever reads of its users failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pytest

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from tests.support.builders import (
    ACCOUNT,
    ALL_RULES,
    REGION,
    default_edge,
    delete_edge,
    full_coverage,
    ids,
    instance,
    inventory,
    planned,
    resource,
    volume,
    without_members,
)

RULES = ALL_RULES.replace(
    "untagged: {enabled: true}", "untagged: {enabled: true, kinds: [aws_ec2_instance]}"
)
GAPS = ("denied", "throttled", "failed", "timed_out", "suspect", "skipped", "not collected")
EXPIRED = {"ebbtide:expires": "2020-01-01"}
TAGGED = {"owner": "x", "expiration": "9y"}


@dataclass(frozen=True)
class InUse:
    """A resource that must not be selected, its users, and the edges between them."""

    victim: Resource
    users: tuple[Resource, ...]
    others: tuple[Resource, ...]
    edges: tuple[Edge, ...]

    @property
    def everything(self) -> tuple[Resource, ...]:
        return (self.victim, *self.users, *self.others)


def target_group(backends: Iterable[str] = (), arns: Iterable[str] = ("arn",)) -> Resource:
    properties = {
        "target_type": "instance",
        "backends": list(backends),
        "load_balancer_arns": list(arns),
    }
    return resource("aws_alb_target_group", "group", properties=properties)


def cases() -> Mapping[str, InUse]:
    machine, scaling = instance("i-1", tags=TAGGED), resource("aws_autoscaling_group", "asg")
    forwarding = {"listeners": [{"default_actions": [{"type": "forward"}]}]}
    balancer = resource("aws_alb", "balancer", properties=forwarding)
    service = resource("aws_ecs_service", "service")
    served, empty = target_group(["i-1"]), target_group()
    classic = resource("aws_elb", "classic", properties={"backends": ["i-1"]})
    waiting = resource("aws_elb", "classic", properties={"backends": []})
    unattached = target_group(arns=())
    dimensions = [{"name": "InstanceId", "value": "i-1"}]
    alarm = resource("aws_cloudwatch_alarm", "alarm", properties={"dimensions": dimensions})
    in_group = (default_edge(balancer, served), default_edge(served, machine))
    return {
        "balancer with a living target": InUse(balancer, (machine,), (served,), in_group),
        "balancer of such a target group": InUse(balancer, (served,), (machine,), in_group),
        "balancer of an Auto Scaling group at zero": InUse(
            balancer,
            (scaling,),
            (empty,),
            (default_edge(balancer, empty), default_edge(scaling, empty)),
        ),
        "balancer of an ECS service at zero": InUse(
            balancer,
            (service,),
            (empty,),
            (
                default_edge(balancer, empty),
                default_edge(service, empty),
                delete_edge(empty, service),
            ),
        ),
        "classic balancer with a living instance": InUse(
            classic, (machine,), (), (default_edge(classic, machine),)
        ),
        "classic balancer of an Auto Scaling group at zero": InUse(
            waiting, (scaling,), (), (default_edge(scaling, waiting),)
        ),
        "target group of an Auto Scaling group": InUse(
            unattached, (scaling,), (), (default_edge(scaling, unattached),)
        ),
        "alarm on a living instance": InUse(alarm, (machine,), (), (default_edge(machine, alarm),)),
        **{f"VPC with {kind}": within_vpc(kind) for kind in LIVING_IN_VPC},
    }


LIVING_IN_VPC = (
    "aws_ec2_instance",
    "aws_rds_instance",
    "aws_lambda_function",
    "aws_eks_cluster",
    "aws_efs_mount_target",
    "aws_opensearch_domain",
    "aws_transfer_server",
    "aws_elasticache_subnet_group",
)


def within_vpc(kind: str) -> InUse:
    vpc = resource("aws_vpc", "vpc", tags=EXPIRED)
    subnet, living = resource("aws_ec2_subnet", "subnet"), resource(kind, "living", tags=TAGGED)
    edges = (delete_edge(vpc, subnet), delete_edge(subnet, living), delete_edge(vpc, living))
    return InUse(vpc, (living,), (subnet,), edges)


CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_to_be_in_use_stays(name: str) -> None:
    case = CASES[name]
    plan = planned(inventory(case.everything, case.edges), RULES)
    assert case.victim.id not in ids(plan.planned)


@pytest.mark.parametrize("gap", [*GAPS, "stale account"])
@pytest.mark.parametrize("name", CASES)
def test_what_may_be_in_use_stays_while_its_users_are_unread(name: str, gap: str) -> None:
    case = CASES[name]
    plan = planned(without_users(case, gap), RULES)
    assert case.victim.id not in ids(plan.planned)


def without_users(case: InUse, gap: str) -> Inventory:
    hidden = {user.graph_id for user in case.users}
    seen = [found for found in case.everything if found.graph_id not in hidden]
    edges = [edge for edge in case.edges if not hidden & {edge.source, edge.target}]
    kinds = {user.kind for user in case.users}
    stale = "2026-11-20T00:00:00Z" if gap == "stale account" else None
    states = {} if gap in ("not collected", "stale account") else dict.fromkeys(kinds, gap)
    coverage = [
        entry
        for entry in full_coverage(gaps=states)
        if gap != "not collected" or entry.kind not in kinds
    ]
    return Inventory(
        ACCOUNT,
        seen,
        edges,
        coverage,
        stale_since=stale,
        enabled_regions=(REGION,),
        stacks=without_members(seen),
    )


def test_a_volume_in_use_stays_although_no_instance_is_known() -> None:
    used = volume("vol-1", status="in-use")
    assert not planned(inventory([used]), RULES).planned
    free = replace(used, properties={**used.properties, "volume_status": "available"})
    assert ids(planned(inventory([free]), RULES).planned) == {"vol-1"}


@pytest.mark.parametrize(
    "tags",
    [TAGGED, {"Owner": "x", "Expiration": "9y"}, {"OWNER": "x", "expiration ": "9y"}],
    ids=str,
)
def test_a_tagged_instance_is_not_taken_for_untagged(tags: dict[str, str]) -> None:
    assert not planned(inventory([instance("i-1", tags=tags)]), RULES).planned


def test_an_instance_of_unknown_tags_is_not_taken_for_untagged() -> None:
    plan = planned(inventory([instance("i-1", unknown_tags=True)]), RULES)
    assert not plan.planned
    assert [entry.code for entry in plan.undecided] == ["unreadable"]
