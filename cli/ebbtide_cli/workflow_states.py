"""Whether the schedule of each own workflow is as configured, and when it starts next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ebbtide.config.workflows import Workflow
from ebbtide_cli.own_schedules import (
    CREATE,
    DELETE,
    ENABLED,
    Change,
    Place,
    Schedule,
    changes_between,
    wanted_schedules,
)
from ebbtide_cli.schedules import next_start

APPLIED, MISSING, DIFFERENT, DISABLED, LEFT_OVER = (
    "applied",
    "missing",
    "different",
    "disabled",
    "left over",
)


class State(NamedTuple):
    """What AWS has for a workflow; `change` is what `workflows apply` would do."""

    word: str
    next_start: datetime | None
    schedule: Schedule
    change: Change | None


def states_of(
    workflows: Iterable[Workflow], found: Mapping[str, Schedule], place: Place, moment: datetime
) -> dict[str, State]:
    """Return the state of each schedule that is wanted or found, by the name of its workflow."""
    wanted = wanted_schedules(workflows, place)
    changes = {one.name: one for one in changes_between(found, wanted)}
    return {
        name: _state(found.get(name), wanted.get(name), changes.get(name), moment)
        for name in dict.fromkeys((*wanted, *found))
    }


def _state(
    found: Schedule | None, wanted: Schedule | None, change: Change | None, moment: datetime
) -> State:
    runs = found is not None and (found.get("State") or ENABLED) == ENABLED
    upcoming = next_start(found, moment) if runs and found is not None else None
    schedule = wanted or found
    assert schedule is not None
    return State(_word(change), upcoming, schedule, change)


def _word(change: Change | None) -> str:
    if change is None:
        return APPLIED
    if change.is_disabled_only:
        return DISABLED
    return {CREATE: MISSING, DELETE: LEFT_OVER}.get(change.action, DIFFERENT)
