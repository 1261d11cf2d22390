"""What something that stays would break without is refused, though AWS would delete it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import Breakable, parse_config
from ebbtide.graph.edges import relation_edges
from ebbtide.kinds import registry, why_needed
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, Planned, read_plan
from ebbtide.rules import registry as rules
from tests.support.builders import (
    codes,
    days_ago,
    default_edge,
    delete_edge,
    ids,
    inventory,
    needed_edge,
    owns_edge,
    planned,
    resource,
)

TOPIC, ALARM = "aws_sns_topic", "aws_cloudwatch_alarm"
EXPIRED_ONLY = "rules: {expired: {enabled: true}}\n"
ALLOWED = f"{EXPIRED_ONLY}cleanup: {{allow_breaking: [{{needed: {TOPIC}, by: {ALARM}}}]}}\n"
GONE = {"ebbtide:expires": "2020-01-01"}


def topic(id: str = "orders", **rest: Any) -> Resource:
    return resource(TOPIC, id, tags=GONE, **rest)


def alarm(id: str = "a1", *, expired: bool = False, **rest: Any) -> Resource:
    return resource(ALARM, id, tags=GONE if expired else {}, **rest)


def entry(plan: Plan, id: str) -> Planned:
    return next(one for one in plan.planned if one.subject.id == id)


def test_what_a_user_that_stays_needs_is_refused_and_the_reason_says_how_it_would_break() -> None:
    needed, user = topic(), alarm()
    plan = planned(inventory([needed, user], [needed_edge(needed, user)]), EXPIRED_ONLY)
    assert codes(plan.refused) == {"orders": "needed"}
    refused = plan.refused[0]
    assert refused.blockers == (user.graph_id,)
    assert refused.reason == f"still needed by {ALARM} a1: {why_needed(TOPIC, ALARM)}"


def test_a_reason_describes_few_users_and_the_blockers_name_all() -> None:
    needed, users = topic(), [alarm(f"a{number}") for number in range(9)]
    plan = planned(
        inventory([needed, *users], [needed_edge(needed, user) for user in users]), EXPIRED_ONLY
    )
    (refused,) = plan.refused
    assert refused.blockers == tuple(user.graph_id for user in users)
    assert refused.reason.endswith("; and by 6 more")


def test_what_is_related_without_need_is_planned() -> None:
    other, user = topic(), alarm()
    plan = planned(inventory([other, user], [default_edge(user, other)]), EXPIRED_ONLY)
    assert ids(plan.planned) == {"orders"}


def test_a_user_that_has_ended_needs_nothing() -> None:
    for carried_over in (True, False):
        needed, user = topic(), alarm(ended=True)
        relation = next(one for one in registry()[ALARM].relations if one.kind == TOPIC)
        edges = (
            [needed_edge(needed, user)]
            if carried_over
            else relation_edges(relation, user.to_line(), needed.to_line())
        )
        plan = planned(inventory([needed, user], edges), EXPIRED_ONLY)
        assert ids(plan.planned) == {"orders"}


def test_a_user_that_goes_too_makes_no_order() -> None:
    needed, user = topic(), alarm(expired=True)
    plan = planned(inventory([needed, user], [needed_edge(needed, user)]), EXPIRED_ONLY)
    assert ids(plan.planned) == {"orders", "a1"}
    assert {one.wave for one in plan.planned} == {1}
    assert entry(plan, "orders").after == ()
    assert entry(plan, "orders").needed_by == (user.graph_id,)
    assert entry(plan, "a1").needed_by == ()


def test_resources_that_need_each_other_go_together_and_are_no_cycle() -> None:
    one, other = topic("one"), topic("other")
    edges = [needed_edge(one, other), needed_edge(other, one)]
    plan = planned(inventory([one, other], edges), EXPIRED_ONLY)
    assert ids(plan.planned) == {"one", "other"}


def test_a_need_against_the_order_is_no_cycle() -> None:
    first, last = topic("first"), topic("last")
    edges = [delete_edge(last, first), needed_edge(first, last)]
    plan = planned(inventory([first, last], edges), EXPIRED_ONLY)
    assert entry(plan, "last").after == (first.graph_id,)
    assert entry(plan, "first").after == ()


def test_a_user_that_is_refused_keeps_what_it_needs_and_so_on() -> None:
    chain = [topic(f"t{number}") for number in range(4)]
    last = alarm()
    # By turns needed by, and to be deleted after, the next one.
    edges = [
        needed_edge(chain[0], chain[1]),
        delete_edge(chain[1], chain[2]),
        needed_edge(chain[2], chain[3]),
        needed_edge(chain[3], last),
    ]
    plan = planned(inventory([*chain, last], edges), EXPIRED_ONLY)
    assert codes(plan.refused) == {"t0": "needed", "t1": "blocked", "t2": "needed", "t3": "needed"}
    assert (
        "which stays: needed" in plan.refused[0].reason or "which stays" in plan.refused[0].reason
    )


def test_what_goes_with_an_owner_keeps_the_owner_if_something_else_needs_it() -> None:
    stack = resource("aws_cloudformation_stack", "stack", tags=GONE)
    inner = resource("aws_cloudformation_stack", "inner")
    carried, user = resource(TOPIC, "carried"), alarm()
    edges = [owns_edge(stack, inner), owns_edge(inner, carried), needed_edge(carried, user)]
    plan = planned(inventory([stack, inner, carried, user], edges), EXPIRED_ONLY)
    assert codes(plan.refused) == {"stack": "needed"}
    assert plan.refused[0].reason.startswith(f"deleting it would also delete {carried.graph_id}")
    alone = planned(inventory([stack, inner, carried, user], edges[:2]), EXPIRED_ONLY)
    assert ids(alone.planned) == {"stack", "inner", "carried"}


def test_a_user_that_goes_with_the_same_owner_keeps_nothing() -> None:
    stack = resource("aws_cloudformation_stack", "stack", tags=GONE)
    carried, user = resource(TOPIC, "carried"), alarm()
    edges = [owns_edge(stack, carried), owns_edge(stack, user), needed_edge(carried, user)]
    plan = planned(inventory([stack, carried, user], edges), EXPIRED_ONLY)
    assert ids(plan.planned) == {"stack", "carried", "a1"}
    assert entry(plan, "stack").needed_by == ()


def test_what_goes_with_an_owner_needs_evidence() -> None:
    stack, carried = resource("aws_cloudformation_stack", "stack", tags=GONE), resource(TOPIC, "c")
    world = inventory([stack, carried], [owns_edge(stack, carried)], gaps={ALARM: "denied"})
    plan = planned(world, EXPIRED_ONLY)
    assert codes(plan.undecided) == {"stack": "evidence_missing"}
    assert ALARM in plan.undecided[0].reason


@pytest.mark.parametrize("state", ["denied", "throttled", "failed", "timed_out", "suspect"])
def test_users_that_were_not_read_leave_a_doubt(state: str) -> None:
    plan = planned(inventory([topic()], gaps={ALARM: state}), EXPIRED_ONLY)
    assert codes(plan.undecided) == {"orders": "evidence_missing"}
    assert f"{ALARM}: {state}" in plan.undecided[0].reason


def test_users_of_a_service_that_a_region_lacks_leave_no_doubt() -> None:
    plan = planned(inventory([topic()], gaps={ALARM: "unavailable"}), EXPIRED_ONLY)
    assert ids(plan.planned) == {"orders"}


def test_an_allowed_pair_is_planned_and_the_plan_says_what_breaks() -> None:
    needed, user = topic(), alarm()
    plan = planned(inventory([needed, user], [needed_edge(needed, user)]), ALLOWED)
    (breakage,) = entry(plan, "orders").breaks
    assert (breakage.kind, breakage.user) == (ALARM, user.graph_id)
    assert breakage.why == why_needed(TOPIC, ALARM)
    assert read_plan(json.loads(json.dumps(plan.to_json()))) == plan


def test_an_allowed_pair_allows_nothing_else() -> None:
    needed, user = topic(), alarm()
    queue = resource("aws_sqs_queue", "q")
    edges = [needed_edge(needed, user), needed_edge(needed, queue)]
    plan = planned(inventory([needed, user, queue], edges), ALLOWED)
    assert codes(plan.refused) == {"orders": "needed"}
    assert plan.refused[0].blockers == (queue.graph_id,)


def test_an_allowed_pair_lifts_no_order() -> None:
    needed, user = topic(), alarm()
    edges = [needed_edge(needed, user), delete_edge(needed, user)]
    plan = planned(inventory([needed, user], edges), ALLOWED)
    assert codes(plan.refused) == {"orders": "blocked"}


def test_what_may_break_but_was_not_read_is_told_as_unknown() -> None:
    plan = planned(inventory([topic()], gaps={ALARM: "denied"}), ALLOWED)
    (breakage,) = entry(plan, "orders").breaks
    assert (breakage.kind, breakage.user) == (ALARM, None)
    assert "denied" in breakage.why


def test_what_goes_with_its_owner_says_what_breaks() -> None:
    stack, carried = resource("aws_cloudformation_stack", "stack", tags=GONE), resource(TOPIC, "c")
    user = alarm()
    edges = [owns_edge(stack, carried), needed_edge(carried, user)]
    plan = planned(inventory([stack, carried, user], edges), ALLOWED)
    assert [one.user for one in entry(plan, "c").breaks] == [user.graph_id]
    assert entry(plan, "stack").breaks == ()


def test_a_rule_may_give_a_use_up(monkeypatch: pytest.MonkeyPatch) -> None:
    needed, user = topic(), alarm()
    world = inventory([needed, user], [needed_edge(needed, user)])
    given_up = {**rules(), "expired": replace(rules()["expired"], may_break=((TOPIC, ALARM),))}
    monkeypatch.setattr("ebbtide.verdict.breaking.registry", lambda: given_up)
    assert [one.user for one in entry(planned(world, EXPIRED_ONLY), "orders").breaks] == [
        user.graph_id
    ]


def test_a_pair_that_no_relation_declares_is_refused_with_its_line() -> None:
    text = f"cleanup:\n  allow_breaking:\n    - {{needed: {ALARM}, by: {TOPIC}}}\n"
    with pytest.raises(ConfigError, match=f"no {TOPIC} needs a {ALARM}"):
        parse_config(text)


def test_a_pair_may_name_base_kinds() -> None:
    config = parse_config("cleanup: {allow_breaking: [{needed: aws_resource, by: aws_resource}]}")
    needed, user = topic(), alarm()
    config = config.model_copy(update={"rules": parse_config(EXPIRED_ONLY).rules})
    plan = planned(inventory([needed, user], [needed_edge(needed, user)]), config)
    assert ids(plan.planned) == {"orders"}


def test_pairs_of_rules_are_declared() -> None:
    for rule in rules().values():
        for needed, by in rule.may_break:
            Breakable(needed=needed, by=by)


def test_a_stale_user_keeps_what_it_needs() -> None:
    needed, user = topic(), alarm(stale_since=days_ago(2))
    world = inventory([needed, user], [needed_edge(needed, user)], gaps={ALARM: "denied"})
    assert not planned(world, EXPIRED_ONLY).planned


def joined() -> tuple[Resource, Resource, Resource, list[Edge]]:
    """Return an expired topic, a queue, and the subscription that joins them."""
    needed, queue = topic(), resource("aws_sqs_queue", "q")
    subscription = resource("aws_sns_subscription", "s")
    edges = [needed_edge(needed, subscription), needed_edge(queue, subscription)]
    return needed, queue, subscription, edges


def test_what_joins_a_resource_with_one_that_stays_keeps_it() -> None:
    needed, queue, subscription, edges = joined()
    plan = planned(inventory([needed, queue, subscription], edges), EXPIRED_ONLY)
    assert codes(plan.refused) == {"orders": "needed"}


def test_what_joins_only_resources_that_go_keeps_none_of_them() -> None:
    needed, queue, subscription, edges = joined()
    gone = replace(queue, tags=GONE)
    plan = planned(inventory([needed, gone, subscription], edges), EXPIRED_ONLY)
    assert ids(plan.planned) == {"orders", "q"}
    # If one of them stays after all, so does the other.
    assert entry(plan, "orders").needed_by == (queue.graph_id,)
    assert entry(plan, "q").needed_by == (needed.graph_id,)


def test_what_joins_a_resource_with_nothing_known_does_not_keep_it() -> None:
    """A subscription of an e-mail address, or of a queue that is gone, cannot be selected."""
    needed, _, subscription, edges = joined()
    plan = planned(inventory([needed, subscription], edges[:1]), EXPIRED_ONLY)
    assert ids(plan.planned) == {"orders"}
