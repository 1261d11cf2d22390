"""The section `automations` of the configuration: who holds a run at an event until they answer."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from ebbtide.deployment.events import is_after
from ebbtide.options.section import HookableEvent, Section

Reaction = Literal["continue", "hold", "fail"]

# Whoever is asked right before the deletions has not agreed to them by keeping silent.
HELD_BY_DEFAULT = ("pre_cleanup", "cleanup")


class Automation(Section):
    """A system of yours that holds the workflow at an event until it answers.

    `hold` deletes nothing: the plan of the run is held, as by a limit.
    """

    name: str = Field(min_length=1, max_length=64)
    event: HookableEvent
    on_timeout: Reaction = Field(
        default="continue",
        description="what the run does without an answer within an hour; at pre_cleanup and "
        "cleanup the default is hold",
    )
    on_error: Reaction = Field(
        default="continue",
        description="what the run does if the answer is a failure; at pre_cleanup and cleanup the "
        "default is hold",
    )
    on_failure: Literal["continue", "fail"] | None = Field(
        default=None, description="deprecated: sets on_timeout and on_error"
    )

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        usual = "hold" if given.get("event") in HELD_BY_DEFAULT else "continue"
        usual = given.get("on_failure") or usual
        return {"on_timeout": usual, "on_error": usual, **given}

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if "hold" in (self.on_timeout, self.on_error) and is_after(self.event, "cleanup"):
            raise ValueError(
                f"{self.event} comes after the deletions, so nothing is left to hold: use continue "
                "or fail"
            )
        return self

    @property
    def warning(self) -> str:
        """Return what should be written differently, or an empty text."""
        if self.on_failure is None:
            return ""
        return (
            f"automations, {self.name}: on_failure is deprecated; use on_timeout: "
            f"{self.on_timeout} and on_error: {self.on_error}"
        )
