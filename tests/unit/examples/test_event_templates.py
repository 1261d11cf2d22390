"""What the examples without a program send: texts to a webhook, and the input of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ebbtide.deployment.inputs import RunInput
from tests.support.event_examples import RUN, event_of, resources_of, transformed
from tests.support.told_commands import assert_accepted

WEBHOOK, STARTER = resources_of("webhook"), resources_of("start-by-event")
OUTCOME = {
    "summary": "key",
    "gone": 3,
    "failed": 1,
    "skipped": 0,
    "left_behind": 0,
    "would_delete": 0,
    "pending": 0,
    "unfinished": 0,
    "newly_failed": 1,
}
SAID = {
    "FailedRule": (
        event_of("workflow_failed", error="ConfigError", cause='a "quoted"\nline'),
        "ConfigError",
    ),
    "HeldRule": (event_of("cleanup_held", selected=12, held_resources=5), "5 of 12 planned"),
    "CleanedRule": (event_of("post_cleanup", outcome=OUTCOME), "deleted 3 resources, 1 failed"),
}


def test_every_rule_is_tried() -> None:
    rules = {name for name, one in WEBHOOK.items() if one["Type"] == "AWS::Events::Rule"}
    assert rules == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_text_says_what_happened_and_which_command_shows_more(name: str, tmp_path: Path) -> None:
    event, part = SAID[name]
    pattern = WEBHOOK[name]["Properties"]["EventPattern"]
    assert event["detail-type"] in pattern["detail-type"]
    body = transformed(WEBHOOK[name], event)
    assert list(body) == ["text"]
    text = body["text"]
    assert part in text
    command = text.rpartition(": ")[2]
    assert RUN in command.split()
    assert_accepted(command, tmp_path)


def test_each_target_has_a_dead_letter_queue_that_takes_its_events() -> None:
    for resources in (WEBHOOK, STARTER, resources_of("container"), resources_of("queue-worker")):
        rules = {name for name, one in resources.items() if one["Type"] == "AWS::Events::Rule"}
        policies = [one for one in resources.values() if one["Type"] == "AWS::SQS::QueuePolicy"]
        allowed = json.dumps([one["Properties"]["PolicyDocument"] for one in policies])
        for name in rules:
            (target,) = resources[name]["Properties"]["Targets"]
            assert json.dumps(target["DeadLetterConfig"]["Arn"]) in allowed
            assert f'{{"Fn::GetAtt": ["{name}", "Arn"]}}' in allowed


def filled(template: Any, **values: str) -> dict[str, Any]:
    """Return the input that a Fn::Sub makes of parameters."""
    text = template if isinstance(template, str) else template[0]
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_input_limits_the_run(dry_run: str) -> None:
    (target,) = STARTER["Rule"]["Properties"]["Targets"]
    _, limited, unlimited = (one for one in target["Input"]["Fn::If"])
    common = {"Workflow": "collect", "DryRun": dry_run}
    # `List` is Fn::Join with this separator.
    separator, _ = limited["Fn::Sub"][1]["List"]["Fn::Join"]
    accounts = separator.join(("111122223333", "444455556666"))
    asked = RunInput.model_validate(filled(limited["Fn::Sub"], List=accounts, **common))
    assert asked.accounts == ("111122223333", "444455556666")
    assert (asked.workflow, asked.dry_run) == ("collect", dry_run == "true")
    everything = RunInput.model_validate(filled(unlimited["Fn::Sub"], **common))
    assert everything.accounts == () and everything.dry_run == (dry_run == "true")


def test_run_is_not_started_by_ebbtide_itself() -> None:
    pattern = STARTER["Rule"]["Properties"]["EventPattern"]
    assert not {"ebbtide", "aws.states"} & set(pattern["source"])
    # It is on the default bus, where Ebbtide's own events are not by default.
    assert "EventBusName" not in STARTER["Rule"]["Properties"]
