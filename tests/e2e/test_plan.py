"""The plan is the waste, the whole waste, and nothing but the waste."""

from __future__ import annotations

from local.estate import Key
from tests.e2e.scenario import Stage, Told, graph_id

# Why each look-alike stays, where a rule selected it at first; the others no rule selects.
REFUSALS = {
    "protected by its tag": "protected",
    "owned by a CloudFormation stack": "owned",
    "owned by an Auto Scaling group": "owned",
    "a live instance runs in it": "vetoed",
    "its load balancer is protected": "blocked",
    "in a VPC with a protected load balancer": "blocked",
}


def test_the_plan_equals_the_waste(stage: Stage, dry: Told) -> None:
    planned = set(dry.planned())
    assert planned - set(stage.estate.either) == stage.estate.wasted()
    assert dry.undecided() == {}


def test_each_rule_chose_what_it_is_for(stage: Stage, dry: Told) -> None:
    planned = dry.planned()
    for rule, keys in stage.estate.waste.items():
        assert [key for key in keys if rule not in planned[key].rules] == []
        assert all(planned[key].reason for key in keys)


def test_what_goes_with_another_is_deleted_by_aws_and_named(stage: Stage, dry: Told) -> None:
    going = {graph_id(key) for key in dry.planned()} | {
        graph_id(key) for key in dry.planned("goes_with")
    }
    for key, entry in dry.planned("goes_with").items():
        graph = dry.graphs[key[0]]
        assert entry.goes_with in going
        assert graph.has_edge(entry.goes_with, graph_id(key), "owns")
        assert key not in stage.estate.keep
    created = {item.key for item in stage.estate.resources}
    assert dry.planned("goes_with").keys() & created == stage.estate.following()


def test_no_look_alike_is_planned(stage: Stage, dry: Told) -> None:
    everything = dry.planned().keys() | dry.planned("goes_with").keys()
    assert everything & stage.estate.keep.keys() == set()


def test_what_was_selected_and_stays_is_refused_for_the_true_reason(
    stage: Stage, dry: Told
) -> None:
    refused = dry.refused()
    expected: dict[Key, str] = {
        key: REFUSALS[why] for key, why in stage.estate.keep.items() if why in REFUSALS
    }
    assert {key: entry.code for key, entry in refused.items()} == expected
    assert all(entry.reason for entry in refused.values())


def test_a_vpc_with_a_protected_load_balancer_stays_as_a_whole_and_the_plan_says_why(
    stage: Stage, dry: Told
) -> None:
    (vpc,) = [k for k, why in stage.estate.keep.items() if why == "its load balancer is protected"]
    refused = dry.refused()[vpc]
    assert "aws_alb old-shop, protected by AWS: its deletion protection is on" in refused.reason
    entries = [entry for plan in dry.plans.values() for entry in plan.planned]
    assert [entry for entry in entries if entry.part_of == graph_id(vpc)] == []


def test_limits_do_not_hold_this_plan(stage: Stage, dry: Told) -> None:
    summary = stage.session.summary(dry.run)
    assert (summary["held"], summary["exceeded"]) == (False, [])
