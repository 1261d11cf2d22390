"""The resources of a CloudFormation stack as CloudFormation lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from ebbtide.model.call import Call

# The format of each line of stacks.jsonl.zst (docs/data.md).
FORMAT = 1

# 100 resources a page (CloudFormation API reference, ListStackResources).
LIST_MEMBERS = Call(
    "cloudformation", "list_stack_resources", "StackResourceSummaries[]", StackName="{id}"
)

# Statuses of members that have left the stack: deleted, or kept by a deletion policy
# (CloudFormation API reference, StackResourceSummary).
_LEFT = ("DELETE_COMPLETE", "DELETE_SKIPPED")


@dataclass(frozen=True, slots=True)
class Member:
    """One resource of a stack. `physical_id` is empty if CloudFormation has not made it yet.

    `resource` is the graph id of the resource that it is, which the merge finds; `matches` counts
    the resources that it could be: 0 if there is none, more than 1 if it cannot be told.
    """

    logical_id: str
    type: str
    physical_id: str
    resource: str | None = None
    matches: int = 0

    def __str__(self) -> str:
        return f"{self.logical_id} ({self.type})"


@dataclass(frozen=True, slots=True)
class MemberList:
    """The members of one stack, by its graph id.

    `as_of` is the state of the stack that the list was read in; see `state_of_stack`. `error` says
    why a newer list could not be read; then `members` are the last known ones, if any.
    """

    stack: str
    as_of: str
    members: tuple[Member, ...] = ()
    error: str | None = None

    def to_line(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Self | None:
        """Return the list; None if another version wrote it in another format."""
        if line.get("format") != FORMAT:
            return None
        members = tuple(Member(**member) for member in line["members"])
        return cls(line["stack"], line["as_of"], members, line["error"])


def members_of(answered: Iterable[Mapping[str, Any]]) -> tuple[Member, ...]:
    """Return the members in the summaries of ListStackResources or DescribeStackResources.

    A resource whose creation failed has no physical id, and there is nothing to delete.
    """
    return tuple(
        Member(one["LogicalResourceId"], one["ResourceType"], one["PhysicalResourceId"])
        for one in answered
        if one.get("PhysicalResourceId") and one.get("ResourceStatus") not in _LEFT
    )


def state_of_stack(item: Mapping[str, Any]) -> str | None:
    """Return what changes whenever the stack's resources do; None while they may be changing.

    An update sets LastUpdatedTime, and every operation the status (CloudFormation API reference,
    Stack).
    """
    status, changed = str(item.get("StackStatus")), _changed(item)
    if changed is None or status.endswith("_IN_PROGRESS"):
        return None
    return f"{status} {changed}"


def _changed(item: Mapping[str, Any]) -> Any:
    return item.get("LastUpdatedTime") or item.get("CreationTime")
