"""Rules that only advise: what they find is told beside the plan, and never a part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.config import Config, parse_config
from ebbtide.config.jobs import problem_of
from ebbtide.config.scope import kinds_whose_use_matters
from ebbtide.language import kinds_relied_on, parse_search
from ebbtide.plan import Plan, make_plan
from ebbtide.plan.advising import Advice, Advised, to_document
from ebbtide.plan.first_runs import definitions
from ebbtide.plan.minima import minima
from ebbtide.plan.searched import searched, searching
from ebbtide.prices.decision import Priced
from ebbtide.prices.decisions import DECISIONS
from ebbtide.rules import registry
from ebbtide.rules.finding import Finding
from ebbtide.rules.search_rule import finding, rendered, usual
from ebbtide.rules.situation import Situation
from ebbtide.store.run import Run
from tests.support.builders import NOW, allowing_guardrails, days_ago
from tests.support.effort import sampled
from tests.support.gathering import for_each_of
from tests.support.rule_estates import EXPECTED, KEYS, LIMITS, Case, World, cases

ADVISING = [rule for rule in registry().values() if rule.advises is not None]
NAMES = [rule.name for rule in ADVISING]
EVERY = list(cases())
CASES = [one for one in EVERY if one.rule in NAMES]
WASTE = [one for one in CASES if one.expected == "waste"]
SELECTED = [one for one in EVERY if one.rule not in NAMES and one.expected == "waste"]

per_rule = for_each_of(ADVISING, lambda rule: rule.name)


def named(one: Case) -> str:
    return str(one)


@for_each_of(CASES, named)
def test_each_case_is_advised_about_as_its_estate_says(case: Case) -> None:
    assert case.world.advised() == case.expected


@per_rule
def test_each_rule_has_an_estate_and_says_what_people_need(rule: Any) -> None:
    found = [one.expected for one in CASES if one.rule == rule.name]
    assert {*found} >= {"waste", "kept"} <= {*EXPECTED} and found.count("kept") >= 2
    search = rule.search
    assert search.question.endswith("?") and search.reason and search.cannot_see
    assert search.advises.text
    assert problem_of(rendered(search, usual(rule)), cleans=True) == ""


@per_rule
def test_a_rule_that_advises_cannot_make_a_finding(rule: Any) -> None:
    world = next(one for one in WASTE if one.rule == rule.name).world
    situation = Situation(world.stored().inventory, NOW)
    assert [*rule.find(situation, usual(rule))] == []
    with pytest.raises(ValueError, match="only advises; it selects nothing"):
        finding(rule, situation, world.subject, ())


@for_each_of(WASTE, named)
def test_what_is_advised_about_is_in_no_list_of_the_plan(case: Case) -> None:
    plan = case.world.plan()
    assert (plan.planned, plan.refused, plan.undecided, plan.reported) == ((), (), (), ())
    assert plan.first_run == ()


def all_on(config: Config) -> Config:
    """Return a configuration with all rules that advise."""
    changes = {name: {"enabled": True} for name in NAMES}
    rules = {**config.rules.model_dump(exclude_unset=True), **changes}
    return Config.model_validate({**config.model_dump(exclude_unset=True), "rules": rules})


def planned(case: Case, *, advised: bool) -> tuple[Plan, tuple[Finding, ...]]:
    world = case.world
    stored = world.stored()
    config = all_on(stored.run.config) if advised else stored.run.config
    run = replace(stored.run, config=config)
    found = searched(stored.store, run, stored.manifest, stored.inventory)
    plan = make_plan(
        stored.inventory,
        allowing_guardrails(config),
        run_id="run",
        manifest=KEYS.manifest,
        now=NOW,
        searched=found,
    )
    return plan, found


@given(case=st.sampled_from(EVERY))
def test_a_plan_is_the_same_with_all_advice_on(case: Case) -> None:
    assert planned(case, advised=True) == planned(case, advised=False)


def test_what_decides_a_plan_knows_nothing_of_rules_that_advise() -> None:
    config = all_on(parse_config(LIMITS))
    assert {rule.name for rule, _ in config.rules.every()}.isdisjoint(NAMES)
    assert definitions(config) == definitions(parse_config(LIMITS)) == {}
    assert minima(config).keys().isdisjoint(NAMES)
    assert searching(Run("run", "collect_and_cleanup", NOW, config)) == []


def test_their_last_use_is_read_if_they_are_on() -> None:
    off, on = parse_config(LIMITS), all_on(parse_config(LIMITS))
    assert kinds_whose_use_matters(off) == frozenset()
    assert kinds_whose_use_matters(on) >= {"aws_dynamodb_table", "aws_kms_key", "aws_ec2_instance"}


def but(**changes: object) -> Callable[[World], World]:
    return lambda world: world.with_subject(replace(world.subject, **changes))  # type: ignore[arg-type]


UNREAD = {
    "stale": but(stale_since=days_ago(1)),
    "read only partly": but(unread={"DescribeX": "AccessDenied"}),
}


@for_each_of([(case, name) for case in WASTE for name in UNREAD], lambda one: f"{one[0]} {one[1]}")
def test_what_could_not_be_read_is_never_an_advice(cell: tuple[Case, str]) -> None:
    case, name = cell
    assert UNREAD[name](case.world).advised() == "unknown"


@for_each_of(WASTE, named)
def test_what_a_rule_relies_on_must_have_been_read(case: Case) -> None:
    search = registry()[case.rule].search
    assert search is not None
    query = parse_search(rendered(search, usual(registry()[case.rule])), {}, NOW)
    for kind in kinds_relied_on(query):
        assert case.world.advised({kind: "error"}) == "unknown", kind


@for_each_of(sampled(WASTE, 3), named)
def test_each_option_leaves_out_what_it_should(case: Case) -> None:
    world = case.world
    assert world.advised(accounts=["999999999999"]) == "kept"
    assert world.advised(regions=["ap-southeast-2"]) == "kept"
    assert world.advised(min_age="4000d") == "kept"
    assert world.advised(tags={"no-such-tag": None}) == "kept"
    ended = world.with_subject(replace(world.subject, ended=True))
    assert ended.advised() == "kept"


def test_protected_resources_are_advised_about() -> None:
    world = next(one for one in WASTE if one.rule == "gp2_volumes").world
    subject = replace(world.subject, tags={"ebbtide:protected": "true"})
    assert world.with_subject(subject).advised() == "waste"


@cache
def first(rule: str) -> Advised:
    """Return the advice about the first waste of a rule."""
    ((one,), *_) = [one.world.advice() for one in WASTE if one.rule == rule]
    return one.found[0]


@per_rule
def test_what_a_rule_puts_in_the_place_of_something_has_a_price(rule: Any) -> None:
    kind = next(one.resource["kind"] for one in WASTE if one.rule == rule.name)
    if rule.advises.instead or rule.advises.saves_all:
        assert isinstance(DECISIONS[kind], Priced) or rule.name == "unused_health_checks"


def test_a_saving_is_the_difference_of_two_list_prices() -> None:
    one = first("gp2_volumes")
    # 100 GiB in us-east-1 at 0.10 USD, and at 0.08 with the 3,000 IOPS and 125 MiB/s of gp3.
    assert one.saving == pytest.approx(2.0) and one.why == ""


def test_a_saving_that_is_no_difference_is_unknown_and_not_zero() -> None:
    one = first("log_groups_without_retention")
    assert one.saving is None and one.why == "what it saves is no difference of list prices"


def test_a_successor_without_a_price_leaves_the_saving_unknown() -> None:
    world = next(one for one in WASTE if one.rule == "previous_generation_instances").world
    properties = {**world.subject.properties, "instance_type": "m4.10xlarge"}
    changed = world.with_subject(replace(world.subject, properties=properties))
    ((only,),) = [one.found for one in changed.advice()]
    assert only.saving is None and "price" in only.why


def test_savings_below_the_least_are_left_out_and_unknown_ones_are_not() -> None:
    world = next(one for one in WASTE if one.rule == "gp2_volumes").world
    assert world.advised(min_monthly=0.01) == "waste"
    assert world.advised(min_monthly=100_000) == "kept"
    other = next(one for one in WASTE if one.rule == "log_groups_without_retention").world
    assert other.advised(min_monthly=100_000) == "waste"


def test_the_document_counts_what_it_lists() -> None:
    case = next(one for one in CASES if str(one) == "gp2_volumes waste in use")
    stored, advice = case.world.stored(), case.world.advice()
    found = to_document(advice, stored.run, stored.inventory.account)
    (entry,) = found["advice"]
    assert found["format"] == 1 and found["run_id"] == "run"
    assert found["rules"] == {"gp2_volumes": advice[0].counts()}
    assert found["rules"]["gp2_volumes"]["advised"] == 1
    assert found["rules"]["gp2_volumes"]["savings"]["monthly"] == entry["saving"]
    assert entry["rule"] == "gp2_volumes" and entry["owner"] == "team-shop"
    assert entry["subject"] == asdict(case.world.subject.subject)


def test_a_rule_whose_search_fails_says_so_and_keeps_no_plan() -> None:
    case = next(one for one in CASES if one.rule == "gp2_volumes")
    assert Advice("gp2_volumes", error="no such field").counts()["error"] == "no such field"
    assert case.world.plan().planned == ()


def test_a_rule_of_ones_own_can_advise() -> None:
    text = LIMITS + (
        "rules: {own: {large: {enabled: true, reason: large, advises: make it smaller, "
        'search: "is(aws_ec2_volume) and volume_size > 10"}}}'
    )
    config = parse_config(text)
    (found,) = [(rule, chosen) for rule, chosen in config.rules.advising() if chosen.enabled]
    assert found[0].advises is not None and found[0].advises.text == "make it smaller"
    assert all(rule.name != "large" for rule, _ in config.rules.every())


def test_what_only_advises_takes_no_parts() -> None:
    with pytest.raises(Exception, match="gp2_volumes only advises"):
        parse_config("rules: {gp2_volumes: {enabled: true, with_parts: true}}")


def test_no_rule_that_advises_is_on_by_default() -> None:
    assert not any(options.enabled for _, options in Config().rules.advising())
    assert all(usual(rule).min_age >= timedelta(hours=1) for rule in ADVISING)
