"""The schedule group of a stack: list the schedules of own workflows, and change one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ebbtide_cli.aws_errors import sentence_of
from ebbtide_cli.errors import SourceError
from ebbtide_cli.own_schedules import CREATE, DELETE, Change, Place, Schedule
from ebbtide_cli.parallel import in_parallel
from ebbtide_cli.sources import Source

_MISSING, _CONFLICT, _INVALID = (
    "ResourceNotFoundException",
    "ConflictException",
    "ValidationException",
)
_DENIED = ("AccessDenied", "AccessDeniedException")
# Outputs of the stack, in the order of Place.
_OUTPUTS = ("ScheduleGroupName", "StateMachineArn", "ScheduleRoleArn")


@dataclass(frozen=True, slots=True)
class ScheduleGroup:
    """The group that only own workflows have schedules in."""

    client: Any
    place: Place

    def found(self) -> dict[str, Schedule]:
        """Return the schedules by name, as GetSchedule describes them."""
        pages = self.client.get_paginator("list_schedules").paginate(GroupName=self.place.group)
        names = sorted(one["Name"] for page in pages for one in page["Schedules"])
        described = in_parallel(self._described, names)
        return {name: one for name, one in zip(names, described, strict=True) if one is not None}

    def _described(self, name: str) -> Schedule | None:
        """Return a schedule; None if it was deleted since it was listed."""
        from botocore.exceptions import ClientError

        try:
            found: Schedule = self.client.get_schedule(Name=name, GroupName=self.place.group)
        except ClientError as error:
            if _code(error) != _MISSING:
                raise
            return None
        return found

    def carry_out(self, change: Change) -> str:
        """Make one change; return why it failed, or ''. Repeating it does no harm."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if change.action == DELETE:
                self.client.delete_schedule(Name=change.name, GroupName=self.place.group)
            elif change.action == CREATE:
                self.client.create_schedule(**change.schedule)
            else:
                self.client.update_schedule(**change.schedule)
        except ClientError as error:
            if change.action == DELETE and _code(error) == _MISSING:
                return ""
            return self._reason(change, error)
        except BotoCoreError as error:
            return str(sentence_of(error))
        return ""

    def _reason(self, change: Change, error: Any) -> str:
        code = _code(error)
        if code == _INVALID:
            text = str(error.response["Error"].get("Message", "")).rstrip(".")
            return f"AWS refuses {change.schedule['ScheduleExpression']}: {text}"
        if code in _DENIED:
            return (
                f"{sentence_of(error)}; it is part of the policy of the stack's output "
                "OperatorPolicyArn (docs/permissions.md)"
            )
        if code == _MISSING and change.action == CREATE:
            return f"the schedule group {self.place.group} is missing; update the stack"
        if code in (_MISSING, _CONFLICT):
            return "somebody else changed it at the same time"
        return str(sentence_of(error))


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def group_of(source: Source, stack: str) -> ScheduleGroup:
    """Return the group of a stack. Raises SourceError for a stack of an older version."""
    outputs: Mapping[str, str] = source.outputs_of(stack)
    for name in _OUTPUTS:
        if name not in outputs:
            raise SourceError(f"stack {stack} has no output {name}; update the stack")
    return ScheduleGroup(source.client("scheduler"), Place(*(outputs[name] for name in _OUTPUTS)))


def schedule_of_stack(source: Source, stack: str) -> Schedule:
    """Return the schedule that the stack itself has, which starts the usual workflow."""
    found = source.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="Schedule"
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"].rpartition("/")[2]
    schedule: Schedule = source.client("scheduler").get_schedule(Name=name)
    return schedule
