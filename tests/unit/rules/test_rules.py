"""What each rule selects, and the look-alikes it leaves alone."""

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.model.resource import Edge, Resource
from ebbtide.rules.finding import Finding
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from tests.support.builders import (
    ALL_RULES,
    NOW,
    days_ago,
    default_edge,
    delete_edge,
    instance,
    inventory,
    resource,
    volume,
)


def findings(
    resources: list[Resource], edges: list[Edge] = (), config: str = ALL_RULES
) -> list[Finding]:
    situation = Situation(inventory(resources, edges), NOW)
    return run_rules(situation, parse_config(config).rules)


def selected(rule: str, *args: object, **rest: object) -> set[str]:
    return {
        finding.resource.rsplit("/", 1)[1]
        for finding in findings(*args, **rest)
        if finding.rule == rule and finding.verdict == "select"
    }


def test_rules_are_off_by_default() -> None:
    world = [volume("vol-1"), instance("i-1", tags={"expiration": "1h"})]
    assert findings(world, config="") == []


def test_expired_selects_what_is_past_its_time() -> None:
    world = [
        instance("past", tags={"expiration": "7d"}),
        instance("future", tags={"expiration": "1y"}),
        instance("never", tags={"expiration": "never"}),
        instance("terminated", "terminated", tags={"expiration": "7d"}),
    ]
    assert selected("expired", world) == {"past"}


def test_an_unreadable_expiration_is_a_doubt() -> None:
    found = findings([instance("i-1", tags={"expiration": "soon", "owner": "me"})])
    assert [(finding.rule, finding.verdict) for finding in found] == [("expired", "doubt")]


def test_untagged_selects_after_the_time_of_grace() -> None:
    tags = {"owner": "me", "expiration": "1y"}
    world = [
        instance("bare"),
        instance("half", tags={"owner": "me"}),
        instance("tagged", tags=tags),
        instance("young", age_days=0.05),
        resource("aws_ec2_snapshot", "other-kind"),
    ]
    assert selected("untagged", world) == {"bare", "half"}


def test_untagged_doubts_what_could_not_be_read() -> None:
    found = findings([instance("i-1", unknown_tags=True)])
    assert [(finding.rule, finding.verdict) for finding in found] == [("untagged", "doubt")]


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ("{}", {"bare"}),
        ("{'999999999999': null}", set()),
        ("{'111122223333': null}", {"bare"}),
        ("{'111122223333': 1y}", set()),
        ("{'111122223333': 0s}", {"bare"}),
    ],
)
def test_untagged_can_be_limited_to_accounts(accounts: str, expected: set[str]) -> None:
    config = f"rules: {{untagged: {{enabled: true, accounts: {accounts}}}}}"
    assert selected("untagged", [instance("bare")], config=config) == expected


def test_volumes_must_be_old_detached_and_unchanged() -> None:
    world = [
        volume("waste"),
        volume("attached", "in-use"),
        volume("young", age_days=3),
        volume("lately-detached", updated=days_ago(2)),
    ]
    assert selected("volumes", world) == {"waste"}


def test_a_volume_that_was_not_watched_for_long_is_a_doubt() -> None:
    world = [volume("vol-1", first_seen=days_ago(1), tags={"owner": "me", "expiration": "1y"})]
    (found,) = findings(world)
    assert (found.rule, found.verdict) == ("volumes", "doubt")
    config = "rules: {volumes: {enabled: true, assume_unchanged: true}}"
    assert selected("volumes", world, config=config) == {"vol-1"}


LAST_USE = "rules: {volumes: {enabled: true, last_use: true, min_age: 14d}}"


def used_volume(id: str, used: float | None, known: float = 15, **rest: Any) -> Resource:
    """A volume whose last use, so many days ago, CloudWatch told; it was watched for a day."""
    found = volume(id, rest.pop("status", "available"), first_seen=days_ago(1), **rest)
    use = {
        "last_used": None if used is None else to_text(days_ago(used)),
        "last_use_known_since": to_text(days_ago(known)),
    }
    return replace(found, properties={**found.properties, **use})


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (used_volume("never-used", None), True),
        (used_volume("used-before", 14.5), True),
        (used_volume("used-lately", 13), False),
        (used_volume("looked-at-too-briefly", None, known=5), False),
        (used_volume("young", None, age_days=3), False),
        (used_volume("attached", None, status="in-use"), False),
        (used_volume("lately-detached", None, updated=days_ago(2)), False),
    ],
)
def test_the_last_use_of_a_volume_decides_however_short_it_was_watched(
    world: Resource, expected: bool
) -> None:
    assert bool(selected("volumes", [world], config=LAST_USE)) is expected
    assert not [entry for entry in findings([world], config=LAST_USE) if entry.verdict == "doubt"]


def test_the_last_use_of_a_volume_decides_although_it_was_watched_for_long() -> None:
    used = replace(used_volume("used-lately", 3), first_seen=days_ago(100))
    assert selected("volumes", [used], config=LAST_USE) == set()


def test_a_volume_of_unknown_last_use_has_to_be_watched() -> None:
    world = [volume("watched"), volume("new", first_seen=days_ago(1))]
    assert selected("volumes", world, config=LAST_USE) == {"watched"}
    verdicts = {entry.resource[-3:]: entry.verdict for entry in findings(world, config=LAST_USE)}
    assert verdicts["new"] == "doubt"


@pytest.mark.parametrize("property", ["last_used", "last_use_known_since"])
def test_half_of_what_is_to_be_known_of_the_last_use_counts_as_unknown(property: str) -> None:
    found = used_volume("vol-1", None)
    half = {name: value for name, value in found.properties.items() if name != property}
    (doubt,) = findings([replace(found, properties=half)], config=LAST_USE)
    assert doubt.verdict == "doubt"


def test_the_last_use_of_a_volume_is_not_looked_at_unless_asked_for() -> None:
    config = "rules: {volumes: {enabled: true, assume_unchanged: true}}"
    assert selected("volumes", [used_volume("vol-1", 1)], config=config) == {"vol-1"}


def test_a_selection_by_the_last_use_says_so() -> None:
    (never,) = findings([used_volume("never", None)], config=LAST_USE)
    assert never.facts["last_used"] is None
    assert never.facts["last_use_known_since"] == to_text(days_ago(15))
    assert f"not used since {to_text(days_ago(15))}" in never.reason
    (before,) = findings([used_volume("before", 14.5)], config=LAST_USE)
    assert before.facts["last_used"] == to_text(days_ago(14.5))
    assert f"last used {to_text(days_ago(14.5))}" in before.reason
    (watched,) = findings([volume("watched")], config=LAST_USE)
    assert "last_used" not in watched.facts


def alarm(id: str, *instances: str) -> Resource:
    dimensions = [{"name": "InstanceId", "value": name} for name in instances]
    return resource("aws_cloudwatch_alarm", id, properties={"dimensions": dimensions})


ALIVE, ENDED, GONE = "i-0123456789abcdef0", "i-0123456789abcdef1", "i-0a1b2c3d"


def test_alarms_without_any_living_instance_are_selected() -> None:
    world = [
        instance(ALIVE),
        instance(ENDED, "terminated"),
        alarm("orphan", GONE),
        alarm("of-ended", ENDED),
        alarm("half", GONE, ALIVE),
        alarm("of-nothing"),
    ]
    assert selected("alarms", world) == {"orphan", "of-ended"}
    found = [entry for entry in findings(world) if entry.rule == "alarms"]
    assert all(entry.negates == ("aws_ec2_instance",) for entry in found)


def classic(id: str, *backends: str, **rest: object) -> Resource:
    return resource("aws_elb", id, properties={"backends": list(backends)}, **rest)


def test_classic_balancers_need_a_living_instance() -> None:
    world = [
        instance("i-alive"),
        classic("empty"),
        classic("of-gone", "i-gone"),
        classic("in-use", "i-alive"),
        classic("young", age_days=2),
    ]
    assert selected("load_balancers", world) == {"empty", "of-gone"}


def test_a_group_scaled_to_zero_keeps_its_balancer() -> None:
    balancer, group = classic("empty"), resource("aws_autoscaling_group", "asg")
    edges = [default_edge(group, balancer)]
    assert selected("load_balancers", [balancer, group], edges) == set()


def target_group(
    id: str, *backends: str, type: str = "instance", attached: bool = True
) -> Resource:
    properties = {
        "target_type": type,
        "backends": list(backends),
        "load_balancer_arns": ["arn:lb"] if attached else [],
    }
    return resource("aws_alb_target_group", id, properties=properties)


def alb(id: str, *actions: str) -> Resource:
    listeners = [{"default_actions": [{"type": action} for action in actions]}]
    return resource("aws_alb", id, properties={"listeners": listeners})


def test_balancers_without_groups_are_selected_unless_they_answer_themselves() -> None:
    world = [alb("idle", "forward"), alb("redirecting", "redirect")]
    assert selected("load_balancers", world) == {"idle"}
    vetoes = [entry.resource for entry in findings(world) if entry.verdict == "veto"]
    assert [name.rsplit("/", 1)[1] for name in vetoes] == ["redirecting"]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (target_group("tg", "i-gone"), {"lb", "tg"}),
        (target_group("tg"), {"lb", "tg"}),
        (target_group("tg", "i-alive"), set()),
        (target_group("tg", "10.0.0.1", type="ip"), set()),
        (target_group("tg", type="lambda"), set()),
    ],
)
def test_a_balancer_goes_with_all_its_idle_groups(group: Resource, expected: set[str]) -> None:
    balancer = alb("lb", "forward")
    world = [balancer, group, instance("i-alive")]
    assert selected("load_balancers", world, [default_edge(balancer, group)]) == expected


def test_one_living_group_keeps_balancer_and_idle_group() -> None:
    balancer = alb("lb", "forward")
    idle, busy = target_group("idle"), target_group("busy", "i-alive")
    edges = [default_edge(balancer, idle), default_edge(balancer, busy)]
    assert selected("load_balancers", [balancer, idle, busy, instance("i-alive")], edges) == set()


def test_a_group_of_no_balancer_is_selected() -> None:
    world = [target_group("alone", attached=False), target_group("attached")]
    assert selected("load_balancers", world) == {"alone"}


def network() -> tuple[list[Resource], list[Edge]]:
    vpc = resource("aws_vpc", "vpc-1", tags={"expiration": "1d", "owner": "me"})
    subnet = resource("aws_ec2_subnet", "subnet-1")
    gateway = resource("aws_ec2_nat_gateway", "nat-1")
    address = resource("aws_ec2_elastic_ip", "eip-1")
    database = resource("aws_rds_instance", "db-1")
    edges = [
        delete_edge(vpc, subnet),
        delete_edge(subnet, gateway),
        delete_edge(address, gateway),
        delete_edge(subnet, database),
    ]
    return [vpc, subnet, gateway, address, database], edges


def test_a_selected_vpc_takes_its_parts_along() -> None:
    assert selected("vpcs", *network()) == {"subnet-1", "nat-1", "eip-1"}


def test_a_living_instance_keeps_the_whole_vpc() -> None:
    resources, edges = network()
    alive = instance("i-1", tags={"owner": "me", "expiration": "1y"})
    edges.append(delete_edge(resources[1], alive))
    found = findings([*resources, alive], edges)
    assert not any(entry.rule == "vpcs" and entry.verdict == "select" for entry in found)
    assert any(entry.overriding and entry.resource.endswith("vpc-1") for entry in found)


def test_an_instance_that_goes_itself_keeps_nothing() -> None:
    resources, edges = network()
    going = instance("i-1", tags={"owner": "me", "expiration": "1d"})
    edges.append(delete_edge(resources[1], going))
    assert "subnet-1" in selected("vpcs", [*resources, going], edges)


def test_no_rule_touches_a_vpc_that_none_selected() -> None:
    resources, edges = network()
    tagged = resource("aws_vpc", "vpc-1", tags={"owner": "me", "expiration": "1y"})
    assert selected("vpcs", [tagged, *resources[1:]], edges) == set()


@pytest.mark.parametrize(
    ("tags", "verdicts"),
    [
        ({"Owner": "me", "expiration": "1y"}, ["doubt"]),
        ({"owner ": "me", "EXPIRATION": "1y"}, ["doubt"]),
        # One tag is missing altogether, whatever the other is called.
        ({"Owner": "me"}, ["select"]),
        ({"owners": "me", "expiration": "1y"}, ["select"]),
        ({"owner": "me", "expiration": "1y"}, []),
    ],
    ids=str,
)
def test_a_tag_that_is_spelled_differently_is_a_doubt(
    tags: dict[str, str], verdicts: list[str]
) -> None:
    found = findings([instance("i-1", tags=tags)])
    assert [one.verdict for one in found if one.rule == "untagged"] == verdicts


def left(kind: str, id: str, days: float | None, **rest: Any) -> Resource:
    """Return a resource whose owner has been gone for these days; None: it is not gone."""
    tags = {"aws:autoscaling:groupName": "web"}
    since = None if days is None else days_ago(days)
    return resource(kind, id, tags=tags, orphaned_since=since, **rest)


def test_orphaned_selects_what_was_left_behind_long_enough() -> None:
    world = [
        left("aws_sqs_queue", "old", 15),
        left("aws_sqs_queue", "fresh", 13),
        left("aws_sqs_queue", "owned", None),
        left("aws_sqs_queue", "young", 15, age_days=13),
        left("aws_ec2_instance", "terminated", 15, ended=True),
        left("aws_s3_bucket", "data", 15),
        left("aws_rds_instance", "base-kind-with-data", 15),
    ]
    assert selected("orphaned", world) == {"old"}


def test_orphaned_names_the_owner_and_since_when_it_is_gone() -> None:
    world = [left("aws_sqs_queue", "old", 15)]
    found = next(one for one in findings(world) if one.rule == "orphaned")
    assert found.reason == "the Auto Scaling group web has been gone for 15d or longer"
    assert found.facts["owners"] == ["the Auto Scaling group web"]
    assert found.facts["orphaned_since"] == to_text(days_ago(15))


def test_orphaned_keeps_to_its_kinds() -> None:
    world = [left("aws_sqs_queue", "q", 15), left("aws_ec2_volume", "vol-1", 15)]
    config = "rules: {orphaned: {enabled: true, kinds: [volume]}}"
    assert selected("orphaned", world, config=config) == {"vol-1"}
    config = "rules: {orphaned: {enabled: true, exclude: [volume]}}"
    assert selected("orphaned", world, config=config) == {"q"}


def test_listeners_and_their_rules_do_not_make_an_idle_group_busy() -> None:
    balancer, idle = alb("balancer", "forward"), target_group("idle")
    listener = resource("aws_alb_listener", "listener")
    forwarding = resource("aws_alb_listener_rule", "rule")
    world = [balancer, idle, listener, forwarding]
    edges = [
        default_edge(balancer, idle),
        delete_edge(idle, listener),
        delete_edge(idle, forwarding),
    ]
    assert selected("load_balancers", world, edges) == {"balancer", "idle"}
    service = resource("aws_ecs_service", "service")
    used = [*edges, delete_edge(idle, service)]
    assert selected("load_balancers", [*world, service], used) == set()
    kinds = {kind for found in findings(world, edges) for kind in found.negates}
    assert {"aws_ecs_service", "aws_codedeploy_deployment_group"} <= kinds
    assert "aws_alb_listener" not in kinds


def owns(owner: Resource, owned: Resource) -> Edge:
    return Edge(owner.graph_id, owned.graph_id, "owns", owned.graph_id)


@pytest.mark.parametrize(
    "action", ["redirect", "fixed-response", "an-action-of-the-future", "forward"]
)
@pytest.mark.parametrize("place", ["balancer", "listener", "rule"])
@pytest.mark.parametrize("with_group", [False, True])
def test_a_balancer_that_answers_anything_itself_is_in_use(
    action: str, place: str, with_group: bool
) -> None:
    types = {name: action if name == place else "forward" for name in ("balancer", "listener")}
    balancer, idle = alb("balancer", types["balancer"]), target_group("idle")
    listener = resource(
        "aws_alb_listener", "l", properties={"default_actions": [{"type": types["listener"]}]}
    )
    actions = [{"type": "authenticate-oidc"}, {"type": action if place == "rule" else "forward"}]
    answering = resource("aws_alb_listener_rule", "r", properties={"actions": actions})
    world, edges = [balancer, listener, answering], [owns(balancer, listener)]
    edges.append(owns(listener, answering))
    if with_group:
        world, edges = [*world, idle], [*edges, default_edge(balancer, idle)]
    going = {"balancer", "idle"} if with_group else {"balancer"}
    assert selected("load_balancers", world, edges) == (going if action == "forward" else set())


def test_the_rules_of_listeners_must_be_known() -> None:
    world = [alb("balancer", "forward")]
    assert "aws_alb_listener_rule" in {kind for one in findings(world) for kind in one.negates}


@pytest.mark.parametrize("created", [True, False])
def test_an_age_without_a_creation_counts_watched_time_only(created: bool) -> None:
    moment = days_ago(50) if created else None
    found = resource(
        "aws_sqs_queue", "q", created=moment, first_seen=days_ago(50), watched_since=days_ago(1)
    )
    config = "rules: {untagged: {enabled: true, kinds: [aws_sqs_queue], min_age: 2d}}"
    assert selected("untagged", [found], config=config) == ({"q"} if created else set())


def test_an_expiration_without_a_creation_counts_watched_time_only() -> None:
    found = resource(
        "aws_sqs_queue",
        "q",
        created=None,
        first_seen=days_ago(50),
        watched_since=days_ago(1),
        tags={"expiration": "2d"},
    )
    assert selected("expired", [found]) == set()
    assert selected("expired", [replace(found, watched_since=days_ago(3))]) == {"q"}
