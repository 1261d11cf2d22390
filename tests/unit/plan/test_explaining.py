"""An explanation never says anything else than the plan, about any resource."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from ebbtide.config import parse_config
from ebbtide.model.final_copies import final_copy
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.plan.answers import Searched, answers_of_rules
from ebbtide.plan.basis import Basis, Decided
from ebbtide.plan.explaining import explain, verdict_of
from ebbtide.plan.planning import decide, make_plan
from ebbtide.rules import registry
from ebbtide.rules.situation import Situation
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.answered import KEYS, Answered
from tests.support.builders import (
    ALL_RULES,
    NOW,
    allowing_guardrails,
    days_ago,
    default_edge,
    delete_edge,
    instance,
    inventory,
    needed_edge,
    owns_edge,
    resource,
    volume,
)
from tests.support.effort import sampled
from tests.support.estates import THEMES, generated

MANIFEST = "runs/run/graph/manifest.json"
WATCHED = {"name": "InstanceId", "value": "i-0123456789abcdef0"}
EXPIRED = {"expiration": "1d", "owner": "me"}


def decided(world: Inventory, config: str = ALL_RULES, **rest: Any) -> Decided:
    parsed = allowing_guardrails(parse_config(config))
    return decide(Basis(world, parsed, "run", MANIFEST, NOW, **rest))


def answers(found: Decided, name: str) -> dict[str, bool | None]:
    return {one.name: one.selects for one in answers_of_rules(found, found.basis.inventory[name])}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("seed", sampled(range(1, 7), 3))
def test_every_explanation_of_an_estate_agrees_with_its_plan(theme: str, seed: int) -> None:
    world = generated(theme, seed).inventory()
    found = decided(world)
    basis = found.basis
    plan = make_plan(world, basis.config, run_id="run", manifest=MANIFEST, now=NOW)
    outcomes = {
        **{one.subject.graph_id: ("goes", "") for one in plan.planned},
        **{one.subject.graph_id: ("refused", one.code) for one in plan.refused},
        **{one.subject.graph_id: ("undecided", one.code) for one in plan.undecided},
    }
    for name, one in world.resources.items():
        verdict = verdict_of(found.plan, one)
        outcome = "goes" if verdict.outcome in ("delete", "goes_with") else verdict.outcome
        stays = ("ended", "") if one.ended else ("not_selected", "")
        assert (outcome, verdict.code) == outcomes.get(name, stays)
        truths = set(answers(found, name).values())
        if verdict.outcome in ("delete", "refused") and verdict.selected_because:
            assert True in truths, name
        elif verdict.outcome in ("not_selected", "ended"):
            assert truths == {False}, name


@pytest.mark.parametrize("theme", THEMES)
def test_a_rule_says_why_not_exactly_where_it_has_no_finding(theme: str) -> None:
    says_why_not_where_nothing_is_found(generated(theme).inventory())


def says_why_not_where_nothing_is_found(world: Inventory) -> set[str]:
    """Compare all rules of code, disabled as they are, and return those that have findings."""
    having = set()
    config = parse_config("{}")
    chosen = frozenset(name for name, one in world.resources.items() if one.kind == "aws_vpc")
    for rule in (one for one in registry().values() if one.search is None):
        options = config.rules.of(rule)
        for selected in (frozenset[str](), chosen) if rule.extends else (frozenset[str](),):
            situation = Situation(world, NOW, selected)
            found = {finding.resource for finding in rule.find(situation, options)}
            silent = {
                name
                for name, one in world.resources.items()
                if not rule.why_not(situation, options, one)
            }
            assert silent == found, rule.name
            having |= {rule.name} if found else set()
    return having


def test_a_rule_says_why_not_of_odd_resources() -> None:
    tags: list[dict[str, str] | None] = [
        {},
        None,
        *({"expiration": value} for value in ("never", "1h", "9999d", "soon")),
        {"Owner": "me", "Expiration": "1d"},
    ]
    odd = [
        volume(f"{number}-{status}-{age}-{ended}", status, age_days=age, ended=ended, **given)
        for number, one in enumerate(tags)
        for given in [{"unknown_tags": True} if one is None else {"tags": one}]
        for status in ("available", "in-use")
        for age in (0.01, 5, 30)
        for ended in (False, True)
    ]
    watched = resource("aws_cloudwatch_alarm", "a", properties={"dimensions": [WATCHED]})
    gone = replace(volume("gone"), orphaned_since=days_ago(40))
    lately = replace(volume("lately"), orphaned_since=days_ago(1))
    why = final_copy("DBClusterSnapshotIdentifier").why
    final = "ebbtide-final-x-1"
    kept = resource("aws_rds_cluster_snapshot", final, age_days=40, keep_reason=why)
    having = says_why_not_where_nothing_is_found(inventory([*odd, watched, gone, lately, kept]))
    assert having == {"alarms", "expired", "final_snapshots", "orphaned", "untagged", "volumes"}


def test_the_groups_of_an_idle_balancer_are_selected_with_it() -> None:
    def group(id: str, **rest: Any) -> Resource:
        properties = {"target_type": "instance", "load_balancer_arns": ["lb"], **rest}
        return resource("aws_alb_target_group", id, properties=properties)

    idle, busy = resource("aws_alb", "idle"), resource("aws_alb", "busy")
    answers = resource(
        "aws_alb",
        "answers",
        properties={"listeners": [{"default_actions": [{"type": "redirect"}]}]},
    )
    groups = [group("g1"), group("g2", target_type="ip"), group("g3")]
    alone = group("alone", load_balancer_arns=[])
    pairs = zip((idle, busy, answers), groups, strict=True)
    edges = [default_edge(one, other) for one, other in pairs]
    world = inventory([idle, busy, answers, *groups, alone], edges)
    found = decided(world, "rules: {load_balancers: {enabled: true}}")
    says = {
        one.id: next(
            answer for answer in answers_of_rules(found, one) if answer.name == "load_balancers"
        )
        for one in world.resources.values()
    }
    assert {id: answer.selects for id, answer in says.items()} == {
        "idle": True,
        "busy": False,
        "answers": False,
        "g1": True,
        "g2": False,
        "g3": False,
        "alone": True,
    }
    says_why_not_where_nothing_is_found(world)
    assert says["busy"].reason == "its target group g2 is not idle: its targets are of type ip"
    assert says["g3"].reason == "a load balancer that is not idle uses it"


def test_what_nothing_selects_is_explained_as_if_something_did() -> None:
    used, user = volume("vol-1", "in-use"), instance("i-1")
    world = inventory([used, user], [delete_edge(used, user)])
    found = explain(decided(world, "{}"), used.graph_id)
    assert found.verdict.sentence == "It stays: no enabled rule and no job selects it."
    assert found.if_selected is not None
    assert (found.if_selected.code, found.if_selected.blockers) == ("blocked", (user.graph_id,))
    assert found.if_selected.supposed.startswith("If something selected it, it would stay: still")
    assert [(one.graph_id, one.goes) for one in found.before] == [(user.graph_id, False)]
    assert {(one.name, one.off) for one in found.rules} >= {("expired", "disabled")}
    assert any(proof.startswith("us-east-1/aws_ec2_instance: complete") for proof in found.evidence)


def test_a_disabled_rule_says_what_it_would_select() -> None:
    one = volume("vol-1", tags=EXPIRED)
    found = explain(decided(inventory([one]), "{}"), one.graph_id)
    says = {answer.name: answer for answer in found.rules}
    assert (says["expired"].selects, says["expired"].off) == (True, "disabled")
    assert says["expired"].facts["tag"] == "expiration"
    assert says["untagged"].reason == "it has all of the tags owner, expiration"
    assert found.verdict.outcome == "not_selected"


def test_all_protections_are_named_not_only_the_first() -> None:
    tags = {**EXPIRED, "ebbtide:protected": "yes", "keep": "1"}
    one = volume("vol-1", tags=tags)
    config = (
        "rules: {expired: {enabled: true}}\n"
        'protect: {ids: [vol-1], tags: {keep: null}, kinds: [volume], accounts: ["111122223333"]}'
    )
    marks = Marks(protected={one.graph_id: "job keep: data"})
    found = explain(decided(inventory([one]), config, marks=marks), one.graph_id)
    assert (found.verdict.outcome, found.verdict.code) == ("refused", "protected")
    assert found.protections == (
        "protected by its tag ebbtide:protected=yes",
        "protected: vol-1 is listed in protect.ids",
        "protected: its tag keep=1 is listed in protect.tags",
        "protected: account 111122223333 is listed in protect.accounts",
        "protected: kind volume is listed in protect.kinds",
        "protected by job keep: data",
    )


def test_owners_parts_and_users_are_named_with_their_fate() -> None:
    group = resource("aws_autoscaling_group", "asg", tags=EXPIRED)
    member, disk = instance("i-1"), volume("vol-1", "in-use")
    alarm = resource("aws_cloudwatch_alarm", "a")
    edges = [owns_edge(group, member), owns_edge(member, disk), needed_edge(member, alarm)]
    found = explain(decided(inventory([group, member, disk, alarm], edges), "{}"), member.graph_id)
    assert [one.graph_id for one in found.owners] == [group.graph_id]
    assert [one.graph_id for one in found.along] == [disk.graph_id]
    assert [one.graph_id for one in found.users] == [alarm.graph_id]
    assert found.if_selected is not None and found.if_selected.code == "owned"


def test_a_job_that_ran_answers_with_its_marks_and_one_that_did_not_with_its_search() -> None:
    one, other = volume("vol-1"), volume("vol-2")
    clean = {"event": "cleanup_plan", "search": "is(volume)", "action": {"clean": {"reason": "x"}}}
    jobs = [{"name": "mine", **clean}, {"name": "idle", **clean, "active": False}]
    config = yaml.safe_dump({"jobs": jobs})
    marks = CleanMarks("mine", "cleanup_plan", "x", "s", MANIFEST, (), (one.graph_id,), {})
    basis = decided(inventory([one, other]), config, marks=Marks((marks,)))
    mine, idle = basis.basis.config.jobs
    searched = [Searched(mine, False, "no"), Searched(idle, True, "all hold", off="inactive")]
    said = explain(basis, one.graph_id, searched)
    assert [(answer.name, answer.selects, answer.off) for answer in said.jobs] == [
        ("job:mine", True, ""),
        ("job:idle", True, "inactive"),
    ]
    assert said.verdict.outcome == "delete"
    silent = explain(basis, other.graph_id, searched)
    assert [(answer.selects, answer.reason) for answer in silent.jobs[:1]] == [(False, "no")]


def test_automations_answer_for_themselves_at_each_of_their_events() -> None:
    one, two = volume("vol-1"), volume("vol-2")
    both = ["clean", "keep"]
    asked = [
        {"name": "a", "event": "post_collect", "marks": both},
        {"name": "a", "event": "cleanup_plan", "marks": both},
        {"name": "b", "event": "cleanup_plan", "marks": both},
    ]
    world = Answered(asked, [one, two])
    marks = [
        {"id": one.graph_id, "mark": "keep", "reason": "as automation b: said"},
        {"id": two.graph_id, "mark": "clean", "reason": "old"},
    ]
    world.take("a", {"marks": marks}, event="post_collect")
    world.take("a", event="cleanup_plan", ended="timed_out")
    world.take("b", {})
    basis = Basis(
        inventory([one, two]),
        world.run.config,
        "run",
        KEYS.manifest,
        NOW,
        marks=world.marks("cleanup_plan"),
    )
    found = decide(basis)
    said = {
        resource.id: [
            (answer.name, answer.action, answer.selects, "no valid answer" in answer.reason)
            for answer in explain(found, resource.graph_id).automations
        ]
        for resource in (one, two)
    }
    silent = [
        ("automation:a", "clean", False, True),
        ("automation:a", "protect", None, True),
        ("automation:b", "clean", False, False),
        ("automation:b", "protect", False, False),
    ]
    first = ("automation:a", "clean", False, False), ("automation:a", "protect", True, False)
    assert said["vol-1"] == [*first, *silent]
    first = ("automation:a", "clean", True, False), ("automation:a", "protect", False, False)
    assert said["vol-2"] == [*first, *silent]


def test_a_first_run_is_named_as_the_reason_to_stay() -> None:
    one = volume("vol-1", tags=EXPIRED)
    rules = "rules: {expired: {enabled: true}}"
    found = explain(decided(inventory([one]), rules, first_run=("expired",)), one.graph_id)
    assert (found.verdict.outcome, found.first_run) == ("reported", ("expired",))
    assert "first run: reported only" in found.verdict.sentence


def test_a_doubt_and_a_veto_are_no_selections() -> None:
    odd = volume("vol-1", tags={"expiration": "soon", "owner": "me"})
    action = {"default_actions": [{"type": "redirect"}]}
    balancer = resource("aws_alb", "answers", properties={"listeners": [action]}, tags=EXPIRED)
    config = "rules: {expired: {enabled: true}, load_balancers: {enabled: true}}"
    world = inventory([odd, replace(balancer, tags={})])
    found = decided(world, config)
    assert answers(found, odd.graph_id)["expired"] is None
    said = explain(found, balancer.graph_id)
    veto = next(answer for answer in said.rules if answer.name == "load_balancers")
    assert (veto.selects, veto.reason.startswith("veto: ")) == (False, True)
    assert said.verdict.sentence.startswith("It stays: needs no targets")
    assert "although" not in said.verdict.sentence
