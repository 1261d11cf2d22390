"""Models, JSON Schema, examples and page of events say the same."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from ebbtide.automation import parse
from ebbtide.deployment.answers import Answer
from ebbtide.deployment.event_data import DATA
from ebbtide.deployment.events import (
    HOOKABLE_EVENTS,
    JOB_EVENTS,
    STEP_EVENTS,
    WORKFLOW_EVENTS,
    step_of,
)
from tests.support.event_schema import by_model, by_schema, unknown_fields
from tools.event_contract import SCHEMA, TARGET
from tools.event_examples import envelope

EVENTS = [(event, False) for event in DATA] + [(event, True) for event in HOOKABLE_EVENTS]
per_event = pytest.mark.parametrize(("event", "awaited"), EVENTS)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each field of some data."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in entries:
        yield (*path, name)
        if isinstance(one, dict | list):
            yield from places(one, (*path, name))


def changed(event: dict[str, Any], path: tuple[Any, ...], *value: Any) -> dict[str, Any]:
    """Return an event with another value at a place of its data, or without one."""
    found = copy.deepcopy(event)
    inner = found["detail"]["data"]
    for name in path[:-1]:
        inner = inner[name]
    if value:
        inner[path[-1]] = value[0]
    else:
        del inner[path[-1]]
    return found


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


def test_every_event_has_a_model() -> None:
    assert sorted(DATA) == sorted({*STEP_EVENTS, *WORKFLOW_EVENTS, *JOB_EVENTS})


@per_event
def test_example_keeps_the_contract(event: str, awaited: bool) -> None:
    example = envelope(event, awaited=awaited)
    assert by_schema(example)
    assert by_model(example)
    asked = parse(example)
    assert (asked.event, asked.is_awaited) == (event, awaited)
    assert list(unknown_fields(asked.data)) == []
    if event in HOOKABLE_EVENTS:
        assert asked.step == step_of(event)


def test_examples_in_the_text_keep_the_contract() -> None:
    blocks = re.findall(r"```json\n(.*?)```", (TARGET.parent / "events.md").read_text(), re.DOTALL)
    events = [one for one in map(json.loads, blocks) if isinstance(one.get("detail-type"), str)]
    assert events
    for event in events:
        assert by_schema(event, event["detail-type"])
        assert parse(event).bucket
    (answer,) = [one for one in map(json.loads, blocks) if "marks" in one]
    assert [one.mark for one in Answer.model_validate(answer).marks] == ["clean", "keep"]


@per_event
def test_example_is_on_the_page(event: str, awaited: bool) -> None:
    text = TARGET.read_text()
    if not awaited:
        assert json.dumps(envelope(event)["detail"], indent=2) in text
        assert f"\n## {event}\n" in text


@pytest.mark.parametrize("event", DATA)
def test_schema_and_model_refuse_the_same(event: str) -> None:
    example = envelope(event)
    for path in places(example["detail"]["data"]):
        changes: list[tuple[Any, ...]] = [(), ("x",), (-1,), (None,), ([],), (True,)]
        for change in changes:
            other = changed(example, path, *change)
            # Pydantic reads true as 1 and "1" as a number, which the schema does not.
            if by_schema(other, event):
                assert by_model(other), (path, change)
            if not change:
                assert by_schema(other, event) == by_model(other), path


@per_event
def test_schema_knows_each_event_by_its_name(event: str, awaited: bool) -> None:
    example = envelope(event, awaited=awaited)
    assert not by_schema({**example, "source": "another"})
    assert not by_schema({**example, "detail-type": "unknown"})
    for name in example["detail"]:
        detail = {key: value for key, value in example["detail"].items() if key != name}
        assert not by_schema({**example, "detail": detail}, example["detail-type"]), name


@per_event
def test_new_fields_are_no_breach(event: str, awaited: bool) -> None:
    example = envelope(event, awaited=awaited)
    example["detail"] = {
        **example["detail"],
        "data": {**example["detail"]["data"], "new_in_a_later_version": 1},
    }
    assert by_schema(example)
    assert list(unknown_fields(parse(example).data)) == ["data.new_in_a_later_version"]
