"""The turns of a run: the events that it announces and the work between them, in order."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from ebbtide.deployment.events import CLEANUP_HELD, STEPS

# What the state machine may have to do next, besides the steps: ask the hooks of an event, add up
# the jobs of the run, or end it.
HOOKS, JOBS, END = "hooks", "jobs", "end"
NEXT = (*STEPS, HOOKS, JOBS, END)


class Turn(BaseModel):
    """Either an event to announce, or the work of a step, which states of its own do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str | None = None
    work: str | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Turn:
        if (self.event is None) == (self.work is None):
            raise ValueError("a turn is either an event or work")
        return self

    def to_json(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


def turns_of(steps: Collection[str], *, has_jobs: bool) -> tuple[Turn, ...]:
    """Return the turns of a run in order. `cleanup_held` is announced only if something is held."""
    turns = [Turn(event="workflow_started")]
    for step in STEPS:
        if step in steps:
            turns += [Turn(event=f"pre_{step}"), Turn(event=step), Turn(work=step)]
            turns += [Turn(event=CLEANUP_HELD)] if step == "cleanup" else []
            turns.append(Turn(event=f"post_{step}"))
    turns += [Turn(work=JOBS)] if has_jobs else []
    return (*turns, Turn(event="workflow_succeeded"))


class TurnState(BaseModel):
    """Where a run is among its turns, as the state machine keeps it.

    `next` is what it has to do now, and `position` counts the turns that it has come to. For the
    hooks of an event, it has what their state machine needs: `event`, `detail`, `automations` and
    `jobs`; that one's output comes back in `answer`. `holds` counts the automations that have held
    the plan so far, and `held_by` names them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    next: str | None = None
    position: int = 0
    step: str | None = None
    holds: int = 0
    held_by: tuple[str, ...] = ()
    event: str | None = None
    detail: dict[str, Any] | None = None
    automations: tuple[dict[str, Any], ...] = ()
    jobs: tuple[str, ...] = ()
    answer: dict[str, Any] | None = None
