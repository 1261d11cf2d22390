"""Each kind that stands in the way of a VPC's cleanup either goes with the VPC or lives in it."""

from __future__ import annotations

import json

from ebbtide.config import parse_config
from ebbtide.kinds import dependent_kinds, registry, taken_down_with
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from tests.support.builders import NOW, delete_edge, inventory, resource
from tests.support.paths import REPOSITORY

# What lives in a VPC and blocks its cleanup, under the reason for which a reviewer left it there.
LIVING = REPOSITORY / "tests" / "data" / "living_in_a_vpc.json"


def living() -> list[str]:
    groups: dict[str, list[str]] = json.loads(LIVING.read_text())
    return [name for names in groups.values() for name in names]


def concerned() -> set[str]:
    """Kinds that name a VPC, or have to go before one or before what is taken down with it."""
    found = {
        name for one in ("aws_vpc", *taken_down_with("aws_vpc")) for name in dependent_kinds(one)
    }
    return found | {
        kind.name
        for kind in registry().values()
        if any(relation.kind == "aws_vpc" for relation in kind.relations)
    }


def test_every_kind_in_the_way_of_a_vpc_goes_with_it_or_is_known_to_live() -> None:
    undecided = concerned() - taken_down_with("aws_vpc") - set(living())
    assert not undecided, (
        "declare taken_down_with=('aws_vpc',) if it has no life of its own, "
        f"else add it to {LIVING.name}: {sorted(undecided)}"
    )


def test_list_of_what_lives_in_a_vpc_has_each_kind_once_and_none_too_many() -> None:
    names = living()
    assert sorted(names) == sorted(set(names))
    assert set(names) <= concerned() - taken_down_with("aws_vpc")


def test_what_is_taken_down_can_be_deleted_and_names_declared_kinds() -> None:
    for kind in registry().values():
        assert set(kind.taken_down_with) <= set(registry()), kind.name
        assert kind.delete or not kind.taken_down_with, kind.name


def test_rule_takes_down_with_a_vpc_what_its_kinds_declare_and_nothing_else() -> None:
    vpc = resource("aws_vpc", "vpc-1", tags={"expiration": "1d"})
    gateway = resource("aws_ec2_egress_only_internet_gateway", "eigw-1")
    inside = [gateway, *(resource(name, f"{name}-1") for name in concerned() - {gateway.kind})]
    inside = [one for one in inside if one.kind != "aws_ec2_instance"]
    edges = [delete_edge(vpc, one) for one in inside]
    rules = parse_config("rules: {expired: {enabled: true}, vpcs: {enabled: true}}").rules
    found = run_rules(Situation(inventory([vpc, *inside], edges), NOW), rules)
    taken = {one.resource for one in found if one.rule == "vpcs" and one.verdict == "select"}
    assert gateway.graph_id in taken
    assert taken == {one.graph_id for one in inside if one.kind in taken_down_with("aws_vpc")}
