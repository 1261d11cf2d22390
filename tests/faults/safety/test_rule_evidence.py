"""No built-in rule selects a resource in use, whichever reads of its users failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from ebbtide.base.clock import to_text
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from tests.support.builders import (
    ACCOUNT,
    ALL_RULES,
    NOW,
    REGION,
    days_ago,
    default_edge,
    delete_edge,
    full_coverage,
    ids,
    instance,
    inventory,
    owns_edge,
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
    machine, scaling = (
        instance("i-0123456789abcdef0", tags=TAGGED),
        resource("aws_autoscaling_group", "asg"),
    )
    forwarding = {"listeners": [{"default_actions": [{"type": "forward"}]}]}
    balancer = resource("aws_alb", "balancer", properties=forwarding)
    service = resource("aws_ecs_service", "service")
    served, empty = target_group([machine.id]), target_group()
    classic = resource("aws_elb", "classic", properties={"backends": [machine.id]})
    waiting = resource("aws_elb", "classic", properties={"backends": []})
    unattached = target_group(arns=())
    dimensions = [{"name": "InstanceId", "value": machine.id}]
    alarm = resource("aws_cloudwatch_alarm", "alarm", properties={"dimensions": dimensions})
    listener = resource("aws_alb_listener", "listener")
    redirecting = {"actions": [{"type": "redirect"}]}
    rule = resource("aws_alb_listener_rule", "rule", properties=redirecting)
    listening = (owns_edge(balancer, listener), owns_edge(listener, rule))
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
        "balancer with a rule that redirects": InUse(balancer, (rule,), (listener,), listening),
        "such a balancer with an idle group": InUse(
            balancer, (rule,), (listener, empty), (*listening, default_edge(balancer, empty))
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


# What of a case is named by the id of one of its users.
NAMES_USERS = [
    "balancer with a living target",
    "classic balancer with a living instance",
    "alarm on a living instance",
]


def test_no_cell_is_unsafe(record_property: Callable[[str, object], None]) -> None:
    cells = {(name, "seen"): inventory(case.everything, case.edges) for name, case in CASES.items()}
    for name, case in CASES.items():
        cells |= {(name, gap): without_users(case, gap) for gap in (*GAPS, "stale account")}
    cells |= {(name, "born since"): born_since(CASES[name]) for name in NAMES_USERS}
    unsafe = [
        cell
        for cell, world in cells.items()
        if CASES[cell[0]].victim.id in ids(planned(world, RULES).planned)
    ]
    record_property("cells", len(cells))
    # pytest -s shows it, and the report of a run has it as a property.
    sys.stdout.write(f"\nrules: {len(cells)} cells, {len(unsafe)} unsafe\n")
    assert len(cells) > 150
    assert unsafe == []


@pytest.mark.parametrize("name", NAMES_USERS)
def test_what_names_a_user_born_since_its_kind_was_listed_stays(name: str) -> None:
    victim = CASES[name].victim.id
    assert victim not in ids(planned(born_since(CASES[name]), RULES).planned)
    # Only an earlier reading that found the same tells that the user is not there.
    assert victim in ids(planned(born_since(CASES[name], known=days_ago(1)), RULES).planned)


def born_since(case: InUse, known: datetime = NOW) -> Inventory:
    """Return a complete reading without the users, although the others name them."""
    dangling = {user.kind: {user.id: to_text(known)} for user in case.users}
    seen = [replace(one, dangling=dangling) for one in (case.victim, *case.others)]
    hidden = {user.graph_id for user in case.users}
    return inventory(seen, [edge for edge in case.edges if not hidden & {edge.source, edge.target}])


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
