"""A resource that was read only partly makes undecided what it may name, and nothing else."""

from __future__ import annotations

import pytest

from ebbtide.kinds import dependent_kinds, registry
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.unread import may_name
from ebbtide.verdict.evidence import gather_evidence
from tests.support.builders import REGION, inventory, planned, resource

PROXY, ROLE, SECRET = "aws_rds_proxy", "aws_iam_role", "aws_secretsmanager_secret"
CLUSTER, KEY = "aws_eks_cluster", "aws_kms_key"
DENIED = "AccessDeniedException: no"
EXPIRED = {"ebbtide:expires": "2020-01-01"}
RULE = "rules: {expired: {enabled: true}}\ncleanup: {limits: {percent_of_account: 100}}"


def unread(kind: str, operation: str, **rest: str) -> Resource:
    return resource(kind, "odd", unread={operation: DENIED}, **rest)


@pytest.mark.parametrize(
    ("kind", "operation", "target", "may"),
    [
        # The list names the role and secrets of a proxy, only the detail its targets.
        (PROXY, "describe_db_proxy_targets", ROLE, False),
        (PROXY, "describe_db_proxy_targets", SECRET, False),
        (PROXY, "describe_db_proxy_targets", "aws_rds_instance", True),
        # The description of a cluster names everything that a cluster names.
        (CLUSTER, "describe_cluster", ROLE, True),
        (CLUSTER, "describe_cluster", "aws_ec2_volume", False),
        # An operation that the kind does not know may have brought anything.
        (PROXY, "some_older_call", ROLE, True),
    ],
)
def test_only_what_the_missing_answer_may_name_is_unknown(
    kind: str, operation: str, target: str, may: bool
) -> None:
    assert may_name(registry()[kind], {operation}, target) is may


def test_relations_of_every_kind_are_unknown_without_its_description() -> None:
    """No detail is left out: what its answer brings cannot be known without it."""
    pairs = 0
    for kind in registry().values():
        described = [detail for detail in kind.details if detail.describes and not detail.into]
        for relation in kind.relations:
            for detail in described:
                assert may_name(kind, {detail.call.operation}, relation.kind)
                pairs += 1
    assert pairs > 150


def test_gap_names_the_resource_and_the_error() -> None:
    role = resource(ROLE, "AROA", region=GLOBAL)
    world = inventory([role, unread(CLUSTER, "describe_cluster")])
    world.enabled_regions = [REGION]
    proofs, gaps = gather_evidence(world, role, {CLUSTER}, named=ROLE)
    assert proofs == []
    assert gaps == [
        f"{REGION}/{CLUSTER}: odd could not be read completely (describe_cluster: {DENIED})"
    ]


def test_kind_of_which_a_search_looked_at_everything_is_a_gap_whatever_it_names() -> None:
    volume = resource("aws_ec2_volume", "vol-1")
    world = inventory([volume, unread(CLUSTER, "describe_cluster")])
    assert gather_evidence(world, volume, {CLUSTER}, named="aws_ec2_volume")[1] == []
    assert len(gather_evidence(world, volume, {CLUSTER})[1]) == 1


def test_resource_in_another_region_is_no_gap() -> None:
    group = resource("aws_ec2_security_group", "sg-1")
    world = inventory([group, unread(CLUSTER, "describe_cluster", region="eu-west-1")])
    assert gather_evidence(world, group, {CLUSTER}, named=group.kind)[1] == []


def test_one_unread_key_leaves_other_resources_decidable() -> None:
    odd = resource(KEY, "odd", unread={"describe_key": DENIED}, tags=EXPIRED)
    volume = resource("aws_ec2_volume", "vol-1", tags=EXPIRED, properties={"state": "available"})
    plan = planned(inventory([odd, volume]), RULE)
    assert [entry.subject.id for entry in plan.planned] == ["vol-1"]
    assert [(entry.subject.id, entry.code) for entry in plan.undecided] == [("odd", "unreadable")]


def test_group_that_an_unread_cluster_may_use_is_undecided() -> None:
    group = resource("aws_ec2_security_group", "sg-1", tags=EXPIRED)
    assert CLUSTER in dependent_kinds(group.kind)
    assert [e.subject.id for e in planned(inventory([group]), RULE).planned] == ["sg-1"]
    plan = planned(inventory([group, unread(CLUSTER, "describe_cluster")]), RULE)
    assert plan.planned == ()
    assert "odd could not be read completely" in plan.undecided[0].reason
