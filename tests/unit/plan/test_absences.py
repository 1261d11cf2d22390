"""What a resource names counts as absent only after two complete readings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    ALL_RULES,
    NOW,
    codes,
    days_ago,
    default_edge,
    delete_edge,
    ids,
    instance,
    inventory,
    planned,
    resource,
)

GONE = "i-0123456789abcdef0"
INSTANCE = "aws_ec2_instance"
BEFORE, NEW = {INSTANCE: {GONE: to_text(days_ago(1))}}, {INSTANCE: {GONE: to_text(NOW)}}
READINGS: dict[str, dict[str, Any]] = {"twice": BEFORE, "once": NEW, "never": {}}


def alarm(dangling: Any) -> Resource:
    dimensions = [{"name": "InstanceId", "value": GONE}]
    return resource(
        "aws_cloudwatch_alarm", "alarm", properties={"dimensions": dimensions}, dangling=dangling
    )


def classic(dangling: Any) -> Resource:
    return resource("aws_elb", "classic", properties={"backends": [GONE]}, dangling=dangling)


def group(dangling: Any, **more: Any) -> Resource:
    properties = {"target_type": "instance", "backends": [GONE], "load_balancer_arns": ["arn"]}
    return resource(
        "aws_alb_target_group", "group", properties=properties, dangling=dangling, **more
    )


BALANCER = resource(
    "aws_alb", "balancer", properties={"listeners": [{"default_actions": [{"type": "forward"}]}]}
)


@pytest.mark.parametrize("readings", READINGS)
@pytest.mark.parametrize("make", [alarm, classic], ids=["alarm", "classic balancer"])
def test_a_name_that_one_reading_did_not_find_is_a_doubt(make: Any, readings: str) -> None:
    victim = make(READINGS[readings])
    plan = planned(inventory([victim]), ALL_RULES)
    if readings == "twice":
        assert ids(plan.planned) == {victim.id}
    else:
        assert codes(plan.undecided) == {victim.id: "absence_unconfirmed"}


@pytest.mark.parametrize("readings", READINGS)
def test_the_targets_of_a_group_keep_its_balancer(readings: str) -> None:
    targets = group(READINGS[readings])
    plan = planned(inventory([BALANCER, targets], [default_edge(BALANCER, targets)]), ALL_RULES)
    assert ids(plan.planned) == ({"balancer", "group"} if readings == "twice" else set())


def test_what_aws_lists_as_terminated_needs_no_second_reading() -> None:
    world = inventory([alarm({}), instance(GONE, "terminated")])
    assert ids(planned(world, ALL_RULES).planned) == {"alarm"}


def test_another_name_that_is_older_does_not_help() -> None:
    other = {INSTANCE: {"i-0aaaaaaaaaaaaaaaa": to_text(days_ago(9))}}
    assert not planned(inventory([alarm(other)]), ALL_RULES).planned


@pytest.mark.parametrize("readings", ["twice", "once"])
def test_the_search_of_a_job_relies_on_two_readings_too(readings: str) -> None:
    targets = group(READINGS[readings])
    world = inventory([BALANCER, targets], [default_edge(BALANCER, targets)])
    assert ids(by_job(world, BALANCER).planned) == ({"balancer"} if readings == "twice" else set())
    assert ids(by_job(inventory([alarm(READINGS[readings])]), alarm({})).planned) == (
        {"alarm"} if readings == "twice" else set()
    )


def by_job(world: Any, victim: Resource) -> Plan:
    marks = CleanMarks("old", "post_collect", "idle", "...", "m", (INSTANCE,), (victim.graph_id,))
    return make_plan(
        world, parse_config(""), run_id="r", manifest="m", now=NOW, marks=Marks(clean=(marks,))
    )


def test_a_part_of_a_vpc_that_names_something_new_keeps_the_vpc() -> None:
    vpc = resource("aws_vpc", "vpc", tags={"ebbtide:expires": "2020-01-01"})
    for dangling, expected in ((BEFORE, {"vpc", "group"}), (NEW, set())):
        targets = group(dangling)
        world = inventory([vpc, targets], [delete_edge(vpc, targets)])
        assert ids(planned(world, ALL_RULES).planned) == expected


def test_a_balancer_stays_with_a_target_group_that_stays() -> None:
    rules = "rules: {load_balancers: {enabled: true}, expired: {enabled: true}}"
    kept = group(BEFORE, tags={"ebbtide:protected": "true"})
    plan = planned(inventory([BALANCER, kept], [default_edge(BALANCER, kept)]), rules)
    assert not plan.planned
    assert codes(plan.refused) == {"balancer": "blocked", "group": "protected"}
    expired = replace(BALANCER, tags={"ebbtide:expires": "2020-01-01"})
    plan = planned(inventory([expired, kept], [default_edge(expired, kept)]), rules)
    assert ids(plan.planned) == {"balancer"}


@pytest.mark.parametrize(
    ("tags", "stays"),
    [
        ({"ebbtide:Protected": "true"}, True),
        ({"Ebbtide:protected ": "yes"}, True),
        ({"ebbtide-protected": "1"}, True),
        ({"Expiration": "never"}, True),
        ({"KEEP": "x"}, True),
        ({"Team": "core"}, True),
        ({"Team": "other"}, False),
        ({"ebbtide:Protected": "false"}, False),
        ({"Expiration": "1d"}, False),
        ({"kept": "x"}, False),
    ],
    ids=str,
)
def test_a_tag_that_resembles_a_protecting_one_is_a_doubt_for_every_rule(
    tags: dict[str, str], stays: bool
) -> None:
    config = "rules: {expired: {enabled: true}}\nprotect: {tags: {keep: null, team: core}}\n"
    found = instance("i-1", tags={"ebbtide:expires": "2020-01-01", **tags})
    plan = planned(inventory([found]), config)
    assert bool(plan.planned) is not stays
    assert codes(plan.undecided) == ({"i-1": "protection_unknown"} if stays else {})
