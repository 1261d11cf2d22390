"""What may belong to a stack, and what goes with one, must be known before a plan deletes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ebbtide.config import Limits
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.stack_types import STACK, stack_types
from ebbtide.model.stacks import Member, MemberList
from ebbtide.plan import Plan
from ebbtide.plan.limits import exceeded_limits
from tests.support.builders import REGION, codes, ids, inventory, owns_edge, planned, resource
from tests.support.each_case import for_each

EXPIRED = {"ebbtide:expires": "2020-01-01"}
RULES = "rules: {expired: {enabled: true}}\n"
SHOP = resource(STACK, "shop", tags=EXPIRED)
QUEUE = resource("aws_sqs_queue", "https://sqs/orders")
IN_LIST = Member("Orders", "AWS::SQS::Queue", QUEUE.id, QUEUE.graph_id, 1)


def plan_of(
    resources: Iterable[Resource],
    *members: Member,
    config: str = RULES,
    error: str | None = None,
    **rest: Any,
) -> Plan:
    """Plan with these members of the stack SHOP; those that are resources are owned by it."""
    found = list(resources)
    known = {one.graph_id: one for one in found}
    edges = [owns_edge(SHOP, known[one.resource]) for one in members if one.resource in known]
    stacks = [MemberList(SHOP.graph_id, "now", members, error)]
    return planned(inventory(found, edges, stacks=stacks, **rest), config)


def test_a_known_member_goes_with_its_stack() -> None:
    plan = plan_of([SHOP, QUEUE], IN_LIST)
    assert {entry.subject.id: entry.action for entry in plan.planned} == {
        SHOP.id: "delete",
        QUEUE.id: "goes_with",
    }


def test_limits_count_what_goes_with_a_stack() -> None:
    plan = plan_of([SHOP, QUEUE], IN_LIST)
    assert exceeded_limits([plan], Limits(per_run=1, percent_of_account=100))
    assert not exceeded_limits([plan], Limits(per_run=2, percent_of_account=100))


@pytest.mark.parametrize(
    "member",
    [
        Member("Hook", "Custom::Hook", "hook-1"),
        Member("Hook", "AWS::CloudFormation::CustomResource", "hook-1"),
        Member("Ledger", "AWS::QLDB::Ledger", "books"),
        Member("Vendor", "Acme::Service::Thing", "thing-1"),
    ],
    ids=lambda member: member.type,
)
def test_a_member_of_an_unknown_type_makes_the_stack_undecided(member: Member) -> None:
    plan = plan_of([SHOP], member)
    assert codes(plan.undecided) == {"shop": "owned_unknown"}
    assert f"{member.logical_id} ({member.type})" in plan.undecided[0].reason


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, "; 1 more"), (5, "; 4 more")])
def test_the_first_unknown_member_is_named_and_the_others_are_counted(
    count: int, more: str
) -> None:
    members = [Member(f"M{number}", "Custom::Hook", str(number)) for number in range(count)]
    (found,) = plan_of([SHOP], *members).undecided
    assert "M0 (Custom::Hook)" in found.reason and "M1 " not in found.reason
    assert found.reason.endswith(f"that Ebbtide does not know{more}")


def test_a_type_that_the_configuration_knows_may_go() -> None:
    config = RULES + "cleanup: {known_stack_types: ['Custom::Hook']}\n"
    assert ids(plan_of([SHOP], Member("Hook", "Custom::Hook", "1"), config=config).planned)
    other = plan_of([SHOP], Member("Hook", "Custom::Other", "1"), config=config)
    assert codes(other.undecided) == {"shop": "owned_unknown"}


@pytest.mark.parametrize("type", ["AWS::CDK::Metadata", "AWS::IAM::Policy", "AWS::EC2::Route"])
def test_a_part_is_no_reason_to_keep_a_stack(type: str) -> None:
    assert ids(plan_of([SHOP], Member("Part", type, "part-1")).planned) == {"shop"}


GAPS = ["denied", "throttled", "failed", "timed_out", "skipped", "suspect"]


@pytest.mark.parametrize("gap", GAPS)
def test_a_member_whose_kind_was_not_read_makes_the_stack_undecided(gap: str) -> None:
    missing = Member("Orders", "AWS::SQS::Queue", "https://sqs/orders")
    plan = plan_of([SHOP], missing, gaps={"aws_sqs_queue": gap})
    assert codes(plan.undecided) == {"shop": "owned_unknown"}


def test_a_member_that_somebody_has_deleted_keeps_nothing() -> None:
    missing = Member("Orders", "AWS::SQS::Queue", "https://sqs/orders")
    assert ids(plan_of([SHOP], missing).planned) == {"shop"}


def test_a_member_that_may_be_in_no_list_is_not_gone() -> None:
    version = Member("L", "AWS::Lambda::LayerVersion", "arn:aws:lambda:us-east-1:1:layer:tools:1")
    assert codes(plan_of([SHOP], version).undecided) == {"shop": "owned_unknown"}


def test_a_member_that_may_be_any_of_several_makes_the_stack_undecided() -> None:
    plan = plan_of([SHOP], Member("S", "AWS::ApiGateway::Stage", "prod", matches=2))
    assert codes(plan.undecided) == {"shop": "owned_unknown"}


def test_a_replica_that_was_not_read_makes_the_stack_undecided() -> None:
    replicas = [{"region_name": "eu-west-1"}]
    table = resource("aws_dynamodb_table", "orders", properties={"replicas": replicas})
    member = Member("T", "AWS::DynamoDB::GlobalTable", "orders", table.graph_id, 1)
    plan = plan_of([SHOP, table], member)
    assert codes(plan.undecided) == {"shop": "owned_unknown"}
    assert "eu-west-1" in plan.undecided[0].reason


def test_a_nested_stack_with_an_unknown_member_keeps_its_parent() -> None:
    nested = resource(STACK, "nested")
    lists = [
        MemberList(SHOP.graph_id, "", (Member("N", "AWS::CloudFormation::Stack", "x", "y", 1),)),
        MemberList(nested.graph_id, "", (Member("Hook", "Custom::Hook", "1"),)),
    ]
    world = inventory([SHOP, nested], [owns_edge(SHOP, nested)], stacks=lists)
    assert codes(planned(world, RULES).undecided) == {"shop": "owned_unknown"}


def test_a_stack_that_could_not_be_read_is_undecided() -> None:
    plan = plan_of([SHOP], error="AccessDenied: no")
    assert codes(plan.undecided) == {"shop": "owned_unknown"}


# One kind of each type of CloudFormation, except stacks, which say themselves who made them.
MAKEABLE = sorted({type.kind for type in stack_types().values()} - {STACK})
STAYING = resource(STACK, "staying")


UNREAD = MemberList(STAYING.graph_id, "now", error="Throttling: Rate exceeded")


def of_kind(kind: str) -> Resource:
    region = GLOBAL if registry()[kind].scope == "global" else REGION
    return resource(kind, "candidate", region=region, tags=EXPIRED)


@for_each("kind", MAKEABLE)
def test_an_unread_stack_makes_its_possible_members_undecided(kind: str) -> None:
    candidate = of_kind(kind)
    known = planned(inventory([STAYING, candidate]), RULES)
    plan = planned(inventory([STAYING, candidate], stacks=[UNREAD]), RULES)
    assert not plan.planned
    if known.planned:
        assert codes(plan.undecided) == {"candidate": "owner_unknown"}
        assert "staying: Throttling" in plan.undecided[0].reason


def test_most_kinds_are_planned_if_all_stacks_were_read() -> None:
    found = [kind for kind in MAKEABLE if planned(inventory([of_kind(kind)]), RULES).planned]
    assert len(found) > 150


def test_an_unread_stack_of_another_region_owns_nothing_here() -> None:
    elsewhere = resource(STACK, "elsewhere", region="eu-west-1")
    unread = MemberList(elsewhere.graph_id, "now", error="Throttling: Rate exceeded")
    world = inventory([elsewhere, of_kind("aws_sqs_queue")], stacks=[unread])
    assert ids(planned(world, RULES).planned) == {"candidate"}


def test_an_unread_stack_in_any_region_may_own_what_is_global() -> None:
    user = resource("aws_iam_user", "AIDA1", region=GLOBAL, tags=EXPIRED)
    plan = planned(inventory([STAYING, user], stacks=[UNREAD]), RULES)
    assert codes(plan.undecided) == {"AIDA1": "owner_unknown"}


def test_a_bucket_can_only_belong_to_a_stack_of_its_region() -> None:
    here = resource(
        "aws_s3_bucket",
        "here",
        region=GLOBAL,
        tags=EXPIRED,
        properties={"bucket_region": "us-east-1"},
    )
    assert codes(planned(inventory([STAYING, here], stacks=[UNREAD]), RULES).undecided) == {
        "here": "owner_unknown"
    }


def test_what_belongs_to_another_owner_is_refused_and_not_doubted() -> None:
    other = resource(STACK, "other")
    candidate = of_kind("aws_sqs_queue")
    world = inventory([STAYING, other, candidate], [owns_edge(other, candidate)], stacks=[UNREAD])
    assert codes(planned(world, RULES).refused) == {"candidate": "owned"}


def test_what_cloudformation_cannot_make_needs_no_stack() -> None:
    snapshot = of_kind("aws_ec2_snapshot")
    assert ids(planned(inventory([STAYING, snapshot], stacks=[UNREAD]), RULES).planned) == {
        "candidate"
    }


@pytest.mark.parametrize("gap", ["denied", "throttled", "failed", "timed_out", "skipped"])
def test_unread_stacks_make_their_possible_members_undecided(gap: str) -> None:
    plan = planned(inventory([of_kind("aws_dynamodb_table")], gaps={STACK: gap}), RULES)
    assert codes(plan.undecided) == {"candidate": "owner_unknown"}
