"""What of the selected may go, and why the rest stays."""

import hashlib
import json
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.kinds import dependent_kinds, registry
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, read_plan
from tests.support.builders import (
    ACCOUNT,
    ALL_RULES,
    NOW,
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
from tests.support.gathering import for_each_of

EXPIRED = {"expiration": "1d", "owner": "me"}
KEPT = {"expiration": "10y", "owner": "me"}
EXPIRED_ONLY = "rules: {expired: {enabled: true}}"


def expired(kind: str, id: str, **rest: Any) -> Resource:
    return resource(kind, id, tags={**EXPIRED, **rest.pop("tags", {})}, **rest)


def entry(plan: Plan, id: str) -> Any:
    return next(item for item in plan.planned if item.subject.id == id)


def test_an_expired_resource_is_planned_with_reason_facts_and_evidence() -> None:
    plan = planned(inventory([expired("aws_ec2_volume", "vol-1")]))
    found = entry(plan, "vol-1")
    assert found.rules == ("expired",)
    assert found.reason == "expired 99d ago (tag expiration=1d)"
    assert found.facts["expired"]["tag"] == "expiration"
    assert found.evidence
    assert all(": complete" in proof for proof in found.evidence)


@pytest.mark.parametrize(
    ("rest", "protect", "code"),
    [
        ({"tags": {"ebbtide:protected": "yes"}}, "", "protected"),
        ({}, "ids: [vol-1]", "protected"),
        ({}, f"ids: ['{ACCOUNT}/us-east-1/aws_ec2_volume/vol-1']", "protected"),
        ({}, f"accounts: ['{ACCOUNT}']", "protected"),
        ({}, "kinds: [volume]", "protected"),
        ({}, "tags: {owner: me}", "protected"),
        ({}, "tags: {owner: null}", "protected"),
        ({"keep_reason": "it is the default"}, "", "never_deleted"),
        ({"tags": {"aws:ec2:fleet-id": "fleet-1"}}, "", "owned"),
        ({"tags": {"CSIVolumeName": "pvc-1"}}, "", "owned"),
    ],
)
def test_what_must_stay_is_refused(rest: dict[str, Any], protect: str, code: str) -> None:
    config = ALL_RULES + (f"protect: {{{protect}}}" if protect else "")
    plan = planned(inventory([expired("aws_ec2_volume", "vol-1", **rest)]), config)
    assert codes(plan.refused) == {"vol-1": code}
    assert not plan.planned


def test_tags_of_other_values_protect_nothing() -> None:
    config = ALL_RULES + "protect: {tags: {owner: you}}"
    assert ids(planned(inventory([expired("aws_ec2_volume", "vol-1")]), config).planned) == {
        "vol-1"
    }


def test_unknown_tags_are_undecided() -> None:
    plan = planned(inventory([volume("vol-1", unknown_tags=True)]))
    assert codes(plan.undecided)["vol-1"] in ("tags_unknown", "unreadable")
    assert not plan.planned


def test_what_could_not_be_read_again_is_undecided() -> None:
    stale = expired("aws_ec2_volume", "vol-1", stale_since=NOW)
    assert codes(planned(inventory([stale])).undecided) == {"vol-1": "stale"}
    fresh = expired("aws_ec2_volume", "vol-1")
    plan = planned(inventory([fresh], stale_since="2026-11-22T00:00:00Z"))
    assert codes(plan.undecided) == {"vol-1": "stale"}


DEPENDANTS = sorted(dependent_kinds("aws_ec2_security_group"))
GAPS = list(product(DEPENDANTS, ("denied", "throttled", "failed", "timed_out")))


@for_each_of(GAPS, "-".join)
def test_any_gap_among_possible_dependants_is_undecided(gap: tuple[str, str]) -> None:
    kind, state = gap
    world = inventory([expired("aws_ec2_security_group", "sg-1")], gaps={kind: state})
    plan = planned(world)
    assert codes(plan.undecided) == {"sg-1": "evidence_missing"}
    assert kind in plan.undecided[0].reason


def test_a_service_that_a_region_does_not_have_leaves_no_gap() -> None:
    gaps = {"aws_elb": "unavailable"}
    plan = planned(inventory([expired("aws_ec2_security_group", "sg-1")], gaps=gaps))
    assert ids(plan.planned) == {"sg-1"}


def test_a_kind_that_is_not_collected_leaves_a_gap() -> None:
    world = inventory([expired("aws_ec2_security_group", "sg-1")])
    del world.coverage["us-east-1", "aws_elb"]
    assert "aws_elb: not collected" in planned(world).undecided[0].reason


def test_an_alarm_of_an_unreadable_instance_is_undecided() -> None:
    dimensions = [{"name": "InstanceId", "value": "i-0a1b2c3d"}]
    alarm = resource("aws_cloudwatch_alarm", "alarm", properties={"dimensions": dimensions})
    plan = planned(inventory([alarm], gaps={"aws_ec2_instance": "denied"}))
    assert codes(plan.undecided) == {"alarm": "evidence_missing"}


def test_what_something_unplanned_needs_is_refused_and_the_blocker_named() -> None:
    group = expired("aws_ec2_security_group", "sg-1")
    user = resource("aws_ec2_network_interface", "eni-1", tags=KEPT)
    plan = planned(inventory([group, user], [delete_edge(group, user)]))
    assert codes(plan.refused) == {"sg-1": "blocked"}
    assert plan.refused[0].blockers == (user.graph_id,)
    assert "eni-1" in plan.refused[0].reason


def test_a_blocker_is_named_with_what_protects_it() -> None:
    group = expired("aws_ec2_security_group", "sg-1")
    users = [
        (resource(kind.name, "user", tags=KEPT, keep_reason=state.why), f"by AWS: {state.why}")
        for kind in registry().values()
        for state in kind.never_delete
        if state.protects
    ]
    tags = {**KEPT, "ebbtide:protected": "yes"}
    users.append((resource("aws_alb", "user", tags=tags), "by its tag ebbtide:protected=yes"))
    assert len(users) > 20
    for user, why in users:
        world = inventory([group, user], [delete_edge(group, user)])
        (refused,) = planned(world, EXPIRED_ONLY).refused
        said = f"still used by {user.kind} user, protected {why}"
        assert (refused.code, refused.reason) == ("blocked", said)


def test_a_refusal_blocks_all_that_relied_on_it() -> None:
    chain = [expired("aws_ec2_volume", f"vol-{number}") for number in range(4)]
    chain[3] = resource("aws_ec2_volume", "vol-3", tags=KEPT)
    edges = [delete_edge(one, other) for one, other in pairwise(chain)]
    plan = planned(inventory(chain, edges), EXPIRED_ONLY)
    assert codes(plan.refused) == {"vol-0": "blocked", "vol-1": "blocked", "vol-2": "blocked"}


def test_dependants_go_first() -> None:
    vpc, subnet = expired("aws_vpc", "vpc-1"), expired("aws_ec2_subnet", "subnet-1")
    plan = planned(inventory([vpc, subnet], [delete_edge(vpc, subnet)]))
    assert entry(plan, "subnet-1").wave < entry(plan, "vpc-1").wave
    assert entry(plan, "vpc-1").after == (subnet.graph_id,)


def test_cycles_are_refused_and_named() -> None:
    one, other = expired("aws_ec2_volume", "vol-1"), expired("aws_ec2_volume", "vol-2")
    edges = [delete_edge(one, other), delete_edge(other, one)]
    plan = planned(inventory([one, other], edges))
    assert codes(plan.refused) == {"vol-1": "cycle", "vol-2": "cycle"}
    assert "->" in plan.refused[0].reason


def test_a_cycle_that_preparation_cuts_is_planned() -> None:
    one = expired("aws_ec2_security_group", "sg-1")
    other = expired("aws_ec2_security_group", "sg-2")
    edges = [delete_edge(one, other, severable=True), delete_edge(other, one, severable=True)]
    plan = planned(inventory([one, other], edges))
    assert ids(plan.planned) == {"sg-1", "sg-2"}
    assert entry(plan, "sg-1").prepared_after == (other.graph_id,)
    assert entry(plan, "sg-1").after == ()


def test_an_unplanned_group_that_names_a_planned_one_blocks_it() -> None:
    one = expired("aws_ec2_security_group", "sg-1")
    other = resource("aws_ec2_security_group", "sg-2", tags=KEPT)
    plan = planned(inventory([one, other], [delete_edge(one, other, severable=True)]))
    assert codes(plan.refused) == {"sg-1": "blocked"}


def test_what_belongs_to_something_that_stays_is_refused() -> None:
    group = resource("aws_autoscaling_group", "asg", tags=KEPT)
    member = expired("aws_ec2_instance", "i-1")
    plan = planned(inventory([group, member], [owns_edge(group, member)]))
    assert codes(plan.refused) == {"i-1": "owned"}
    assert "asg" in plan.refused[0].reason


def test_what_belongs_to_something_that_goes_goes_with_it() -> None:
    group = expired("aws_autoscaling_group", "asg")
    member = resource("aws_ec2_instance", "i-1", tags={"aws:autoscaling:groupName": "asg", **KEPT})
    subnet = expired("aws_ec2_subnet", "subnet-1")
    edges = [owns_edge(group, member), delete_edge(subnet, member)]
    plan = planned(inventory([group, member, subnet], edges))
    assert entry(plan, "i-1").action == "goes_with"
    assert entry(plan, "i-1").goes_with == group.graph_id
    assert member.graph_id in entry(plan, "subnet-1").after


def test_what_an_owner_takes_along_may_depend_on_itself() -> None:
    stack = expired("aws_cloudformation_stack", "web")
    groups = [resource("aws_ec2_security_group", f"sg-{number}", tags=KEPT) for number in (1, 2)]
    edges = [owns_edge(stack, group) for group in groups]
    edges += [
        delete_edge(groups[0], groups[1], severable=True),
        delete_edge(groups[1], groups[0], severable=True),
    ]
    plan = planned(inventory([stack, *groups], edges))
    assert {item.subject.id: item.after for item in plan.planned} == {
        "web": (),
        "sg-1": (stack.graph_id,),
        "sg-2": (stack.graph_id,),
    }


def test_an_owner_of_something_protected_is_refused() -> None:
    machine = expired("aws_ec2_instance", "i-1")
    disk = volume("vol-1", "in-use", tags={"ebbtide:protected": "true"})
    plan = planned(inventory([machine, disk], [owns_edge(machine, disk)]), EXPIRED_ONLY)
    assert codes(plan.refused) == {"i-1": "owns_protected"}


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("its deletion protection is on", "owns_protected"),
        ("it is replicated to other regions", ""),
    ],
)
def test_an_owner_of_something_that_aws_protects_is_refused(why: str, code: str) -> None:
    stack = expired("aws_cloudformation_stack", "web")
    table = resource("aws_dynamodb_table", "orders", tags=KEPT, keep_reason=why)
    plan = planned(inventory([stack, table], [owns_edge(stack, table)]), EXPIRED_ONLY)
    assert codes(plan.refused).get("web", "") == code


def test_an_owner_of_something_unreadable_is_undecided() -> None:
    machine = expired("aws_ec2_instance", "i-1")
    disk = volume("vol-1", "in-use", unknown_tags=True)
    plan = planned(inventory([machine, disk], [owns_edge(machine, disk)]), EXPIRED_ONLY)
    assert codes(plan.undecided) == {"i-1": "owned_unknown"}


def vpc_world(**gateway: Any) -> tuple[list[Resource], list[Edge]]:
    vpc = expired("aws_vpc", "vpc-1")
    default = resource("aws_ec2_security_group", "sg-default", keep_reason="the default group")
    subnet = resource("aws_ec2_subnet", "subnet-1")
    nat = resource("aws_ec2_nat_gateway", "nat-1", **gateway)
    edges = [
        delete_edge(vpc, subnet),
        delete_edge(vpc, nat),
        delete_edge(subnet, nat),
        owns_edge(vpc, default),
    ]
    return [vpc, default, subnet, nat], edges


def test_an_abandoned_vpc_goes_with_all_its_parts() -> None:
    plan = planned(inventory(*vpc_world()), ALL_RULES)
    assert ids(plan.planned) == {"vpc-1", "subnet-1", "nat-1", "sg-default"}
    assert entry(plan, "sg-default").action == "goes_with"
    waves = {item.subject.id: item.wave for item in plan.planned}
    assert waves["nat-1"] < waves["subnet-1"] < waves["vpc-1"] < waves["sg-default"]


def test_what_goes_with_its_owner_stands_in_one_list_only() -> None:
    resources, edges = vpc_world()
    resources[1] = expired("aws_ec2_security_group", "sg-default", keep_reason="the default group")
    plan = planned(inventory(resources, edges))
    assert entry(plan, "sg-default").action == "goes_with"
    assert "sg-default" not in ids((*plan.refused, *plan.undecided))


def test_a_protected_part_keeps_the_whole_vpc() -> None:
    plan = planned(inventory(*vpc_world(tags={"ebbtide:protected": "true"})))
    assert not plan.planned
    assert codes(plan.refused) == {
        "nat-1": "protected",
        "subnet-1": "blocked",
        "vpc-1": "blocked",
    }


def test_a_living_instance_keeps_the_whole_vpc() -> None:
    resources, edges = vpc_world()
    alive = instance("i-1", tags=KEPT)
    edges.append(delete_edge(resources[2], alive))
    plan = planned(inventory([*resources, alive], edges))
    assert not plan.planned
    assert codes(plan.refused)["vpc-1"] == "vetoed"


def test_an_idle_balancer_that_is_protected_keeps_its_groups() -> None:
    balancer = resource(
        "aws_alb", "lb", tags={"ebbtide:protected": "true"}, properties={"listeners": []}
    )
    group = resource(
        "aws_alb_target_group",
        "tg",
        properties={"target_type": "instance", "load_balancer_arns": ["x"], "backends": []},
    )
    edges = [default_edge(balancer, group), delete_edge(group, balancer)]
    config = "rules: {load_balancers: {enabled: true}}"
    plan = planned(inventory([balancer, group], edges), config)
    assert codes(plan.refused) == {"lb": "protected", "tg": "part_of_refused"}


def test_the_same_input_gives_the_same_plan_and_hash() -> None:
    resources, edges = vpc_world()
    one = planned(inventory(resources, edges))
    other = planned(inventory(reversed(resources), reversed(edges)))
    assert one == other
    assert one.hash
    assert read_plan(one.to_json()) == one


def test_a_plan_that_was_altered_does_not_fit_its_hash() -> None:
    value = planned(inventory([expired("aws_ec2_volume", "vol-1")])).to_json()
    value["planned"][0]["subject"]["id"] = "vol-2"
    altered = read_plan(value)
    assert altered.sealed().hash != altered.hash


def canonical(value: Any) -> str:
    """Return a stored plan as the one text of which its hash is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def hashed(value: Any) -> Any:
    """Return what of a plan its hash covers: not what is null and plans of older versions lack."""
    if isinstance(value, dict):
        later = ("monthly", "owner", "grace")
        return {k: hashed(v) for k, v in value.items() if v is not None or k not in later}
    return [hashed(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", ["vol-1", 'a "quoted" \u00e4\U0001f600\n', ""])
def test_what_is_stored_piece_by_piece_is_the_json_of_the_plan(name: str) -> None:
    resources, edges = vpc_world()
    odd = expired("aws_ec2_volume", "vol-9", name=name, tags={"": name, name: "1"})
    kept = expired("aws_ec2_volume", "vol-8", tags={"ebbtide:protected": name})
    unknown = expired("aws_ec2_volume", "vol-7", unknown_tags=True)
    plan = planned(inventory([*resources, odd, kept, unknown], edges))
    assert plan.planned and plan.refused
    assert "".join(plan.texts()) == canonical(plan.to_json())
    assert read_plan(json.loads("".join(plan.texts()))) == plan
    content = {key: one for key, one in plan.to_json().items() if key != "format"}
    sealed = hashlib.sha256(canonical(hashed({**content, "hash": ""})).encode())
    assert plan.hash == sealed.hexdigest()


def test_an_empty_plan_is_stored_as_its_json() -> None:
    plan = planned(inventory([]))
    assert "".join(plan.texts()) == canonical(plan.to_json())


KINDS = ("aws_ec2_volume", "aws_ec2_security_group", "aws_ec2_subnet", "aws_vpc")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Resource], list[Edge]]:
    resources = [
        resource(
            draw(st.sampled_from(KINDS)),
            f"r-{number}",
            tags=draw(st.sampled_from([EXPIRED, KEPT, {**EXPIRED, "ebbtide:protected": "1"}])),
        )
        for number in range(draw(st.integers(1, 9)))
    ]
    pairs = st.tuples(st.sampled_from(resources), st.sampled_from(resources))
    edges = [
        delete_edge(one, other, severable=severable)
        for (one, other), severable in draw(st.lists(st.tuples(pairs, st.booleans()), max_size=14))
        if one is not other
    ]
    owned = draw(st.lists(pairs, max_size=3))
    # In AWS nothing has two owners, and nothing owns itself through others.
    owners = {other.graph_id: (one, other) for one, other in owned if one.id < other.id}
    return resources, [*edges, *(owns_edge(one, other) for one, other in owners.values())]


@given(worlds())
def test_every_selected_resource_ends_in_exactly_one_list(
    world: tuple[list[Resource], list[Edge]],
) -> None:
    resources, edges = world
    plan = planned(inventory(resources, edges), EXPIRED_ONLY)
    lists = [item.subject.id for item in (*plan.planned, *plan.refused, *plan.undecided)]
    chosen = {item.id for item in resources if item.tags["expiration"] == "1d"}
    assert len(lists) == len(set(lists))
    assert chosen <= set(lists)


@given(worlds())
def test_nothing_is_planned_before_or_without_what_must_go_first(
    world: tuple[list[Resource], list[Edge]],
) -> None:
    resources, edges = world
    plan = planned(inventory(resources, edges), EXPIRED_ONLY)
    waves = {item.subject.graph_id: item.wave for item in plan.planned}
    deleted = {item.subject.graph_id for item in plan.planned if item.action == "delete"}
    for edge in edges:
        if edge.type == "delete" and edge.source in deleted:
            assert edge.target in waves
            if not edge.severable:
                assert waves[edge.target] < waves[edge.source]
    protected = {item.graph_id for item in resources if "ebbtide:protected" in item.tags}
    assert not protected & set(waves)
