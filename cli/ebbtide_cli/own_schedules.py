"""The schedules of own workflows: what the configuration wants, and how what there is differs.

Nothing here calls AWS. A schedule is what GetSchedule returns and CreateSchedule takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ebbtide.config.workflows import Workflow

type Schedule = Mapping[str, Any]

CREATE, UPDATE, DELETE = "create", "update", "delete"
ENABLED = "ENABLED"
# As the schedule of the stack itself (template.yaml): a start that fails is tried for half an hour.
RETRIES = {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 1800}


class Place(NamedTuple):
    """Where the schedules of a stack are, what they start, and as whom."""

    group: str
    machine: str
    role: str


class Difference(NamedTuple):
    """The value of a field in AWS, and the one that the configuration wants."""

    found: Any
    wanted: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What makes one schedule equal to the configuration; `schedule` is what AWS is given."""

    name: str
    action: Literal["create", "update", "delete"]
    schedule: Schedule
    fields: Mapping[str, Difference] = field(default_factory=dict)

    @property
    def is_disabled_only(self) -> bool:
        return self.action == UPDATE and self.fields.keys() == {"state"}

    @property
    def words(self) -> str:
        """Return what changes, as in `schedule: rate(1 hour) -> rate(6 hours)`."""
        if self.action != UPDATE:
            schedule = self.schedule
            return f"{schedule['ScheduleExpression']}, {_timezone(schedule)}"
        return "; ".join(
            f"{name}: {_word(one.found)} -> {_word(one.wanted)}"
            for name, one in self.fields.items()
        )


def wanted_schedules(workflows: Iterable[Workflow], place: Place) -> dict[str, Schedule]:
    """Return the schedules that the configuration asks for, by the name of their workflow."""
    return {one.name: _wanted(one, place) for one in workflows if one.schedule is not None}


def _wanted(workflow: Workflow, place: Place) -> Schedule:
    return {
        "Name": workflow.name,
        "GroupName": place.group,
        "Description": f"Starts the workflow {workflow.name} of Ebbtide.",
        "ScheduleExpression": workflow.schedule,
        "ScheduleExpressionTimezone": workflow.timezone,
        "State": ENABLED,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": place.machine,
            "RoleArn": place.role,
            "Input": json.dumps({"workflow": workflow.name}),
            "RetryPolicy": RETRIES,
        },
    }


def changes_between(found: Mapping[str, Schedule], wanted: Mapping[str, Schedule]) -> list[Change]:
    """Return the changes after which AWS has what is wanted; the deletions are the last."""
    changes: list[Change] = []
    for name, schedule in wanted.items():
        if name not in found:
            changes.append(Change(name, "create", schedule))
        elif differences := _differences(found[name], schedule):
            # A key of the customer's is not in the configuration, and stays.
            key = found[name].get("KmsKeyArn")
            given = {**schedule, "KmsKeyArn": key} if key else schedule
            changes.append(Change(name, "update", given, differences))
    gone = [name for name in found if name not in wanted]
    return [*changes, *(Change(name, "delete", found[name]) for name in gone)]


def _timezone(schedule: Schedule) -> str:
    return str(schedule.get("ScheduleExpressionTimezone") or "UTC")


def _input(schedule: Schedule) -> Any:
    """Return the input as a document, because its spaces do not matter."""
    text = schedule["Target"].get("Input")
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def _queue(schedule: Schedule) -> Any:
    return (schedule["Target"].get("DeadLetterConfig") or {}).get("Arn")


# What differs, as a person calls it. AWS returns the defaults of what was not given.
_FIELDS: Mapping[str, Callable[[Schedule], Any]] = {
    "schedule": lambda one: one["ScheduleExpression"],
    "timezone": _timezone,
    "state": lambda one: one.get("State") or ENABLED,
    "input": _input,
    "target": lambda one: one["Target"].get("Arn"),
    "role": lambda one: one["Target"].get("RoleArn"),
    "retries": lambda one: dict(one["Target"].get("RetryPolicy") or {}),
    "dead_letters": _queue,
    "window": lambda one: dict(one["FlexibleTimeWindow"]),
    "begin": lambda one: one.get("StartDate"),
    "end": lambda one: one.get("EndDate"),
    "after_completion": lambda one: one.get("ActionAfterCompletion") or "NONE",
    "description": lambda one: one.get("Description") or "",
}


def _differences(found: Schedule, wanted: Schedule) -> dict[str, Difference]:
    compared = {name: Difference(read(found), read(wanted)) for name, read in _FIELDS.items()}
    return {name: one for name, one in compared.items() if one.found != one.wanted}


def _word(value: Any) -> str:
    if value in (None, "", {}):
        return "none"
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return str(value)
