"""Which rules and jobs only report in their first run, and what that leaves in a plan."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ebbtide.config import Config, parse_config
from ebbtide.plan import make_plan, read_plan
from ebbtide.plan.first_runs import Reports, first_runs, reported_only, with_report
from ebbtide.plan.steps import marked_in
from ebbtide.rules import registry
from tests.support.answered import Answered
from tests.support.builders import (
    NOW,
    default_edge,
    delete_edge,
    ids,
    instance,
    inventory,
    resource,
    volume,
)

CLEAN = {
    "name": "old",
    "event": "post_collect",
    "search": "is(volume) and age > 90d",
    "action": {"clean": {"reason": "old"}},
}
KEEP = {
    "name": "keep",
    "event": "post_collect",
    "search": 'is(volume) and tags.env == "prod"',
    "action": {"protect": {"reason": "prod"}},
}
BASE: dict[str, Any] = {
    "rules": {"expired": {"enabled": True}, "volumes": {"enabled": True, "min_age": "14d"}},
    "jobs": [CLEAN, KEEP],
    "protect": {
        "ids": ["vol-1", "vol-2"],
        "tags": {"keep": None, "env": "prod"},
        "kinds": ["database"],
        "accounts": ["111122223333"],
    },
    "owners": {"harmless_tags": ["aws:x"], "deleted_clusters": ["staging"]},
    "cleanup": {"enabled": True, "dry_run": False, "known_stack_types": ["Custom::A"]},
}
ALL = {"expired", "volumes", "job:old"}


def config(**sections: Any) -> Config:
    return parse_config(yaml.safe_dump(BASE | sections))


def reports(base: Config | None = None, run: str = "run-1") -> Reports:
    return with_report(base or config(), Reports(), ["job:old"], run, "2026-11-22T12:00:00Z")


def test_all_is_new_at_first_and_nothing_after_a_report() -> None:
    assert first_runs(config(), Reports()) == ALL
    assert first_runs(config(), reports(), "run-2") == set()
    # The run that reported still only reports, however often it plans.
    assert first_runs(config(), reports(), "run-1") == ALL
    assert with_report(config(), reports(), ["job:old"], "run-1", "x") == reports()
    assert Reports.from_json(reports().to_json()) == reports()


def test_a_job_that_was_not_carried_out_has_not_been_reported_on() -> None:
    known = with_report(config(), Reports(), [], "run-1", "x")
    assert first_runs(config(), known, "run-2") == {"job:old"}
    # One that is not due stays known.
    again = with_report(config(), reports(), [], "run-2", "x")
    assert first_runs(config(), again, "run-3") == set()


@pytest.mark.parametrize("silent", ["post_collect", "cleanup_plan", None])
@pytest.mark.parametrize("ended", ["failed", "timed_out"])
def test_an_automation_is_reported_on_once_it_has_answered_at_all_its_events(
    silent: str | None, ended: str
) -> None:
    events = ("post_collect", "cleanup_plan")
    one = Answered([{"name": "a", "event": event, "marks": "clean"} for event in events])
    for event in events:
        one.take("a", {}, event=event, ended=ended if event == silent else "answered")
    base = one.run.config
    known = with_report(base, Reports(), marked_in(one.store, one.run), "run-1", "x")
    assert first_runs(base, known, "run-2") == (set() if silent is None else {"automation:a"})
    # One that was reported on stays known when it is silent later.
    before = with_report(base, Reports(), ["automation:a"], "run-0", "x")
    again = with_report(base, before, marked_in(one.store, one.run), "run-1", "x")
    assert first_runs(base, again, "run-2") == set()


@pytest.mark.parametrize(
    ("changed", "new"),
    [
        ({"rules": {**BASE["rules"], "volumes": {"enabled": True, "min_age": "13d"}}}, {"volumes"}),
        ({"rules": {**BASE["rules"], "untagged": {"enabled": True}}}, {"untagged"}),
        ({"jobs": [{**CLEAN, "search": "is(volume) and age > 80d"}, KEEP]}, {"job:old"}),
        ({"jobs": [{**CLEAN, "action": {"clean": {"reason": "older"}}}, KEEP]}, set()),
        ({"collect": {"accounts": ["111122223333", "444455556666"]}}, set()),
        ({"protect": {**BASE["protect"], "ids": ["vol-1", "vol-2", "vol-3"]}}, set()),
        ({"protect": {**BASE["protect"], "tags": {"keep": None, "env": None}}}, set()),
        ({"owners": {**BASE["owners"], "deleted_clusters": []}}, set()),
        ({"cleanup": {**BASE["cleanup"], "limits": {"per_run": 7}}}, set()),
    ],
    ids=str,
)
def test_what_changed_has_another_first_run(changed: dict[str, Any], new: set[str]) -> None:
    assert first_runs(config(**changed), reports(), "run-2") == new


@pytest.mark.parametrize(
    "less",
    [
        {"protect": {**BASE["protect"], "ids": ["vol-1"]}},
        {"protect": {**BASE["protect"], "tags": {"env": "prod"}}},
        {"protect": {**BASE["protect"], "tags": {"keep": "yes", "env": "prod"}}},
        {"protect": {**BASE["protect"], "kinds": ["aws_rds_instance"]}},
        {"protect": {**BASE["protect"], "accounts": []}},
        {"protect": {}},
        {"jobs": [CLEAN]},
        {"jobs": [CLEAN, {**KEEP, "active": False}]},
        {"jobs": [CLEAN, {**KEEP, "search": 'is(volume) and tags.env == "live"'}]},
        {"owners": {**BASE["owners"], "harmless_tags": ["aws:x", "aws:y"]}},
        {"owners": {**BASE["owners"], "deleted_clusters": ["staging", "prod"]}},
        {"cleanup": {**BASE["cleanup"], "known_stack_types": ["Custom::A", "Custom::B"]}},
        {
            "cleanup": {
                **BASE["cleanup"],
                "allow_breaking": [{"needed": "aws_sns_topic", "by": "aws_cloudwatch_alarm"}],
            }
        },
    ],
    ids=str,
)
def test_less_protection_makes_another_first_run(less: dict[str, Any]) -> None:
    after = config(**less)
    assert first_runs(after, reports(), "run-2") == ALL
    again = with_report(after, reports(), ["job:old"], "run-2", "x")
    assert first_runs(after, again, "run-2") == ALL
    assert first_runs(after, again, "run-3") == set()


def test_a_rule_that_was_disabled_in_the_meantime_has_another_first_run() -> None:
    without = config(rules={"expired": {"enabled": True}})
    known = with_report(without, reports(), ["job:old"], "run-2", "x")
    assert first_runs(config(), known, "run-3") == {"volumes"}


def test_a_job_that_was_paused_in_the_meantime_has_another_first_run() -> None:
    paused = config(jobs=[{**CLEAN, "active": False}, KEEP])
    assert first_runs(paused, reports(), "run-2") == set()
    known = with_report(paused, reports(), [], "run-2", "x")
    assert first_runs(config(), known, "run-3") == {"job:old"}


# All rules that are searches have the same options.
CODED = sorted(name for name, rule in registry().items() if rule.search is None)
LONG = {"last_use": {"period": "400d"}}


@pytest.mark.parametrize("name", [*CODED, "unattached_addresses", "idle_queues", "unused_secrets"])
def test_every_option_of_a_rule_counts(name: str) -> None:
    rule = registry()[name]
    for field, value in rule.options(**rule.defaults).model_dump(mode="json").items():
        if field == "enabled" or not isinstance(value, (str, bool)) or field == "last_use":
            continue
        other = (not value) if isinstance(value, bool) else "99d"
        before = config(rules={name: {"enabled": True}}, collect=LONG)
        after = config(rules={name: {"enabled": True, field: other}}, collect=LONG)
        assert name in first_runs(after, reports(before), "run-2"), field


def test_only_a_run_that_deletes_reports_first() -> None:
    assert reported_only(config(), Reports()) == ALL
    for cleanup in ({"enabled": False}, {"dry_run": True}, {"first_run": "act"}):
        changed = config(cleanup={**BASE["cleanup"], **cleanup})
        assert reported_only(changed, Reports()) == set()


def plan(world: Any, rules: str, first_run: set[str]) -> Any:
    made = make_plan(
        world,
        parse_config(f"rules: {{{rules}}}"),
        run_id="r",
        manifest="m",
        now=NOW,
        first_run=first_run,
    )
    assert made.sealed().hash == read_plan(made.to_json()).sealed().hash
    return made


def test_what_a_known_rule_selects_as_well_is_planned() -> None:
    both = volume("both", tags={"expiration": "1d"})
    made = plan(
        inventory([both, volume("new")]),
        "expired: {enabled: true}, volumes: {enabled: true}",
        {"volumes"},
    )
    assert (ids(made.planned), ids(made.reported)) == ({"both"}, {"new"})
    assert [entry.rules for entry in made.planned] == [("expired",)]
    assert made.first_run == ("volumes",)


def test_what_cannot_go_without_a_reported_resource_is_reported_too() -> None:
    vpc = resource("aws_vpc", "vpc", tags={"expiration": "1d"})
    subnet = resource("aws_ec2_subnet", "subnet")
    world = inventory([vpc, subnet], [delete_edge(vpc, subnet)])
    rules = "expired: {enabled: true}, vpcs: {enabled: true}"
    assert ids(plan(world, rules, set()).planned) == {"vpc", "subnet"}
    for first in ({"vpcs"}, {"expired"}, {"expired", "vpcs"}):
        made = plan(world, rules, first)
        assert (ids(made.planned), ids(made.reported)) == (set(), {"vpc", "subnet"})
        assert all(entry.stays.startswith("first run: reported only") for entry in made.reported)
        assert not made.refused and not made.undecided


def test_what_must_stay_is_not_reported_as_going() -> None:
    kept = volume("kept", tags={"ebbtide:protected": "true"})
    user = instance("i-1", tags={"owner": "x", "expiration": "9y"})
    balancer = resource("aws_alb", "used")
    group = resource("aws_alb_target_group", "g", properties={"backends": ["i-1"]})
    edges = [default_edge(balancer, group)]
    rules = "volumes: {enabled: true}, load_balancers: {enabled: true}"
    made = plan(inventory([kept, user, balancer, group], edges), rules, {"volumes"})
    assert [entry.code for entry in made.refused] == ["protected"]
    assert not made.reported
