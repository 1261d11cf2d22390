"""An owner owns unless it was looked for completely and is not there."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import OwnersConfig
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.verdict.ownership import Ownership, known_owners, ownership_of
from tests.support.builders import ACCOUNT, REGION, full_coverage, inventory, resource

OTHER = "eu-west-1"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/1"
ELSEWHERE = f"arn:aws:cloudformation:{REGION}:999999999999:stack/shop/1"


def owned(tags: dict[str, str], **rest: Any) -> Resource:
    return resource("aws_sqs_queue", "q", tags=tags, **rest)


def judged(found: Resource, world: Inventory, **config: Any) -> Ownership:
    options = OwnersConfig(**config)
    return ownership_of(found, known_owners(world, options), options)


def state(found: Resource, *others: Resource, **rest: Any) -> str:
    config = rest.pop("config", {})
    ownership = judged(found, inventory([found, *others], **rest), **config)
    if ownership.living:
        return "lives"
    return "unknown" if ownership.doubt else "gone" if ownership.gone else ""


@pytest.mark.parametrize(
    "gap", ["denied", "throttled", "failed", "timed_out", "suspect", "skipped"]
)
def test_an_owner_whose_kind_was_not_read_is_unknown(gap: str) -> None:
    found = owned({"aws:autoscaling:groupName": "web"})
    assert state(found) == "gone"
    assert state(found, gaps={"aws_autoscaling_group": gap}) == "unknown"


def test_an_owner_whose_kind_is_not_collected_is_unknown() -> None:
    found = owned({"aws:autoscaling:groupName": "web"})
    coverage = [entry for entry in full_coverage() if entry.kind != "aws_autoscaling_group"]
    world = Inventory(ACCOUNT, [found], [], coverage, enabled_regions=(REGION,))
    ownership = judged(found, world)
    gap = f"{REGION}/aws_autoscaling_group: not collected"
    assert ownership.doubt == f"the Auto Scaling group web may still own it: {gap}"


def test_an_owner_that_has_ended_is_gone() -> None:
    found = owned({"aws:cloudformation:stack-id": STACK})
    stack = resource("aws_cloudformation_stack", STACK, name="shop", arn=STACK)
    gone = resource("aws_cloudformation_stack", STACK, name="shop", arn=STACK, ended=True)
    assert (state(found, stack), state(found, gone)) == ("lives", "gone")


def test_a_stack_of_the_same_name_is_another_stack() -> None:
    tags = {"aws:cloudformation:stack-id": STACK, "aws:cloudformation:stack-name": "shop"}
    newer = STACK.removesuffix("1") + "2"
    again = resource("aws_cloudformation_stack", newer, name="shop", arn=newer)
    assert state(owned(tags), again) == "gone"


def test_an_owner_in_another_account_cannot_be_missed() -> None:
    assert state(owned({"aws:cloudformation:stack-id": ELSEWHERE})) == "lives"


def test_an_identity_that_is_no_arn_cannot_be_looked_for() -> None:
    assert state(owned({"aws:cloudformation:stack-id": "shop"})) == "lives"


def test_an_owner_by_name_is_looked_for_in_the_same_region() -> None:
    found = owned({"aws:autoscaling:groupName": "web"})
    there = resource("aws_autoscaling_group", "web", region=OTHER)
    here = resource("aws_autoscaling_group", "web")
    assert (state(found, there), state(found, here)) == ("gone", "lives")


@pytest.mark.parametrize(
    ("kind", "region", "tag"),
    [
        ("aws_iam_role", GLOBAL, "eks:cluster-name"),
        ("aws_ec2_snapshot", REGION, "aws:dlm:lifecycle-policy-id"),
    ],
)
def test_an_owner_that_may_be_in_any_region_is_looked_for_in_all(
    kind: str, region: str, tag: str
) -> None:
    found = resource(kind, "x", region=region, tags={tag: "prod"})
    owner = {"eks:cluster-name": "aws_eks_cluster"}.get(tag, "aws_dlm_lifecycle_policy")
    other = [
        entry.__class__(ACCOUNT, OTHER, entry.kind, entry.state)
        for entry in full_coverage()
        if entry.region == REGION
    ]

    def seen(others: list[Resource], coverage: list[Any], enabled: Any) -> Ownership:
        world = Inventory(ACCOUNT, [found, *others], [], coverage, enabled_regions=enabled)
        return judged(found, world)

    full = full_coverage()
    assert seen([], [*full, *other], (REGION, OTHER)).gone
    assert "not collected" in seen([], full, (REGION, OTHER)).doubt
    assert "enabled regions are unknown" in seen([], [*full, *other], None).doubt
    there = resource(owner, "prod", region=OTHER)
    assert seen([there], [*full, *other], (REGION, OTHER)).living


def test_a_cluster_that_may_manage_itself_is_gone_only_if_it_is_declared_so() -> None:
    found = owned({"kubernetes.io/cluster/lab": "owned"})
    cluster = resource("aws_eks_cluster", "lab")
    declared = {"deleted_clusters": ("lab",)}
    assert state(found) == "unknown"
    assert state(found, config=declared) == "gone"
    assert state(found, cluster, config=declared) == "lives"
    assert state(found, config={"deleted_clusters": ("other",)}) == "unknown"
    assert state(found, config=declared, gaps={"aws_eks_cluster": "denied"}) == "unknown"


def test_a_cluster_that_was_one_of_eks_does_not_manage_itself() -> None:
    tags = {"kubernetes.io/cluster/prod": "owned", "eks:cluster-name": "prod"}
    assert state(owned(tags)) == "gone"
    assert state(owned({**tags, "eks:cluster-name": "other"})) == "unknown"


def test_one_living_owner_is_enough() -> None:
    tags = {"aws:autoscaling:groupName": "web", "eks:cluster-name": "prod"}
    assert state(owned(tags), resource("aws_eks_cluster", "prod")) == "lives"
    assert state(owned({**tags, "aws:ec2:fleet-id": "fleet-1"})) == "lives"


def test_what_names_no_owner_has_none() -> None:
    assert state(owned({"owner": "me", "aws:createdBy": "me"})) == ""
    assert state(owned({"aws:new": "x"})) == "unknown"
    assert state(owned({"aws:new": "x"}), config={"harmless_tags": ("aws:new",)}) == ""
