"""What AWS deletes together with a resource decides about it, however deep it is below it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.builders import (
    NOW,
    codes,
    delete_edge,
    ids,
    inventory,
    needed_edge,
    owns_edge,
    planned,
    resource,
)

EXPIRED = {"expiration": "1d", "owner": "me"}
CONFIG = "rules: {expired: {enabled: true}}"
CHAIN = (
    ("aws_autoscaling_group", "owner"),
    ("aws_ec2_instance", "first"),
    ("aws_ec2_network_interface", "second"),
    ("aws_ec2_volume", "third"),
)
STATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "protected by a tag": ({"tags": {"ebbtide:protected": "1"}}, "", "owns_protected"),
    "protected by its id": ({}, "protect: {ids: [third]}", "owns_protected"),
    "of unknown tags": ({"unknown_tags": True}, "", "owned_unknown"),
    "stale": ({"stale_since": NOW}, "", "owned_unknown"),
    "read only partly": ({"unread": {"DescribeTags": "denied"}}, "", "owned_unknown"),
}


def chain(depth: int, **leaf: Any) -> Any:
    """Return an expired owner, what it owns, and so on; `leaf` is about the last, called third."""
    (kind, name), *between, last = (CHAIN[0], *CHAIN[1:depth], CHAIN[3])
    resources = [resource(kind, name, tags=EXPIRED)]
    resources += [resource(kind, name) for kind, name in between]
    resources.append(resource(*last, **leaf))
    edges = [owns_edge(one, other) for one, other in pairwise(resources)]
    return resources, edges


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("state", STATES)
def test_an_owner_stays_if_what_it_takes_along_must_or_may_have_to(state: str, depth: int) -> None:
    leaf, protect, code = STATES[state]
    plan = planned(inventory(*chain(depth, **leaf)), f"{CONFIG}\n{protect}")
    assert not plan.planned
    assert codes((*plan.refused, *plan.undecided)) == {"owner": code}
    reason = (*plan.refused, *plan.undecided)[0].reason
    assert "aws_ec2_volume/third" in reason


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_owner_takes_everything_below_it_along(depth: int) -> None:
    plan = planned(inventory(*chain(depth)), CONFIG)
    assert [one.subject.id for one in plan.planned if one.action == "delete"] == ["owner"]
    assert len(plan.planned) == depth + 1
    carried = {one.subject.id: one.goes_with for one in plan.planned if one.goes_with}
    assert carried["third"] == plan.planned[depth - 1].subject.graph_id
    assert not plan.refused and not plan.undecided


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_has_ended_is_not_taken_along(depth: int) -> None:
    leaf = {"ended": True, "tags": {"ebbtide:protected": "1"}}
    plan = planned(inventory(*chain(depth, **leaf)), CONFIG)
    assert "third" not in ids(plan.planned)
    assert len(plan.planned) == depth


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("ended", [False, True])
def test_what_needs_something_that_goes_along_keeps_the_owner(depth: int, ended: bool) -> None:
    resources, edges = chain(depth)
    user = resource("aws_ec2_launch_template", "user", ended=ended)
    edges.append(needed_edge(resources[-1], user))
    plan = planned(inventory([*resources, user], edges), CONFIG)
    assert codes(plan.refused) == ({} if ended else {"owner": "needed"})
    assert bool(plan.planned) == ended


def test_one_of_several_that_go_along_is_enough() -> None:
    resources, edges = chain(2)
    kept = resource("aws_ec2_volume", "kept", tags={"ebbtide:protected": "1"})
    edges.append(owns_edge(resources[1], kept))
    for order in ([*resources, kept], [kept, *resources]):
        plan = planned(inventory(order, edges), CONFIG)
        assert codes(plan.refused) == {"owner": "owns_protected"}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_uses_something_that_goes_along_keeps_the_owner(depth: int) -> None:
    resources, edges = chain(depth)
    user = resource("aws_ec2_instance", "user")
    edges.append(delete_edge(resources[-1], user))
    plan = planned(inventory([*resources, user], edges), CONFIG)
    assert not plan.planned
    assert codes(plan.refused) == {"owner": "blocked"}
    (refused,) = plan.refused
    assert "aws_ec2_volume/third, still used by" in refused.reason
    assert refused.blockers == (user.graph_id,)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_owner_waits_for_what_uses_something_that_goes_along(depth: int) -> None:
    resources, edges = chain(depth)
    user = resource("aws_ec2_instance", "user", tags=EXPIRED)
    edges.append(delete_edge(resources[-1], user))
    plan = planned(inventory([*resources, user], edges), CONFIG)
    entries = {entry.subject.id: entry for entry in plan.planned}
    assert len(entries) == depth + 2
    assert entries["owner"].after == (user.graph_id,)
    assert entries["user"].wave < entries["owner"].wave


def test_parts_of_one_owner_that_use_each_other_do_not_wait() -> None:
    resources, edges = chain(3)
    edges.append(delete_edge(resources[-1], resources[1]))
    plan = planned(inventory(resources, edges), CONFIG)
    assert {entry.subject.id: entry.after for entry in plan.planned}["owner"] == ()
    assert len(plan.planned) == 4


def test_an_owner_stays_with_what_uses_its_part_and_waits_for_the_owner() -> None:
    resources, edges = chain(1)
    user = resource("aws_ec2_instance", "user", tags=EXPIRED)
    edges += [delete_edge(resources[-1], user), delete_edge(user, resources[0])]
    plan = planned(inventory([*resources, user], edges), CONFIG)
    assert not plan.planned
    assert codes(plan.refused) == {"owner": "cycle", "user": "cycle"}
