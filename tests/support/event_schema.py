"""The contract of events: whether an event keeps it, by its model and by the JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel, ValidationError

from ebbtide.deployment.event_data import DATA
from tools.event_contract import SCHEMA


@cache
def validator(name: str = "") -> Draft202012Validator:
    """Return a validator of all events, or of those with one name, which is faster."""
    found = json.loads(SCHEMA.read_text())
    if name:
        found = {"$ref": f"#/$defs/{name}", "$defs": found["$defs"]}
    return Draft202012Validator(found)


def by_schema(event: dict[str, Any], name: str = "") -> bool:
    return bool(validator(name).is_valid(event))


def by_model(event: dict[str, Any]) -> bool:
    detail = event["detail"]
    try:
        DATA[detail["event"]].model_validate(detail["data"], strict=False)
    except ValidationError:
        return False
    return True


def unknown_fields(model: BaseModel, path: str = "data") -> Iterator[str]:
    """Yield the fields of an event that its model lacks."""
    yield from (f"{path}.{name}" for name in model.model_extra or {})
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, BaseModel):
                yield from unknown_fields(one, f"{path}.{name}")
