"""The order in which the groups of kinds of all regions are read."""

from __future__ import annotations

from ebbtide.collect.regions import Group, slowest_first
from ebbtide.kinds import registry
from ebbtide.model.service import service

REGIONS = ("us-east-1", "eu-west-1")


def group(*names: str) -> Group:
    return tuple(registry()[name] for name in names)


def test_what_waits_longest_for_its_turns_is_read_first_in_all_regions() -> None:
    fast, slow = group("aws_ec2_volume"), group("aws_lambda_function")
    assert service("lambda").rate < service("ec2").rate
    mixed = [(region, one) for region in REGIONS for one in (fast, slow)]
    assert slowest_first(mixed) == [
        (REGIONS[0], slow),
        (REGIONS[1], slow),
        (REGIONS[0], fast),
        (REGIONS[1], fast),
    ]


def test_what_is_read_below_a_kind_counts_towards_it() -> None:
    parent, plain = group("aws_ecs_cluster"), group("aws_ecs_task_definition")
    assert any(kind.each == "aws_ecs_cluster" for kind in registry().values())
    ordered = slowest_first([(REGIONS[0], plain), (REGIONS[0], parent)])
    assert ordered[0][1] == parent


def test_no_group_is_lost_or_read_twice() -> None:
    groups = [(region, (kind,)) for region in REGIONS for kind in registry().values() if kind.list]
    ordered = slowest_first(groups)
    assert sorted(ordered, key=str) == sorted(groups, key=str)
