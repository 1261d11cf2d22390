"""What a run does without an answer of an automation, or after its failure."""

from __future__ import annotations

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import Automation, Config, parse_config
from ebbtide.deployment.events import HOOKABLE_EVENTS, is_after
from tests.support.each_case import for_each

REACTIONS = ("continue", "hold", "fail")


def automation(event: str, rest: str = "") -> Automation:
    (found,) = parse_config(f"automations: [{{name: a, event: {event}{rest}}}]").automations
    return found


def reactions(found: Automation) -> tuple[str, str]:
    return found.on_timeout, found.on_error


@for_each("event", HOOKABLE_EVENTS)
def test_silence_right_before_the_deletions_agrees_to_nothing(event: str) -> None:
    usual = "hold" if event in ("pre_cleanup", "cleanup") else "continue"
    assert reactions(automation(event)) == (usual, usual)


@for_each("event", HOOKABLE_EVENTS)
@for_each("reaction", REACTIONS)
@for_each("key", ["on_timeout", "on_error"])
def test_each_key_stands_for_itself(event: str, reaction: str, key: str) -> None:
    if reaction == "hold" and is_after(event, "cleanup"):
        with pytest.raises(ConfigError, match="nothing is left to hold: use continue or fail"):
            automation(event, f", {key}: {reaction}")
        return
    found = automation(event, f", {key}: {reaction}")
    usual = reactions(automation(event))[0]
    assert getattr(found, key) == reaction
    assert set(reactions(found)) <= {reaction, usual}


@for_each("event", HOOKABLE_EVENTS)
@for_each("reaction", ["continue", "fail"])
def test_old_key_means_both_and_is_warned_of(event: str, reaction: str) -> None:
    found = automation(event, f", on_failure: {reaction}")
    assert reactions(found) == (reaction, reaction)
    assert found.warning == (
        f"automations, a: on_failure is deprecated; use on_timeout: {reaction} and on_error: "
        f"{reaction}"
    )


def test_new_keys_go_before_the_old_one() -> None:
    found = automation("pre_cleanup", ", on_failure: fail, on_timeout: hold")
    assert reactions(found) == ("hold", "fail")


def test_old_key_never_knew_to_hold() -> None:
    with pytest.raises(ConfigError, match="on_failure"):
        automation("pre_cleanup", ", on_failure: hold")


@pytest.mark.parametrize("rest", ["", ", on_failure: fail", ", on_error: hold"])
def test_stored_configuration_of_a_run_means_the_same(rest: str) -> None:
    config = parse_config(f"automations: [{{name: a, event: pre_cleanup{rest}}}]")
    again = Config.model_validate(config.model_dump(mode="json"))
    assert again == config
    assert again.warnings == config.warnings


def test_configuration_without_old_keys_has_no_warnings() -> None:
    config = parse_config("automations: [{name: a, event: collect, on_error: fail}]")
    assert config.warnings == ()
