"""Own workflows in the configuration: sequences of steps, and what is refused."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from ebbtide.deployment.events import STEPS, WORKFLOWS

IN_ORDER = [steps for count in range(1, 5) for steps in itertools.combinations(STEPS, count)]


def config_with(*given: dict[str, Any]) -> Config:
    usual = {"name": "nightly", "steps": ["collect"]}
    return parse_config(json.dumps({"workflows": [usual | keys for keys in given]}))


@pytest.mark.parametrize("steps", IN_ORDER)
def test_a_sequence_in_order_is_accepted_unless_it_cleans_without_a_plan(
    steps: tuple[str, ...],
) -> None:
    if "cleanup" in steps and "cleanup_plan" not in steps:
        with pytest.raises(ConfigError, match="add cleanup_plan"):
            config_with({"steps": steps})
        return
    assert config_with({"steps": steps}).workflows[0].steps == steps


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"steps": ["cleanup_plan", "collect"]}, "in this order: collect, cleanup_plan"),
        ({"steps": ["collect", "collect"]}, "each step at most once"),
        ({"steps": []}, "must not be empty"),
        ({"steps": ["delete"]}, "workflows"),
        ({"name": "collect"}, "name of a built-in workflow"),
        ({"name": "Nightly run"}, "at most 40 lower-case letters"),
        ({"name": "n" * 41}, "at most 40 lower-case letters"),
        ({"schedule": "hourly"}, "is neither rate"),
        ({"schedule": "rate(0 minutes)"}, "is neither rate"),
        ({"schedule": "cron(0 2 * * *)"}, "is neither rate"),
        ({"schedule": "cron(0 25 * * ? *)"}, "'25' in hours is not in 0-23"),
        ({"timezone": "Europe/Atlantis"}, "unknown time zone"),
        ({"accounts": ["dev"]}, "workflows"),
        ({"regions": ["EU"]}, "must be a region, such as eu-central-1, or global"),
    ],
)
def test_what_is_wrong_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_with(keys)


ONE, TWO = "111122223333", "444455556666"


@pytest.mark.parametrize(
    ("collect", "keys", "message"),
    [
        (
            {"accounts": [ONE]},
            {"accounts": [ONE, TWO]},
            f"collect.accounts does not list {TWO}, so",
        ),
        ({"accounts": [ONE, TWO]}, {"accounts": [TWO]}, ""),
        ({"accounts": "organization"}, {"accounts": [TWO]}, ""),
        ({}, {"accounts": [TWO], "regions": ["eu-west-1"]}, ""),
        ({"regions": ["eu-west-1"]}, {"regions": ["eu-west-2"]}, "does not list eu-west-2, so"),
        ({"regions": ["eu-west-1"]}, {"regions": ["eu-west-1", "global"]}, ""),
        ({"accounts": [ONE], "regions": ["eu-west-1"]}, {}, ""),
    ],
)
def test_a_workflow_covers_only_what_is_collected(
    collect: dict[str, Any], keys: dict[str, Any], message: str
) -> None:
    workflow = {"name": "nightly", "steps": ["collect"], **keys}
    text = json.dumps({"collect": collect, "workflows": [workflow]})
    if not message:
        assert parse_config(text).workflows
        return
    with pytest.raises(ConfigError, match=re.escape(message)):
        parse_config(text)


def test_two_workflows_need_two_names() -> None:
    with pytest.raises(ConfigError, match="two workflows are called nightly"):
        config_with({}, {})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"schedule": "rate(1 minute)"}, "starts a run every 1m, and .*meanwhile are skipped"),
        ({"schedule": "cron(0/2 3 * * ? *)", "overlap": "wait"}, "every 2m, .*growing queue"),
    ],
)
def test_more_starts_than_runs_are_a_warning(keys: dict[str, Any], said: str) -> None:
    (warning,) = config_with(keys).warnings
    assert re.search(f"^workflows, nightly: .*{said}", warning)


@pytest.mark.parametrize("schedule", [None, "rate(5 minutes)", "cron(0 2 * * ? *)"])
def test_other_schedules_are_no_warning(schedule: str | None) -> None:
    assert config_with({"schedule": schedule}).warnings == ()


def test_no_built_in_workflow_has_another_meaning() -> None:
    for name in WORKFLOWS:
        with pytest.raises(ConfigError, match="built-in"):
            config_with({"name": name})
