"""Goes through the turns of a run, up to the next one that takes a state of its own; pure.

The state machine keeps where the run is and hands it in again, so a repeated call gives the same
answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.errors import FormatError
from ebbtide.deployment.events import CLEANUP_HELD, EventDetail, is_after, step_of
from ebbtide.deployment.inputs import AnnounceRequest
from ebbtide.deployment.turns import END, HOOKS, TurnState
from ebbtide.workflow.event_data import data_of, is_held


def next_turn(request: AnnounceRequest, bucket: str) -> tuple[list[EventDetail], TurnState]:
    """Return the events to announce now, in order, and what the run has to do after them.

    Raises FormatError if the answer of the hooks that were asked last does not say who holds the
    plan: then nothing may be cleaned up.
    """
    claim, last = request.claim, request.turn
    holds, held_by = _with_answer(last)
    step, events = last.step, list[EventDetail]()

    def state(position: int, following: str, **hooks: Any) -> TurnState:
        return TurnState(
            next=following, position=position, step=step, holds=holds, held_by=held_by, **hooks
        )

    for position, turn in enumerate(claim.turns[last.position :], last.position + 1):
        if turn.event is None:
            return events, state(position, str(turn.work))
        if turn.event == CLEANUP_HELD and not is_held(request):
            continue
        step = step_of(turn.event) or step
        detail = _detail(turn.event, request, bucket, held_by)
        automations = claim.automations.get(turn.event, ())
        jobs = claim.jobs.get(turn.event, ())
        if automations or jobs:
            asked = detail.model_dump(mode="json")
            hooks = {"event": turn.event, "automations": automations, "jobs": jobs}
            return events, state(position, HOOKS, detail=asked, **hooks)
        events.append(detail)
    return events, state(len(claim.turns), END)


def _detail(
    event: str, request: AnnounceRequest, bucket: str, held_by: tuple[str, ...]
) -> EventDetail:
    step = "cleanup" if event == CLEANUP_HELD else step_of(event)
    return EventDetail(
        run_id=request.run_id,
        workflow=request.claim.workflow,
        event=event,
        step=step,
        bucket=bucket,
        data=data_of(event, request, held_by),
    )


def _with_answer(turn: TurnState) -> tuple[int, tuple[str, ...]]:
    """Return the holds so far, with those of the hooks that were asked last."""
    known = turn.holds, turn.held_by
    # Only events up to the cleanup can hold the plan of their run.
    if turn.event is None or is_after(turn.event, "cleanup"):
        return known
    holds, by = _holds_of(turn.event, (turn.answer or {}).get("output"))
    return turn.holds + holds, (*turn.held_by, *by)


def _holds_of(event: str, output: Any) -> tuple[int, tuple[str, ...]]:
    told = output if isinstance(output, Mapping) else {}
    holds, by = told.get("holds"), told.get("held_by")
    if type(holds) is not int or holds < 0 or not isinstance(by, list):
        raise FormatError(
            f"the announcement of {event} does not say whether an automation holds the plan; "
            "nothing is cleaned up: start a new run"
        )
    names = tuple(map(str, by))
    return max(holds, len(names)), names
