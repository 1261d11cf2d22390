"""Load balancers and target groups that serve nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from pydantic import Field

from ebbtide.base.durations import describe
from ebbtide.kinds import evidence_kinds
from ebbtide.kinds import registry as kinds
from ebbtide.model.resource import Resource, graph_id
from ebbtide.options.section import Duration
from ebbtide.rules.finding import ENDED, Absent, Finding
from ebbtide.rules.rule import Neighbour, Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "load_balancers"
INSTANCE = "aws_ec2_instance"
GROUP = "aws_autoscaling_group"
TARGET_GROUP = "aws_alb_target_group"
BALANCER = "aws_alb"
CLASSIC = "aws_elb"

LISTENER, LISTENER_RULE = "aws_alb_listener", "aws_alb_listener_rule"

# Listener actions that pass requests on, or come before one that does. All others, such as
# `redirect` and `fixed-response`, answer them, so that the balancer needs no targets.
PASSING_ON = frozenset({"forward", "authenticate-cognito", "authenticate-oidc", "jwt-validation"})


class LoadBalancersOptions(RuleOptions):
    """Load balancers and target groups that serve nothing."""

    min_age: Duration = Field(
        default=timedelta(days=7), description="balancers and target groups must be older"
    )


def idle_load_balancers(situation: Situation, options: LoadBalancersOptions) -> Iterator[Finding]:
    """Select balancers without a live target, and target groups without a balancer."""
    inventory = situation.inventory
    for balancer in inventory.of_kind(CLASSIC):
        if not _why_not_classic(situation, options, balancer):
            yield _classic(situation, balancer)
    for balancer in inventory.of_kind(BALANCER):
        if not _why_not_modern(situation, options, balancer):
            yield from _modern(situation, balancer)
    for group in inventory.of_kind(TARGET_GROUP):
        if not _why_not_unattached(situation, options, group):
            yield _unattached(situation, group)


def why_not(situation: Situation, options: LoadBalancersOptions, resource: Resource) -> str:
    """Return why a resource is no idle balancer or target group; "" if it is one."""
    if resource.kind == CLASSIC:
        return _why_not_classic(situation, options, resource)
    if resource.kind == BALANCER:
        return _why_not_modern(situation, options, resource)
    if resource.kind != TARGET_GROUP:
        return "it is neither a load balancer nor a target group"
    reason = _why_not_unattached(situation, options, resource)
    for balancer in situation.inventory.sources(resource.graph_id) if reason else ():
        if balancer.kind == BALANCER and not _why_not_modern(situation, options, balancer):
            # A balancer that answers itself has a veto of its own, and selects no groups.
            return reason if _answers(situation, balancer) else ""
    return reason


def _too_young(situation: Situation, options: LoadBalancersOptions, resource: Resource) -> str:
    return ENDED if resource.ended else situation.too_young(resource, options.min_age)


def _why_not_classic(
    situation: Situation, options: LoadBalancersOptions, balancer: Resource
) -> str:
    if young := _too_young(situation, options, balancer):
        return young
    if _fed_by_group(situation, balancer):
        return "an Auto Scaling group registers its instances there"
    return "it has live instances" if _living(situation, balancer) else ""


def _why_not_modern(situation: Situation, options: LoadBalancersOptions, balancer: Resource) -> str:
    if young := _too_young(situation, options, balancer):
        return young
    if _answers(situation, balancer):
        return ""
    for group in _groups(situation, balancer):
        if busy := _why_not_idle(situation, options, group):
            return f"its target group {group.name} is not idle: {busy}"
    return ""


def _why_not_unattached(
    situation: Situation, options: LoadBalancersOptions, group: Resource
) -> str:
    if young := _too_young(situation, options, group):
        return young
    if group.get("load_balancer_arns"):
        return "a load balancer that is not idle uses it"
    return _registered_by_others(situation, group)


def _select(
    situation: Situation, resource: Resource, reason: str, negates: tuple[str, ...], **facts: object
) -> Finding:
    age = situation.age(resource)
    known = {"age": describe(age) if age else "", **facts}
    return Finding(resource.graph_id, NAME, "select", reason, known, negates)


def _classic(situation: Situation, balancer: Resource) -> Finding:
    backends = [str(backend) for backend in balancer.get("backends") or []]
    reason = "has no instances" if not backends else "all of its instances are gone"
    negates = (GROUP, INSTANCE) if backends else (GROUP,)
    found = _select(situation, balancer, reason, negates, backends=backends)
    return replace(found, absent=_names(balancer))


def _groups(situation: Situation, balancer: Resource) -> list[Resource]:
    beside = situation.inventory.targets(balancer.graph_id)
    return [group for group in beside if group.kind == TARGET_GROUP]


def _answers(situation: Situation, balancer: Resource) -> list[str]:
    """Return the actions by which a balancer answers requests itself."""
    return sorted(_actions(situation, balancer) - PASSING_ON)


def _modern(situation: Situation, balancer: Resource) -> Iterator[Finding]:
    groups, answers = _groups(situation, balancer), _answers(situation, balancer)
    if answers:
        reason = f"needs no targets: its listeners answer with {', '.join(answers)}"
        yield Finding(balancer.graph_id, NAME, "veto", reason, {"actions": answers})
    elif not groups:
        negates = (TARGET_GROUP, LISTENER_RULE)
        yield _select(situation, balancer, "has no target groups", negates, target_groups=[])
    else:
        yield from _with_idle_groups(situation, balancer, groups)


def _with_idle_groups(
    situation: Situation, balancer: Resource, groups: list[Resource]
) -> Iterator[Finding]:
    names = [group.name for group in groups]
    negates = (TARGET_GROUP, LISTENER_RULE, INSTANCE, *_kinds_that_register())
    reason = f"no live instances in its target groups: {', '.join(names)}"
    yield replace(
        _select(situation, balancer, reason, negates, target_groups=names),
        absent=tuple(name for group in groups for name in _names(group)),
        parts=tuple(group.graph_id for group in groups),
    )
    for group in groups:
        alone = _select(
            situation, group, f"idle, and used only by load balancer {balancer.name}", negates
        )
        yield replace(alone, part_of=balancer.graph_id, absent=_names(group))


def _names(resource: Resource) -> tuple[Absent, ...]:
    backends = resource.get("backends") or []
    return tuple(Absent(resource.graph_id, INSTANCE, str(one)) for one in backends)


def _actions(situation: Situation, balancer: Resource) -> set[str]:
    """Return the types of all actions of a balancer's listeners and of their rules."""
    inventory = situation.inventory
    listeners = [
        one for one in inventory.targets(balancer.graph_id, "owns") if one.kind == LISTENER
    ]
    rules = [
        one
        for listener in listeners
        for one in inventory.targets(listener.graph_id, "owns")
        if one.kind == LISTENER_RULE
    ]
    found = [listener.get("default_actions") for listener in listeners]
    found += [rule.get("actions") for rule in rules]
    found += [listener.get("default_actions") for listener in balancer.get("listeners") or []]
    return {str(action.get("type")) for actions in found for action in actions or []}


def _unattached(situation: Situation, group: Resource) -> Finding:
    reason = "not attached to any load balancer"
    return _select(situation, group, reason, (*_kinds_that_register(),))


def _why_not_idle(situation: Situation, options: LoadBalancersOptions, group: Resource) -> str:
    """Return why a group is not an old one of instances without a live one; "" if it is."""
    if group.get("target_type") != "instance":
        return f"its targets are of type {group.get('target_type')}"
    if young := _too_young(situation, options, group):
        return young
    if registered := _registered_by_others(situation, group):
        return registered
    return "it has live instances" if _living(situation, group) else ""


def _living(situation: Situation, resource: Resource) -> bool:
    """Return whether an instance behind it lives; each is looked up, however many there are."""
    inventory, ids = situation.inventory, set(map(str, resource.get("backends") or []))
    names = (graph_id(inventory.account, resource.region, INSTANCE, id) for id in ids)
    return any(name in inventory and not inventory[name].ended for name in names)


def _kinds_that_register() -> list[str]:
    """Return the kinds that use a target group without being a load balancer or part of one."""
    return sorted(kind for kind in evidence_kinds(TARGET_GROUP) if not _belongs_to_balancer(kind))


def _belongs_to_balancer(kind: str | None) -> bool:
    """Return whether a kind is listed below load balancers, as listeners and their rules are."""
    while kind is not None and kind != BALANCER:
        kind = kinds()[kind].each
    return kind == BALANCER


def _registered_by_others(situation: Situation, group: Resource) -> str:
    """Return what registers its targets here, even if it has none at the moment; "" if nothing.

    An Auto Scaling group or a service of ECS may be scaled to zero.
    """
    inventory, name = situation.inventory, group.graph_id
    users = (*inventory.targets(name, "delete"), *inventory.targets(name, "needed"))
    for user in users:
        if not _belongs_to_balancer(user.kind) and not user.ended:
            return f"{user.kind} {user.name} registers its targets there"
    fed = _fed_by_group(situation, group)
    return "an Auto Scaling group registers its instances there" if fed else ""


def _fed_by_group(situation: Situation, resource: Resource) -> bool:
    """Return whether an Auto Scaling group, even scaled to zero, registers its instances here."""
    sources = situation.inventory.sources(resource.graph_id)
    targets = situation.inventory.targets(resource.graph_id)
    return any(other.kind == GROUP and not other.ended for other in (*sources, *targets))


def looked_at(kind: str) -> tuple[Neighbour, ...]:
    """Return what the rule looks at before it selects a resource of this kind."""
    if kind == CLASSIC:
        return (Neighbour(GROUP), Neighbour(INSTANCE, ids="backends[]"))
    return tuple(
        Neighbour(name)
        for name in dict.fromkeys(
            (
                *(BALANCER, LISTENER, LISTENER_RULE, TARGET_GROUP, GROUP, INSTANCE),
                *_kinds_that_register(),
            )
        )
    )


LOAD_BALANCERS = Rule(NAME, LoadBalancersOptions, idle_load_balancers, why_not, looks_at=looked_at)
