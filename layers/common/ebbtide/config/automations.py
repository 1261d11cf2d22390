"""The section `automations` of the configuration: who holds a run at an event until they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from ebbtide.base.durations import describe
from ebbtide.config.jobs import CLEAN_EVENTS
from ebbtide.deployment.events import is_after
from ebbtide.options.mistakes import Mistake
from ebbtide.options.section import Duration, HookableEvent, Section

Reaction = Literal["continue", "hold", "fail"]
MarkName = Literal["clean", "keep"]

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=12)
# A run ends after 24 hours (collect_and_cleanup.asl.json): its steps need the rest.
LONGEST_OF_ALL = timedelta(hours=18)

# Whoever is asked right before the deletions has not agreed to them by keeping silent.
HELD_BY_DEFAULT = ("pre_cleanup", "cleanup")


def _time_out(value: timedelta) -> timedelta:
    if not SHORTEST <= value <= LONGEST:
        raise ValueError("must be between 1m and 12h")
    return value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


TimeOut = Annotated[Duration, AfterValidator(_time_out)]
MarkNames = Annotated[
    tuple[MarkName, ...],
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["clean", "keep"]},
                {"type": "array", "items": {"enum": ["clean", "keep"]}},
            ]
        }
    ),
]


class Automation(Section):
    """A system of yours that holds the workflow at an event until it answers.

    `hold` deletes nothing: the plan of the run is held, as by a limit.
    """

    name: str = Field(min_length=1, max_length=64)
    event: HookableEvent
    timeout: TimeOut = Field(
        default=timedelta(hours=1), description="how long the run waits for its answer: 1m to 12h"
    )
    marks: MarkNames = Field(
        default=(),
        description="the marks that its answer may contain: keep, clean, or both; clean only at "
        f"{', '.join(CLEAN_EVENTS)}. If keep is among them and it gives no valid answer, then what "
        "it would have kept is unknown, and the run deletes nothing",
    )
    on_timeout: Reaction = Field(
        default="continue",
        description="what the run does without an answer in time; at pre_cleanup and "
        "cleanup the default is hold",
    )
    on_error: Reaction = Field(
        default="continue",
        description="what the run does if the answer is a failure or is not valid; at pre_cleanup "
        "and cleanup the default is hold",
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

    @model_validator(mode="after")
    def _can_mark(self) -> Self:
        if "clean" in self.marks and self.event not in CLEAN_EVENTS:
            raise ValueError(
                f"{self.event} is no event at which clean is possible: the plan is made from the "
                f"snapshot of the run; use one of {', '.join(CLEAN_EVENTS)}"
            )
        return self

    @property
    def for_machine(self) -> dict[str, str | int]:
        """Return what the state machine needs to know of it."""
        return {"name": self.name, "timeout": int(self.timeout.total_seconds())}

    @property
    def warning(self) -> str:
        """Return what should be written differently, or an empty text."""
        if self.on_failure is None:
            return ""
        return (
            f"automations, {self.name}: on_failure is deprecated; use on_timeout: "
            f"{self.on_timeout} and on_error: {self.on_error}"
        )


def mistakes_of(automations: Sequence[Automation]) -> Iterator[Mistake]:
    """Yield two of one name at one event, and time-outs that a run cannot wait for."""
    known: set[tuple[str, str]] = set()
    longest: dict[str, timedelta] = {}
    for number, one in enumerate(automations):
        if (one.event, one.name) in known:
            message = f"two automations at {one.event} are called {one.name}; rename one of them"
            yield Mistake((str(number), "name"), message)
        known.add((one.event, one.name))
        longest[one.event] = max(one.timeout, longest.get(one.event, timedelta()))
    total = sum(longest.values(), timedelta())
    if total > LONGEST_OF_ALL:
        yield Mistake(
            (),
            f"a run may have to wait {describe(total)} for all of them, one event after the other; "
            f"at most {describe(LONGEST_OF_ALL)} are possible: shorten the longest timeout of each "
            "event",
        )
