"""The data of each event of a run, from what the claim and the work have answered; pure.

docs/events.md lists it. `workflow_failed` and `workflow_skipped` are not here: the state machine
puts them on the bus itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ebbtide.deployment.inputs import AnnounceRequest

type Data = dict[str, Any]

# What `cleanup_held` repeats of the plan's summary.
_OF_PLAN = ("summary", "selected", "refused", "undecided", "approval", "hash")
_NEW = ("in_grace", "grace_ending", "savings", "calendar")


def data_of(event: str, request: AnnounceRequest, held_by: tuple[str, ...]) -> Data:
    """Return the data of an event. `held_by` are the automations that have held the plan so far."""
    made = _MADE.get(event)
    return {} if made is None else made(request, held_by)


def is_enabled(request: AnnounceRequest) -> bool:
    """Return whether both keys allow a cleanup; the state machine decides by the same values."""
    return request.claim.cleanup_enabled and request.results.permitted == "true"


def is_held(request: AnnounceRequest) -> bool:
    """Return whether the plan, or a part of it, was held when it should have been carried out."""
    results = request.results
    return is_enabled(request) and (_was_held(request) or results.plan["held_resources"] > 0)


def _was_held(request: AnnounceRequest) -> bool:
    return bool(request.results.cleanup.get("held", False))


def _started(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    claim = request.claim
    return {
        "steps": claim.steps,
        "cleanup_enabled": claim.cleanup_enabled,
        "dry_run": claim.dry_run,
        "warnings": list(claim.warnings),
    }


def _manifest(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    return {"manifest": request.results.manifest}


def _published(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    return dict(request.results.published or {})


def _planned(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    return dict(request.results.plan)


def _to_clean(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    plan = request.results.plan
    return {
        "enabled": is_enabled(request),
        "dry_run": request.claim.dry_run,
        "held": plan["held"],
        "held_by": [],
        **{name: plan[name] for name in ("held_resources", "selected", "summary", "hash")},
        **({"calendar": plan["calendar"]} if "calendar" in plan else {}),
    }


def _holds(request: AnnounceRequest, held_by: tuple[str, ...]) -> Data:
    """Return what is held, and by whom: a whole plan, or what nobody has approved of it."""
    plan = request.results.plan
    if not _was_held(request):
        held = plan["held"]
        return {"held": held, "held_by": [], "held_resources": plan["held_resources"]}
    return {"held": True, "held_by": list(held_by), "held_resources": plan["selected"]}


def _held(request: AnnounceRequest, held_by: tuple[str, ...]) -> Data:
    plan = request.results.plan
    found = {name: plan[name] for name in _OF_PLAN} | _holds(request, held_by)
    # A run that began before this version has none of these; most have no calendar.
    return found | {name: plan[name] for name in _NEW if name in plan}


def _cleaned(request: AnnounceRequest, held_by: tuple[str, ...]) -> Data:
    outcome = request.results.cleanup.get("outcome")
    data = _to_clean(request, held_by) | _holds(request, held_by)
    return data if outcome is None else {**data, "outcome": outcome}


def _measured(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    return {"report": "", **(request.results.metrics or {})}


def _succeeded(request: AnnounceRequest, _held_by: tuple[str, ...]) -> Data:
    return {"manifest": request.results.manifest, "jobs": request.results.jobs}


_MADE: dict[str, Callable[[AnnounceRequest, tuple[str, ...]], Data]] = {
    "workflow_started": _started,
    "post_collect": _published,
    "pre_cleanup_plan": _manifest,
    "cleanup_plan": _manifest,
    "post_cleanup_plan": _planned,
    "pre_cleanup": _to_clean,
    "cleanup": _to_clean,
    "cleanup_held": _held,
    "post_cleanup": _cleaned,
    "pre_generate_metrics": _manifest,
    "generate_metrics": _manifest,
    "post_generate_metrics": _measured,
    "workflow_succeeded": _succeeded,
}
