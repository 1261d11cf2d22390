"""The members of stacks become owned resources, and only those that can be told."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.graph.stack_members import confirmed, lists_of, member_edges, resolved
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.model.stack_types import STACK
from ebbtide.model.stacks import Member, MemberList, members_of, state_of_stack
from tests.support.builders import default_edge, resource

TABLE, QUEUE, STAGE = "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::ApiGateway::Stage"


def lines(*resources: Resource) -> dict[str, ResourceLine]:
    return {one.graph_id: one.to_line() for one in resources}


def listed(stack: Resource, *members: Member, error: str | None = None) -> dict[str, MemberList]:
    return {stack.graph_id: MemberList(stack.graph_id, "now", members, error)}


def owned(
    stack: Resource, *members: Member, among: tuple[Resource, ...], edges: tuple[Edge, ...] = ()
) -> set[str]:
    found = resolved(listed(stack, *members), lines(stack, *among), edges)
    return {edge.target for edge in member_edges(found, lines(stack, *among))}


SHOP = resource(STACK, "shop")


def test_a_member_is_found_by_its_physical_id() -> None:
    table = resource("aws_dynamodb_table", "orders")
    assert owned(SHOP, Member("T", TABLE, "orders"), among=(table,)) == {table.graph_id}


def test_a_resource_of_another_kind_or_region_is_no_member() -> None:
    others = (
        resource("aws_dynamodb_table", "orders", region="eu-west-1"),
        resource("aws_kinesis_stream", "orders"),
    )
    assert owned(SHOP, Member("T", TABLE, "orders"), among=others) == set()


def test_a_global_member_belongs_to_a_stack_of_any_region() -> None:
    role = resource("aws_iam_role", "AROA1", region=GLOBAL, name="shop-role")
    stack = resource(STACK, "shop", region="eu-west-1")
    member = Member("R", "AWS::IAM::Role", "shop-role")
    assert owned(stack, member, among=(role,)) == {role.graph_id}


def test_databases_are_found_whatever_the_case_of_their_name() -> None:
    database = resource("aws_rds_instance", "shop-db")
    member = Member("D", "AWS::RDS::DBInstance", "Shop-DB")
    assert owned(SHOP, member, among=(database,)) == {database.graph_id}


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    tables = (resource("aws_dynamodb_table", "Orders"), resource("aws_dynamodb_table", "orders"))
    assert owned(SHOP, Member("T", TABLE, "orders"), among=tables) == {tables[1].graph_id}


def stage(api: str) -> Resource:
    return resource(
        "aws_apigateway_stage", f"{api}/prod", name="prod", properties={"rest_api_id": api}
    )


def test_a_physical_id_of_two_resources_means_the_one_related_to_the_stack() -> None:
    own, other = stage("a1"), stage("b2")
    api = resource("aws_apigateway_rest_api", "a1")
    members = (Member("A", "AWS::ApiGateway::RestApi", "a1"), Member("S", STAGE, "prod"))
    among, edges = (own, other, api), (default_edge(api, own),)
    assert owned(SHOP, *members, among=among, edges=edges) == {api.graph_id, own.graph_id}


def test_a_physical_id_of_two_resources_means_neither_without_a_relation() -> None:
    found = resolved(
        listed(SHOP, Member("S", STAGE, "prod")), lines(SHOP, stage("a"), stage("b")), ()
    )
    (member,) = found[SHOP.graph_id].members
    assert (member.resource, member.matches) == (None, 2)


def test_as_many_members_as_resources_are_all_of_them() -> None:
    records = tuple(
        resource(
            "aws_route53_resource_record_set",
            f"Z1/www.example.com./{type}",
            region=GLOBAL,
            name="www.example.com.",
        )
        for type in ("A", "AAAA")
    )
    members = [Member(name, "AWS::Route53::RecordSet", "www.example.com") for name in ("V4", "V6")]
    assert owned(SHOP, *members, among=records) == {one.graph_id for one in records}


def test_replicas_of_a_global_table_go_with_its_stack() -> None:
    replicas = [{"region_name": "eu-west-1"}, {"region_name": "eu-west-3"}]
    table = resource("aws_dynamodb_table", "orders", properties={"replicas": replicas})
    copy = resource("aws_dynamodb_table", "orders", region="eu-west-1")
    member = Member("T", "AWS::DynamoDB::GlobalTable", "orders")
    assert owned(SHOP, member, among=(table, copy)) == {table.graph_id, copy.graph_id}


def test_what_has_ended_is_no_member() -> None:
    gone = resource("aws_ec2_instance", "i-1", ended=True)
    assert owned(SHOP, Member("I", "AWS::EC2::Instance", "i-1"), among=(gone,)) == set()


def test_a_stack_does_not_own_itself() -> None:
    member = Member("Self", "AWS::CloudFormation::Stack", str(SHOP.arn))
    assert owned(SHOP, member, among=()) == set()


TAGGED = resource("aws_sqs_queue", "https://sqs/orders")
TAG_EDGE = Edge(SHOP.graph_id, TAGGED.graph_id, "owns", TAGGED.graph_id)


@pytest.mark.parametrize(
    ("lists", "denied"),
    [
        (listed(SHOP), True),
        (listed(SHOP, Member("T", TABLE, "orders")), True),
        (listed(SHOP, Member("Q", QUEUE, TAGGED.id, TAGGED.graph_id, 1)), False),
        (listed(SHOP, Member("Q", QUEUE, "https://sqs/another")), False),
        (listed(SHOP, error="AccessDenied"), False),
        ({}, False),
    ],
    ids=["empty", "other kinds", "member", "member not found", "unread", "no list"],
)
def test_a_list_outweighs_tags_only_if_it_is_complete(
    lists: dict[str, MemberList], denied: bool
) -> None:
    left = list(confirmed([TAG_EDGE], lists, lines(SHOP, TAGGED)))
    assert left == ([] if denied else [TAG_EDGE])


def test_an_unread_list_keeps_the_last_known_members_and_says_so() -> None:
    before = listed(SHOP, Member("T", TABLE, "orders"))
    unread = MemberList(SHOP.graph_id, "later", error="Throttling: Rate exceeded")
    (kept,) = lists_of(lines(SHOP), [unread], before).values()
    assert kept.members == before[SHOP.graph_id].members
    assert kept.error == "Throttling: Rate exceeded"


def test_a_stack_without_any_list_is_unread() -> None:
    (found,) = lists_of(lines(SHOP), [], {}).values()
    assert found.error


def test_a_list_survives_its_format() -> None:
    one = listed(SHOP, Member("T", TABLE, "orders", "x", 1), error="why")[SHOP.graph_id]
    assert MemberList.from_line(one.to_line()) == one
    assert MemberList.from_line({**one.to_line(), "format": 0}) is None


@pytest.mark.parametrize("status", ["DELETE_COMPLETE", "DELETE_SKIPPED"])
def test_what_the_stack_has_left_behind_is_no_member(status: str) -> None:
    assert members_of([summary(ResourceStatus=status)]) == ()


def test_what_was_never_made_is_no_member() -> None:
    assert members_of([summary(PhysicalResourceId="", ResourceStatus="CREATE_FAILED")]) == ()


def test_what_could_not_be_deleted_is_still_a_member() -> None:
    assert len(members_of([summary(ResourceStatus="DELETE_FAILED")])) == 1


def summary(**more: Any) -> dict[str, Any]:
    return {
        "LogicalResourceId": "T",
        "ResourceType": TABLE,
        "PhysicalResourceId": "orders",
        "ResourceStatus": "CREATE_COMPLETE",
        **more,
    }


def test_the_state_of_a_stack_changes_with_status_and_update() -> None:
    made = {"StackStatus": "CREATE_COMPLETE", "CreationTime": "2026-01-01"}
    states = {
        state_of_stack(made),
        state_of_stack({**made, "LastUpdatedTime": "2026-02-01"}),
        state_of_stack({**made, "StackStatus": "DELETE_FAILED"}),
    }
    assert len(states) == 3
    assert state_of_stack({**made, "StackStatus": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}) is None
