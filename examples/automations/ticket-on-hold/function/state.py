"""What this example remembers: the one ticket about held plans. Every change is conditional."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import boto3

_ID = {"id": "ticket"}


class ChangedError(Exception):
    """Another invocation changed the state first; Lambda repeats the call a minute later."""


@dataclass(frozen=True, slots=True)
class State:
    """The ticket: `at` is the time of the newest event that it reflects, `since` of its opening.

    While its state is `opening`, an invocation is about to open it, or was killed meanwhile.
    """

    state: Literal["opening", "open", "closed"]
    hash: str
    at: str
    since: str
    facts: str = ""
    key: str = ""
    version: int = 0


def read() -> State | None:
    item = _table().get_item(Key=_ID, ConsistentRead=True).get("Item")
    if item is None:
        return None
    return State(
        **{**{k: v for k, v in item.items() if k != "id"}, "version": int(item["version"])}
    )


def write(before: State | None, after: State) -> State:
    """Replace the state that was read. Raises ChangedError if it has changed since."""
    version = 0 if before is None else before.version
    stored = replace(after, version=version + 1)
    table = _table()
    try:
        table.put_item(
            Item={**_ID, **asdict(stored)},
            ConditionExpression="attribute_not_exists(id) OR version = :version",
            ExpressionAttributeValues={":version": version},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException as error:
        raise ChangedError("another invocation is at work") from error
    return stored


def _table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["TABLE"])
