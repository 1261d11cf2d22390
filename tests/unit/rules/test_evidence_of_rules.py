"""What selections rely on, and the defaults that people see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ebbtide.config import parse_config
from ebbtide.model.resource import Edge, Resource
from ebbtide.rules.finding import Finding
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from ebbtide.rules.untagged import UntaggedOptions
from ebbtide.rules.volumes import VolumesOptions
from tests.support.builders import NOW, default_edge, instance, inventory, resource, volume

CONFIG = parse_config("rules: {load_balancers: {enabled: true}}").rules


def found(*resources: Resource, edges: tuple[Edge, ...] = ()) -> dict[str, Finding]:
    situation = Situation(inventory(resources, edges), NOW)
    return {one.resource.split("/")[-1]: one for one in run_rules(situation, CONFIG)}


def classic(backends: Any) -> Resource:
    return resource("aws_elb", "lb", properties={"backends": backends})


@pytest.mark.parametrize("backends", [None, []])
def test_a_classic_balancer_without_instances_relies_on_groups(backends: Any) -> None:
    (one,) = found(classic(backends)).values()
    assert (one.reason, one.negates) == ("has no instances", ("aws_autoscaling_group",))


def test_a_classic_balancer_of_gone_instances_relies_on_instances_too() -> None:
    (one,) = found(classic(["i-0123456789abcdef0"])).values()
    assert one.reason == "all of its instances are gone"
    assert one.negates == ("aws_autoscaling_group", "aws_ec2_instance")


@pytest.mark.parametrize("names_group", [False, True])
def test_a_group_keeps_its_balancer_whichever_of_them_names_the_other(names_group: bool) -> None:
    balancer, group = classic([]), resource("aws_autoscaling_group", "group")
    pair = (balancer, group) if names_group else (group, balancer)
    assert not found(balancer, group, edges=(default_edge(*pair),))


def test_a_balancer_without_groups_relies_on_groups_and_rules() -> None:
    other = instance("i-1")
    balancer = resource("aws_alb", "lb")
    for edges in ((), (default_edge(balancer, other),)):
        (one,) = found(balancer, other, edges=edges).values()
        assert one.negates == ("aws_alb_target_group", "aws_alb_listener_rule")


@pytest.mark.parametrize("backends", [None, []])
def test_a_group_without_known_backends_is_idle(backends: Any) -> None:
    balancer = resource("aws_alb", "lb")
    properties = {"target_type": "instance", "load_balancer_arns": ["x"], "backends": backends}
    group = resource("aws_alb_target_group", "group", properties=properties)
    assert found(balancer, group, edges=(default_edge(balancer, group),)).keys() == {"lb", "group"}


def test_an_instance_of_the_same_id_in_another_region_keeps_nothing() -> None:
    name = "i-0123456789abcdef0"
    for region, kept in (("us-east-1", True), ("eu-west-1", False)):
        assert bool(found(classic([name]), instance(name, region=region))) != kept
    assert found(classic([name]), instance(name, "terminated"))


def test_a_volume_whose_last_change_is_unknown_is_left_alone() -> None:
    rules = parse_config("rules: {volumes: {enabled: true}}").rules
    for updated, count in ((NOW - timedelta(days=50), 1), (None, 0)):
        situation = Situation(inventory([volume("vol-1", updated=updated)]), NOW)
        assert len(run_rules(situation, rules)) == count


def test_defaults_are_those_of_the_documentation() -> None:
    assert VolumesOptions().min_age == timedelta(days=14)
    assert UntaggedOptions().min_age == timedelta(hours=2)
    assert UntaggedOptions().kinds == (
        "aws_ec2_instance",
        "aws_ec2_volume",
        "aws_vpc",
        "aws_cloudformation_stack",
        "aws_elb",
        "aws_alb",
        "aws_alb_target_group",
    )
