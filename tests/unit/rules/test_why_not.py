"""Each reason of each rule not to select a resource: one world per reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import yaml

from ebbtide.config import parse_config
from ebbtide.model.final_copies import final_copy
from ebbtide.model.resource import Edge, Resource
from ebbtide.rules import registry
from ebbtide.rules.finding import ENDED
from ebbtide.rules.situation import Situation
from tests.support.builders import (
    NOW,
    days_ago,
    default_edge,
    delete_edge,
    instance,
    inventory,
    resource,
    volume,
)

ELSEWHERE = ["444455556666"]
ID = "i-0123456789abcdef0"
FINAL = final_copy("DBClusterSnapshotIdentifier").why


@dataclass(frozen=True)
class Case:
    """A rule asked about the first resource of a world; an empty `reason` means it is selected."""

    rule: str
    reason: str
    world: list[Resource]
    edges: Iterable[Edge] = ()
    options: dict[str, Any] = field(default_factory=dict)
    selected: frozenset[str] = frozenset()


def alarm(*instances: str) -> Resource:
    watched = [{"name": "InstanceId", "value": name} for name in instances]
    return resource("aws_cloudwatch_alarm", "alarm", properties={"dimensions": watched})


def group(**rest: Any) -> Resource:
    properties = {"target_type": "instance", "load_balancer_arns": ["lb"]}
    return resource("aws_alb_target_group", "group", **{"properties": properties} | rest)


def used(days: float) -> Resource:
    """Return a volume that was last used so many days ago."""
    known = {
        "last_used": days_ago(days).isoformat(),
        "last_use_known_since": "2026-10-01T00:00:00Z",
    }
    one = volume("vol")
    return replace(one, properties={**one.properties, **known})


def alarms() -> Iterable[Case]:
    yield Case("alarms", "it is not an aws_cloudwatch_alarm", [volume("vol")])
    yield Case(
        "alarms",
        "rules.alarms.accounts does not list account 111122223333",
        [alarm(ID)],
        options={"accounts": ELSEWHERE},
    )
    yield Case("alarms", "", [alarm(ID)], options={"accounts": ["111122223333"]})
    yield Case("alarms", "it watches no instance", [alarm()])
    yield Case("alarms", f"it watches {ID}, which exists", [alarm(ID), instance(ID)])
    yield Case("alarms", "", [alarm(ID), instance(ID, "terminated")])
    yield Case("alarms", "it watches mi-1, which is not an instance of EC2", [alarm(ID, "mi-1")])


def expired() -> Iterable[Case]:
    def tagged(value: str, **rest: Any) -> list[Resource]:
        return [volume("vol", tags={"expiration": value}, **rest)]

    yield Case("expired", ENDED, tagged("1d", ended=True))
    yield Case("expired", "its tags could not be read", [volume("vol", unknown_tags=True)])
    yield Case("expired", "it has no expiration tag", [volume("vol")])
    yield Case("expired", "its tag expiration=never means that it never expires", tagged("never"))
    yield Case("expired", "it expires in 20d (tag expiration=30d)", tagged("30d", age_days=10))
    yield Case("expired", "", tagged("30d", age_days=40))


def final_snapshots() -> Iterable[Case]:
    def snapshot(**rest: Any) -> list[Resource]:
        given = {"age_days": 40, "keep_reason": FINAL, **rest}
        return [resource("aws_rds_cluster_snapshot", "ebbtide-final-x-1", **given)]

    rule = "final_snapshots"
    yield Case(rule, "it is not a final snapshot of Ebbtide", snapshot(keep_reason=None))
    yield Case(rule, "it is not a final snapshot of Ebbtide", [volume("vol")])
    yield Case(rule, ENDED, snapshot(ended=True))
    yield Case(rule, "it is 20d old, not older than keep (30d)", snapshot(age_days=20))
    yield Case(rule, "", snapshot())


def load_balancers() -> Iterable[Case]:
    rule = "load_balancers"
    classic = resource("aws_elb", "classic", properties={"backends": [ID]})
    balancer = resource("aws_alb", "balancer")
    scaling = resource("aws_autoscaling_group", "scaling")
    young, reason = {"age_days": 1}, "it is 1d old, not older than min_age (7d)"
    yield Case(rule, "it is neither a load balancer nor a target group", [volume("vol")])
    yield Case(rule, ENDED, [resource("aws_elb", "classic", ended=True)])
    yield Case(
        rule, "it is 1d old, not older than min_age (7d)", [resource("aws_alb", "b", **young)]
    )
    yield Case(rule, reason, [group(**young)])
    yield Case(
        rule,
        "an Auto Scaling group registers its instances there",
        [classic, scaling],
        [default_edge(scaling, classic)],
    )
    live = instance(ID)
    yield Case(rule, "it has live instances", [classic, live])
    yield Case(rule, "", [classic])
    lambdas = group(properties={"target_type": "lambda", "load_balancer_arns": ["lb"]})
    yield Case(
        rule,
        "its target group group is not idle: its targets are of type lambda",
        [balancer, lambdas],
        [default_edge(balancer, lambdas)],
    )
    new = group(**young)
    yield Case(
        rule,
        f"its target group group is not idle: {reason}",
        [balancer, new],
        [default_edge(balancer, new)],
    )
    holding = {"target_type": "instance", "backends": [ID], "load_balancer_arns": ["lb"]}
    busy = group(properties=holding)
    yield Case(
        rule,
        "its target group group is not idle: it has live instances",
        [balancer, busy, live],
        [default_edge(balancer, busy)],
    )
    yield Case(rule, "", [balancer, busy], [default_edge(balancer, busy)])
    # What is no load balancer does not make a group idle, whatever it would say of one.
    other = "a load balancer that is not idle uses it"
    for kind in ("aws_autoscaling_group", "aws_alb_listener_rule"):
        using = resource(kind, "using")
        yield Case(rule, other, [group(), using], [default_edge(using, group())])
    yield Case(rule, "", [group(properties={"target_type": "ip"})])


def orphaned() -> Iterable[Case]:
    rule = "orphaned"

    def left(days: float, **rest: Any) -> list[Resource]:
        return [replace(volume("vol", **rest), orphaned_since=days_ago(days))]

    yield Case(rule, ENDED, left(40, ended=True))
    yield Case(
        rule,
        "rules.orphaned.kinds does not list aws_ec2_volume",
        left(40),
        options={"kinds": ["aws_ec2_snapshot"]},
    )
    yield Case(rule, "", left(40), options={"kinds": ["volume"]})
    yield Case(
        rule, "rules.orphaned.exclude lists volume", left(40), options={"exclude": ["volume"]}
    )
    yield Case(rule, "no owner of it is known to be gone", [volume("vol")])
    yield Case(
        rule,
        "its owners are known to be gone for 1d, not longer than min_age (14d)",
        left(1),
    )
    yield Case(rule, "", left(40))


def untagged() -> Iterable[Case]:
    rule = "untagged"
    yield Case(
        rule, "rules.untagged.kinds does not list aws_iam_role", [resource("aws_iam_role", "r")]
    )
    yield Case(
        rule,
        "rules.untagged.accounts does not list account 111122223333",
        [volume("vol")],
        options={"accounts": {ELSEWHERE[0]: None}},
    )
    yield Case(rule, ENDED, [volume("vol", ended=True)])
    tags = {"owner": "kim", "expiration": "9d"}
    yield Case(rule, "it has all of the tags owner, expiration", [volume("vol", tags=tags)])
    yield Case(
        rule,
        "it is 1d old, not older than min_age (3d)",
        [volume("vol", age_days=1)],
        options={"accounts": {"111122223333": "3d"}},
    )
    yield Case(rule, "", [volume("vol")])


def volumes() -> Iterable[Case]:
    rule = "volumes"
    yield Case(rule, "it is not a volume", [instance("i-1")])
    yield Case(rule, ENDED, [volume("vol", ended=True)])
    yield Case(rule, "its status is in-use, not available", [volume("vol", "in-use")])
    yield Case(rule, "its status is unknown, not available", [resource("aws_ec2_volume", "vol")])
    yield Case(rule, "it is 1d old, not older than min_age (14d)", [volume("vol", age_days=1)])
    yield Case(rule, "it is unknown when it last changed", [volume("vol", updated=None)])
    yield Case(
        rule,
        "it changed 1d ago, not longer than min_age (14d)",
        [volume("vol", updated=days_ago(1))],
    )
    asked = {"last_use": True}
    lately = used(13)
    yield Case(
        rule,
        f"it was last used {lately.properties['last_used']}, less than min_age (14d) ago",
        [lately],
        options=asked,
    )
    # Exactly as long ago as the option says is long enough.
    yield Case(rule, "", [used(14)], options=asked)
    yield Case(rule, "", [used(13)], options={"last_use": False})


def vpcs() -> Iterable[Case]:
    rule = "vpcs"
    vpc, subnet, live = resource("aws_vpc", "vpc"), resource("aws_ec2_subnet", "net"), instance("i")
    chosen = frozenset({vpc.graph_id})
    inside = [delete_edge(vpc, subnet)]
    lived_in = [*inside, delete_edge(vpc, live), delete_edge(subnet, live)]
    yield Case(rule, "no rule or job selects this VPC", [vpc])
    yield Case(rule, "the rule selects only parts of VPCs", [vpc, subnet], inside, selected=chosen)
    yield Case(rule, "", [vpc, subnet, live], lived_in, selected=chosen)
    yield Case(rule, "it is not a part of a VPC", [subnet, vpc])
    yield Case(rule, "it is a part of VPC vpc, which no rule or job selects", [subnet, vpc], inside)
    yield Case(
        rule,
        "it is a part of VPC vpc, in which an instance stays",
        [subnet, vpc, live],
        lived_in,
        selected=chosen,
    )
    yield Case(rule, "", [subnet, vpc], inside, selected=chosen)


OF_RULES = (
    alarms, expired, final_snapshots, load_balancers, orphaned, untagged, volumes, vpcs
)  # fmt: skip
CASES = [case for of_rule in OF_RULES for case in of_rule()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.reason or '-'}")
def test_a_rule_names_the_reason_and_selects_what_has_none(case: Case) -> None:
    rule = registry()[case.rule]
    config = parse_config(yaml.safe_dump({"rules": {case.rule: case.options}}))
    options = config.rules.of(rule)
    world = inventory(case.world, case.edges)
    situation = Situation(world, NOW, case.selected)
    asked = case.world[0]
    assert rule.why_not(situation, options, asked) == case.reason
    found = {finding.resource for finding in rule.find(situation, options)}
    assert (asked.graph_id in found) == (not case.reason)


def test_every_rule_that_selects_has_its_reasons_here() -> None:
    coded = {name for name, rule in registry().items() if rule.search is None}
    assert {case.rule for case in CASES} == coded
