"""The base model of all sections of the configuration, and field types for their values."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from ebbtide.base.durations import parse_duration
from ebbtide.deployment.events import HOOKABLE_EVENTS
from ebbtide.options.mistakes import UnknownNameError


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit; use a duration such as 7d or 2h30m")
    return parse_duration(value)


def _known_event(value: str) -> str:
    if value not in HOOKABLE_EVENTS:
        advice = f"use one of {', '.join(HOOKABLE_EVENTS)}"
        raise UnknownNameError("event", value, lambda: HOOKABLE_EVENTS, advice)
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["7d", "2h30m", "4 weeks"]}),
]
HookableEvent = Annotated[str, AfterValidator(_known_event)]
