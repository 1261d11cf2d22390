"""The table of this example: which links were used, and who has heard about which plan."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import boto3

from ebbtide.base.clock import from_text, to_text

# Longer than any link can be used.
_REMEMBERED = timedelta(days=7)


class Table:
    """Items by `name`, each with the time at which it was written first."""

    def __init__(self) -> None:
        self._table: Any = boto3.resource("dynamodb").Table(os.environ["TABLE"])

    def has(self, name: str) -> bool:
        return "Item" in self._table.get_item(Key={"name": name}, ConsistentRead=True)

    def note(self, name: str, now: datetime) -> datetime:
        """Note something, unless it is noted already; return the time of the first note."""
        expires = int((now + _REMEMBERED).timestamp())
        try:
            self._table.put_item(
                Item={"name": name, "at": to_text(now), "expires": expires},
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            found = self._table.get_item(Key={"name": name}, ConsistentRead=True)
            return from_text(found["Item"]["at"])
        return now
