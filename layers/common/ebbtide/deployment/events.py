"""The events that a run announces: their names in order, and the model of their detail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SOURCE = "ebbtide"

STEPS = ("collect", "cleanup_plan", "cleanup", "generate_metrics")

# pre_<step> before a step, <step> as it begins, post_<step> after it.
STEP_EVENTS = tuple(event for step in STEPS for event in (f"pre_{step}", step, f"post_{step}"))

CLEANUP_HELD = "cleanup_held"

WORKFLOW_EVENTS = (
    "workflow_started",
    "workflow_succeeded",
    "workflow_failed",
    "workflow_skipped",
    CLEANUP_HELD,
)

# Automations may hold the workflow at these. A failed or skipped run waits for nothing.
HOOKABLE_EVENTS = ("workflow_started", *STEP_EVENTS)

# Jobs announce these at any event of a run (docs/jobs.md).
JOB_EVENTS = ("job_failed", "job_matched")

# The steps of each workflow that is built in; the configuration may have more.
WORKFLOWS: dict[str, tuple[str, ...]] = {
    "collect_and_cleanup": STEPS,
    "collect": ("collect", "generate_metrics"),
    "cleanup": ("cleanup_plan", "cleanup", "generate_metrics"),
    "metrics": ("generate_metrics",),
}


# The workflow of an input that names none.
USUAL_WORKFLOW = "collect_and_cleanup"


def is_after(event: str, other: str) -> bool:
    """Say whether a hookable event comes later in a run than another."""
    return HOOKABLE_EVENTS.index(event) > HOOKABLE_EVENTS.index(other)


def events_of(steps: Collection[str]) -> tuple[str, ...]:
    """Return the hookable events of a sequence of steps, in order."""
    return tuple(event for event in HOOKABLE_EVENTS if step_of(event) in (None, *steps))


def step_of(event: str) -> str | None:
    """Return the step that an event belongs to; None for an event of the whole workflow."""
    return next((step for step in STEPS if event in (f"pre_{step}", step, f"post_{step}")), None)


class EventDetail(BaseModel):
    """The `detail` of every event; `data` holds the counts and keys of the step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    run_id: str
    workflow: str
    event: str
    step: str | None = None
    bucket: str
    data: dict[str, Any] = Field(default_factory=dict)
