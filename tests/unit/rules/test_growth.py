"""The work of each rule grows with the account, not with its square."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from ebbtide.config import parse_config
from ebbtide.rules import registry
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from tests.support.builders import NOW, default_edge, delete_edge, instance, inventory, resource

GONE = "i-0123456789abcdef0"


def account(count: int) -> Situation:
    """Return an account with much of everything that a rule could compare with each other."""
    resources, edges = [], []
    for number in range(count):
        vpc = resource("aws_vpc", f"vpc-{number}", tags={"expiration": "1d"})
        server = instance(f"i-{number}")
        balancer = resource("aws_alb", f"lb-{number}")
        properties = {"target_type": "instance", "load_balancer_arns": ["x"], "backends": [GONE]}
        group = resource("aws_alb_target_group", f"tg-{number}", properties=properties)
        classic = resource("aws_elb", f"elb-{number}", properties={"backends": [GONE]})
        dimensions = [{"name": "InstanceId", "value": GONE}]
        alarm = resource(
            "aws_cloudwatch_alarm", f"alarm-{number}", properties={"dimensions": dimensions}
        )
        volume = resource("aws_ec2_volume", f"vol-{number}", orphaned_since=NOW)
        resources += [vpc, server, balancer, group, classic, alarm, volume]
        edges += [default_edge(balancer, group), delete_edge(vpc, balancer)]
    return Situation(inventory(resources, edges), NOW)


def steps(name: str, situation: Situation) -> int:
    """Return the number of calls, and of values of generators, that a rule takes."""
    enabled = {one: {"enabled": True} for one in ("expired", name)}
    rules = parse_config(f"rules: {json.dumps(enabled)}").rules
    count = 0

    def counting(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        run_rules(situation, rules)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", [name for name, rule in registry().items() if rule.search is None])
def test_twice_the_account_takes_twice_the_work(name: str) -> None:
    few, many = account(60), account(120)
    steps(name, few)  # what is cached for the life of the process
    assert steps(name, many) < 2.1 * steps(name, few)
