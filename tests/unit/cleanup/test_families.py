"""What is read of a kind before a deletion: no more than its references to planned kinds need."""

from __future__ import annotations

from dataclasses import replace

from ebbtide.cleanup.families import Families, _reduced
from ebbtide.cleanup.users import Index
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Kind, Relation
from tests.support.builders import ACCOUNT
from tests.support.recorded_calls import REGION

TOPIC = "aws_sns_topic"


def detail(into: str | None, when: str | None = None, **args: str) -> Detail:
    return Detail(Call("sns", f"get_{into}", **args), into=into, when=when)


def kind(*details: Detail, path: str, **rest: object) -> Kind:
    relation = Relation(path, TOPIC, strength="needed", why="it would break")
    made = Kind(
        name="aws_user",
        id="Id",
        list=Call("sns", "list_users", "Users[]"),
        details=details,
        relations=(relation, replace(relation, kind="aws_sqs_queue")),
    )
    return replace(made, **rest)  # type: ignore[arg-type]


def kept(one: Kind, *family: Kind) -> list[str | None]:
    return [detail.into for detail in _reduced(one, family, {TOPIC}).details]


def test_details_that_no_reference_rests_on_are_left_out() -> None:
    one = kind(detail("Tags"), detail("Targets"), detail("Policy"), path="Targets[].Arn")
    assert kept(one) == ["Targets"]
    assert [relation.kind for relation in _reduced(one, (), {TOPIC}).relations] == [TOPIC]


def test_details_on_which_those_rest_are_read_too() -> None:
    by_condition = detail("Targets", when="Summary.Count")
    by_argument = detail("Targets", Name="{Summary.Name}")
    for one in (by_condition, by_argument):
        assert kept(kind(detail("Summary"), one, path="Targets")) == ["Summary", "Targets"]


def test_a_detail_without_a_name_may_bring_anything() -> None:
    assert kept(kind(detail(None), detail("Tags"), path="Arn")) == [None]


def test_a_parent_keeps_the_details_that_its_children_ask_for() -> None:
    parent = kind(detail("Tags"), detail("Parts"), path="Arn")
    inside = kind(path="Arn", each="aws_user", inside="Parts[]")
    inheriting = kind(path="Arn", each="aws_user", inherit={"Part": "Parts[0]"})
    listed = kind(path="Arn", each="aws_user", list=Call("sns", "list", "A[]", Of="{Parts[0]}"))
    conditional = kind(path="Arn", each="aws_user", each_when="Parts.Enabled")
    for child in (inside, inheriting, listed, conditional):
        assert kept(parent, parent, child) == ["Parts"]
    assert kept(parent, parent) == []


def test_whether_it_has_ended_is_always_known() -> None:
    assert kept(kind(detail("Status"), path="Arn", ended="Status == 'GONE'")) == ["Status"]


def test_children_come_with_all_kinds_above_them() -> None:
    found = Families.of({"aws_iam_role"}).by_kind["aws_ecs_service"]
    assert next(one.name for one in found) == "aws_ecs_cluster"


def test_dns_names_are_compared_in_any_case() -> None:
    index, balancer = Index(), "Web-1.us-east-1.elb.amazonaws.com"
    record = {
        "Name": "shop.example.com.",
        "Type": "A",
        "Values": [f"dualstack.{balancer}."],
        "ZoneId": "Z2",
        "Zone": {"Name": "example.com."},
    }
    place = Place(ACCOUNT, REGION, "aws")
    index._add(registry()["aws_route53_resource_record_set"], record, place)
    assert ("aws_alb", balancer.lower()) in index.users
