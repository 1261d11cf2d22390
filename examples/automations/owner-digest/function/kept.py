"""The table of this example: what owners asked to keep, and when each was last told."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import boto3
from boto3.dynamodb.conditions import Key

from ebbtide.base.clock import from_text, to_text

# How long DynamoDB keeps what has ended.
_AFTERWARDS = timedelta(days=7)


class Kept(NamedTuple):
    """A request that counts: who asked, and until when."""

    owner: str
    until: datetime


class Table:
    """Items by `part` and `name`: an account and a graph id, or a channel and an owner."""

    def __init__(self) -> None:
        self._table: Any = boto3.resource("dynamodb").Table(os.environ["TABLE"])

    def kept(self, account: str, now: datetime) -> dict[str, Kept]:
        """Return what owners asked to keep in an account: graph id -> request."""
        found = {
            item["name"]: Kept(item["owner"], from_text(item["until"]))
            for item in self._items(account)
        }
        return {name: one for name, one in found.items() if one.until > now}

    def keep(
        self, account: str, names: Iterable[str], owner: str, until: datetime, now: datetime
    ) -> None:
        """Store requests. One that lasts longer stays as it is."""
        known = self.kept(account, now)
        with self._table.batch_writer() as batch:
            for name in names:
                if name not in known or known[name].until < until:
                    item = {"owner": owner, "until": to_text(until), "asked": to_text(now)}
                    batch.put_item(_item(account, name, until, item))

    def told(self, channel: str, owner: str) -> datetime | None:
        """Return when an owner was last told on a channel."""
        found = self._table.get_item(Key={"part": channel, "name": _plain(owner)})
        return from_text(found["Item"]["at"]) if "Item" in found else None

    def note_told(self, channel: str, owner: str, now: datetime) -> None:
        item = _item(channel, _plain(owner), now + timedelta(days=30), {"at": to_text(now)})
        self._table.put_item(Item=item)

    def _items(self, part: str) -> Iterable[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                KeyConditionExpression=Key("part").eq(part), ConsistentRead=True, **start
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _item(part: str, name: str, ends: datetime, content: dict[str, str]) -> dict[str, Any]:
    return {"part": part, "name": name, "expires": int((ends + _AFTERWARDS).timestamp()), **content}


def _plain(owner: str) -> str:
    """Return an owner as a key, which may not be empty."""
    return f"owner:{owner}"
