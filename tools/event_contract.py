"""Write docs/event-data.md and docs/events.schema.json from the models of events; --check compares.

The schema describes an event as a target of a rule on the bus receives it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from ebbtide.deployment.event_data import DATA, Data
from ebbtide.deployment.events import HOOKABLE_EVENTS, SOURCE, EventDetail
from tools.event_examples import envelope
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "events.schema.json"
TARGET = ROOT / "docs" / "event-data.md"
REF = "#/$defs/{model}"

INTRODUCTION = """\
# Data of events

<!-- Written by tools/event_contract.py from layers/common/ebbtide/deployment/event_data.py. -->

This page is the contract of [Ebbtide's events](events.md): the data of each event, and an example.
The JSON Schema [`events.schema.json`](events.schema.json) says the same for programs. It describes
the whole event as a target of a rule receives it. `ebbtide.automation`
([events.md](events.md#in-python)) reads events with the same models.

While `format` is 1, fields may be added, but none is removed and none gets another meaning. Ignore
fields that you do not know.
"""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all events."""
    models = [(model, "validation") for model in dict.fromkeys(DATA.values())]
    _, found = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    definitions: dict[str, Any] = found["$defs"]
    for event, model in DATA.items():
        definitions[event] = _event(event, model.__name__)
    for event in HOOKABLE_EVENTS:
        definitions[f"await_{event}"] = _event(event, DATA[event].__name__, awaited=True)
    names = [*DATA, *(f"await_{event}" for event in HOOKABLE_EVENTS)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of Ebbtide",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "$defs": definitions,
    }


def _event(event: str, model: str, *, awaited: bool = False) -> dict[str, Any]:
    detail = EventDetail.model_json_schema()
    properties = {
        **detail["properties"],
        "event": {"const": event},
        "data": {"$ref": f"#/$defs/{model}"},
    }
    required = [*properties]
    if awaited:
        own = {"automation": {"type": "string"}, "task_token": {"type": "string"}}
        properties |= own
        required += own
    return {
        "type": "object",
        "required": ["source", "detail-type", "detail"],
        "properties": {
            "source": {"const": SOURCE},
            "detail-type": {"const": f"await_{event}" if awaited else event},
            "detail": {"type": "object", "required": required, "properties": properties},
        },
        "examples": [envelope(event, awaited=awaited)],
    }


def page() -> str:
    """Return the whole page: a table and an example per event."""
    known = schema()["$defs"]
    lines = [INTRODUCTION]
    for event, model in DATA.items():
        lines += section(event, model, known)
    lines += ["## await_<event>", ""]
    lines += [
        "For each [awaited automation](events.md#awaited-automations) at an event: the detail of",
        "that event, and",
        "",
        "| field | meaning |",
        "| --- | --- |",
        "| `automation` | the name of the automation in the configuration |",
        "| `task_token` | what an answer names |",
        "",
        *example(envelope("pre_cleanup", awaited=True)),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def section(event: str, model: type[Data], known: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {event}"
    yield ""
    yield f"{(model.__doc__ or '').strip()}"
    yield ""
    fields = list(rows("", known[model.__name__], known))
    if fields:
        yield "| field of `data` | type | meaning |"
        yield "| --- | --- | --- |"
        yield from fields
        yield ""
    yield from example(envelope(event)["detail"])
    yield ""


def rows(path: str, model: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for name, field in model.get("properties", {}).items():
        inner = _inner(field, known)
        where = f"{path}{name}"
        meaning = field.get("description", "")
        if not meaning and inner is not None:
            meaning = inner["description"].rstrip(".")
        yield f"| `{where}` | {type_of(field)} | {meaning} |"
        if inner is not None:
            yield from rows(f"{where}{'[]' if 'items' in field else ''}.", inner, known)


def _inner(field: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the model to which a field refers, alone, as an entry of a list, or if it is there."""
    choices = [field, field.get("items", {}), *field.get("anyOf", ())]
    names = [one["$ref"].rpartition("/")[2] for one in choices if "$ref" in one]
    return known[names[0]] if names else None


def type_of(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(type_of(one) for one in field["anyOf"])
    if "$ref" in field:
        return "object"
    kind = str(field["type"])
    if kind == "array":
        return f"list of {type_of(field['items'])}s"
    if kind == "object":
        return f"object of {type_of(field['additionalProperties'])}"
    return {"string": "text", "integer": "number", "boolean": "true or false"}.get(kind, kind)


def example(value: Mapping[str, Any]) -> Iterator[str]:
    yield "```json"
    yield json.dumps(value, indent=2)
    yield "```"


def files() -> dict[Path, str]:
    return {SCHEMA: json.dumps(schema(), indent=2) + "\n", TARGET: page()}


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, files(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
