"""What a plan says about its entries: what verification, limits and people rely on later."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.builders import (
    codes,
    default_edge,
    delete_edge,
    ids,
    instance,
    inventory,
    owns_edge,
    planned,
    resource,
    volume,
)

EXPIRED = {"expiration": "1d", "owner": "me"}
EXPIRED_ONLY = "rules: {expired: {enabled: true}}"


def test_an_entry_has_the_tags_and_the_fingerprint_that_are_compared_later() -> None:
    plan = planned(inventory([volume("vol-1", tags={**EXPIRED, "team": "blue"})]), EXPIRED_ONLY)
    (entry,) = plan.planned
    assert entry.tags == {**EXPIRED, "team": "blue"}
    assert entry.fingerprint.keys() == {"State", "Attachments", "CreateTime"}


def test_what_goes_with_its_owner_has_its_own_tags_and_the_owners_rules() -> None:
    owner, part = instance("i-1", tags=EXPIRED), volume("vol-1", "in-use", tags={"data": "1"})
    plan = planned(inventory([owner, part], [owns_edge(owner, part)]), EXPIRED_ONLY)
    entry = next(one for one in plan.planned if one.subject.id == "vol-1")
    assert (entry.tags, entry.rules, entry.facts) == ({"data": "1"}, ("expired",), {})
    assert entry.reason == f"AWS deletes it together with {owner.graph_id}"


def test_a_member_that_was_selected_itself_keeps_its_own_reason() -> None:
    owner, part = instance("i-1", tags=EXPIRED), volume("vol-1", "in-use", tags=EXPIRED)
    plan = planned(inventory([owner, part], [owns_edge(owner, part)]), EXPIRED_ONLY)
    reasons = {one.subject.id: one.reason for one in plan.planned}
    assert reasons["vol-1"].startswith("expired 99d ago")


@pytest.mark.parametrize(
    ("rest", "counted"),
    [
        ({}, 1),
        ({"tags": EXPIRED}, 1),
        ({"ended": True}, 0),
        ({"keep_reason": "it is the default"}, 0),
        ({"tags": {"ebbtide:protected": "1"}}, 1),
    ],
)
def test_what_can_be_deleted_is_counted(rest: dict[str, Any], counted: int) -> None:
    one = volume("vol-1", **rest)
    account = resource("aws_account", "account", region="global")
    plan = planned(inventory([one, account, instance("i-1", "terminated")]), EXPIRED_ONLY)
    assert plan.deletable.get("aws_ec2_volume", 0) == counted
    assert plan.deletable.keys() <= {"aws_ec2_volume"}


def test_vetoes_and_doubts_about_what_no_rule_selects_are_shown_once() -> None:
    action = {"default_actions": [{"type": "redirect"}]}
    balancer = resource("aws_alb", "answers", properties={"listeners": [action]})
    odd = volume("odd", "in-use", tags={"expiration": "soon", "owner": "me"})
    config = "rules: {load_balancers: {enabled: true}, expired: {enabled: true}}"
    plan = planned(inventory([balancer, odd, volume("vol-1", tags=EXPIRED)]), config)
    assert codes(plan.refused) == {"answers": "vetoed"}
    assert codes(plan.undecided) == {"odd": "unreadable"}
    assert ids(plan.planned) == {"vol-1"}
    assert [one.rules for one in (*plan.refused, *plan.undecided)] == [
        ("load_balancers",),
        ("expired",),
    ]


def test_a_doubt_about_what_another_rule_selects_is_not_shown_besides() -> None:
    both = volume("vol-1", tags={"expiration": "soon"})
    config = "rules: {untagged: {enabled: true}, expired: {enabled: true}}"
    plan = planned(inventory([both]), config)
    assert ids(plan.planned) == {"vol-1"}
    assert not plan.undecided and not plan.refused


def test_an_overriding_veto_holds_against_every_rule() -> None:
    vpc, living = resource("aws_vpc", "vpc-1", tags=EXPIRED), instance("i-1", tags={"owner": "x"})
    edges = [delete_edge(vpc, living), default_edge(vpc, living)]
    config = "rules: {vpcs: {enabled: true}, expired: {enabled: true}}"
    plan = planned(inventory([vpc, living], edges), config)
    assert codes(plan.refused) == {"vpc-1": "vetoed"}
