"""Rules of the configuration: what they may be called, what their searches must fulfil."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from ebbtide.config.scope import kinds_whose_use_matters
from ebbtide.rules import registry
from ebbtide.rules.own_rules import MOST_OWN
from ebbtide.rules.rule import Search
from ebbtide.rules.search_rule import SearchOptions, rendered

RULE = {"search": "is(volume) and volume_status = available", "reason": "unused"}


IDLE = {"search": "is(volume) and last_access > {{idle_for}}", "idle_for": "10d"}


def configured(rules: dict[str, Any], **more: Any) -> Config:
    return parse_config(yaml.safe_dump({"rules": {"own": rules}, **more}))


def problem(rules: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        configured(rules)
    return str(caught.value)


def test_an_own_rule_is_a_rule_like_others() -> None:
    rules = configured({"mine": {**RULE, "enabled": True, "min_age": "3d"}}).rules
    found = {rule.name: options for rule, options in rules.every()}
    selecting = {name for name, rule in registry().items() if rule.advises is None}
    assert found.keys() == {*selecting, "mine"}
    assert [name for name, options in found.items() if options.enabled] == ["mine"]
    rule = rules.find("mine")
    assert rule is not None and rules.of(rule) is rules.own["mine"]
    assert rules.find("nobody") is None and rules.find("volumes") is registry()["volumes"]


@pytest.mark.parametrize("name", ["volumes", "unattached_addresses", "leftovers", "explain", "own"])
def test_an_own_rule_takes_no_name_that_plans_use(name: str) -> None:
    assert f"rules.own.{name}" in problem({name: RULE})


@pytest.mark.parametrize("name", ["ab", "Mine", "job:mine", "mine!", "a" * 49])
def test_an_own_rule_has_a_plain_name(name: str) -> None:
    assert "rules.own" in problem({name: RULE})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"search": "volume_size > 5"}, "must name its kinds"),
        ({"search": "is(volume) and volume_sice > 5"}, "volume_sice"),
        ({"search": "is(volume) and age > {{old}}"}, "{{old}} is not an option"),
        ({"search": "aggregate(kind: sum(1)): is(volume)"}, "aggregate"),
        ({"search": "is(volume) limit 3"}, "sort"),
        ({"search": "expand(nothing)"}, "nothing"),
        ({"keep_newest": 3}, "needs newest_per"),
        ({"newest_per": "volume_id"}, "needs keep_newest"),
        ({"keep_newest": 3, "newest_per": "snapshot_idd"}, "did you mean 'snapshot_id'"),
        ({"keep_newest": 3, "newest_per": "region"}, "no property"),
        ({"idle_for": "30d"}, "add `and last_access > {{idle_for}}`"),
        (
            {"search": "is(aws_ec2_snapshot) and last_access > {{idle_for}}", "idle_for": "3d"},
            "AWS does not say",
        ),
        (
            {**IDLE, "idle_for": "20d", "enabled": True},
            "collect.last_use.period is shorter than rules.own.mine.idle_for",
        ),
        ({"reason": "older than {{min_age}}"}, "belong in the search"),
        ({"keep_newest": 3, "newest_per": "Volume Id"}, "newest_per"),
        ({"reason": ""}, "reason"),
        ({"reason": "one\ntwo"}, "one line"),
        ({"regions": ["mars"]}, "regions"),
        ({"accounts": ["1"]}, "accounts"),
        ({"kinds": ["volum"]}, "did you mean"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_mistake_is_named_with_its_place(change: dict[str, Any], words: str) -> None:
    found = problem({"mine": {**RULE, **change}})
    assert "rules.own.mine" in found and words in found


def test_idle_for_reads_the_last_use_of_the_kinds_that_the_search_names() -> None:
    idle = {**RULE, **IDLE, "enabled": True}
    config = configured({"mine": idle, "other": {**RULE, "enabled": True}})
    asked = {rule.name: rule.last_use(options) for rule, options in config.rules.every()}
    assert asked["mine"] == ("aws_ec2_volume",)
    assert asked["other"] == ()
    assert "aws_ec2_volume" in kinds_whose_use_matters(config)


def test_a_search_may_use_a_snippet() -> None:
    snippets = {"free": "is(volume) and volume_status = available"}
    rule = {**RULE, "search": "expand(free)"}
    assert configured({"mine": rule}, searches=snippets).rules.own["mine"].search == "expand(free)"


def test_there_are_not_too_many() -> None:
    many = {f"rule_{number}": RULE for number in range(MOST_OWN + 1)}
    assert "rules.own" in problem(many)


def test_options_are_written_as_the_language_reads_them() -> None:
    options = SearchOptions(min_age="2d", accounts=("111122223333",))  # type: ignore[arg-type]
    text = "is(volume) and age > {{min_age}} and /ancestors.account.id in {{accounts}}"
    found = rendered(Search(text, "x"), options)
    wanted = 'is(volume) and age > 172800s and /ancestors.account.id in ["111122223333"]'
    assert found == wanted
    with pytest.raises(ValueError, match="old"):
        rendered(Search("is(volume) and age > {{old}}", "x"), options)
