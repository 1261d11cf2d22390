"""A configuration is complete, or it is refused with the line and the reason."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    return str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_nothing_means_the_defaults(text: str) -> None:
    assert parse_config(text) == Config()


def test_the_defaults_delete_nothing() -> None:
    config = Config()
    assert not config.cleanup.enabled
    assert config.cleanup.dry_run
    assert not any(options.enabled for _, options in config.rules.every())


def test_accounts_may_be_written_as_numbers() -> None:
    config = parse_config("collect:\n  accounts: ['012345670123', 222222222222]\n")
    assert config.collect.accounts == ("012345670123", "222222222222")


def test_durations_are_resotos() -> None:
    config = parse_config("rules: {volumes: {enabled: true, min_age: 4 weeks}}")
    assert config.rules.volumes.min_age == timedelta(weeks=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cleanup:\n  enabeld: true\n", "line 2: cleanup.enabeld: unknown key"),
        ("cleanup:\n  enabled: true\n  enabled: 0\n", "line 3: cleanup.enabled: the key is given"),
        ("collect:\n  accounts:\n    - 12\n", "line 3: collect.accounts.0"),
        ("collect: {accounts: [012345670123]}", "collect.accounts.0"),
        ("collect: {accounts: []}", "the list is empty"),
        ("rules:\n  untagged:\n    kinds: [aws_ec2_volumes]\n", "unknown kind 'aws_ec2_volumes'"),
        ("rules:\n  volumes:\n    min_age: 14\n", "line 3: rules.volumes.min_age"),
        ("rules:\n  volumes:\n    min_age: soon\n", "'soon' is not a duration"),
        ("automations: [{name: a, event: post_colect}]", "unknown event 'post_colect'"),
        ("- a\n", "line 1: the configuration must be a mapping"),
        ("a: [\n", "line 2: not valid YAML"),
        ("protect: {tags: [a]}", "line 1: protect.tags"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, expected: str) -> None:
    assert expected in problem(text)


def test_every_mistake_is_named_at_once() -> None:
    text = problem("cleanup:\n  enabled: perhaps\nunknown: 1\n")
    assert "line 2: cleanup.enabled" in text
    assert "line 3: unknown: unknown key" in text


@given(st.text(max_size=60))
def test_any_text_is_a_configuration_or_a_config_error(text: str) -> None:
    try:
        assert isinstance(parse_config(text), Config)
    except ConfigError as error:
        assert str(error)


def test_a_configuration_survives_being_stored_with_the_run() -> None:
    config = parse_config("rules: {untagged: {enabled: true, accounts: {111122223333: 7d}}}")
    assert Config.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("is(aws_ec2_volume) --> is(aws_ec2_instance)", "did you mean `<--`?"),
        ("is(volume) --at 1w", "remove --at"),
        ("expand(wrong)", "did you mean `<--`?"),
    ],
)
@pytest.mark.parametrize(
    "action",
    [{"clean": {"reason": "x"}}, {"protect": {"reason": "x"}}, {"notify": {"event": "x"}}],
    ids=str,
)
def test_a_job_takes_only_steps_that_lead_somewhere(
    search: str, words: str, action: dict[str, Any]
) -> None:
    job = {"name": "one", "event": "cleanup_plan", "search": search, "action": action}
    searches = {"wrong": "is(aws_ec2_volume) --> is(aws_ec2_instance)"}
    with pytest.raises(ConfigError, match=re.escape(words)):
        parse_config(json.dumps({"jobs": [job], "searches": searches}))


@pytest.mark.parametrize("search", ["tags.a = b", "is(volume) limit 3", "expand(any)"])
def test_only_a_job_that_cleans_must_name_kinds_and_an_order(search: str) -> None:
    job = {"name": "one", "event": "cleanup_plan", "search": search}
    searches = {"any": "tags.a = b"}
    notifies = {**job, "action": {"notify": {"event": "x"}}}
    assert parse_config(json.dumps({"jobs": [notifies], "searches": searches})).jobs
    cleans = {**job, "action": {"clean": {"reason": "x"}}}
    with pytest.raises(ConfigError, match="a search that cleans"):
        parse_config(json.dumps({"jobs": [cleans], "searches": searches}))
