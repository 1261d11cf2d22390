"""Puts the events of a run that have no hooks on the bus, as many at once as come together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import batched
from typing import Any

from ebbtide.base.errors import EventError
from ebbtide.deployment.events import SOURCE, EventDetail
from ebbtide.deployment.inputs import AnnounceRequest
from ebbtide.deployment.settings import Settings
from ebbtide.workflow.turns import next_turn

# PutEvents accepts this many entries (PutEvents in the API reference of EventBridge).
MOST_ENTRIES = 10
# The longest pauses before each further attempt at what the bus has refused, in seconds.
PAUSES = (1, 2, 4, 8, 16)

type Entry = dict[str, Any]


def announce_events(
    request: AnnounceRequest,
    settings: Settings,
    client: Any,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Announce the next events of a run, and return what it has to do after them.

    A repeated call announces the same events again: EventBridge delivers at least once, too. Raises
    EventError if the bus refuses one.
    """
    events, turn = next_turn(request, settings.bucket)
    put_events(client, settings.event_bus, events, sleep)
    return turn.model_dump(mode="json")


def put_events(
    client: Any, bus: str, events: Iterable[EventDetail], sleep: Callable[[float], None]
) -> None:
    entries = (
        {
            "Source": SOURCE,
            "DetailType": event.event,
            "EventBusName": bus,
            "Detail": event.model_dump_json(),
        }
        for event in events
    )
    for some in batched(entries, MOST_ENTRIES):
        _put(client, some, sleep)


def _put(client: Any, entries: Sequence[Entry], sleep: Callable[[float], None]) -> None:
    """Put entries until all are accepted; each further attempt has only those that were refused."""
    refused, why = _attempt(client, entries)
    for pause in PAUSES:
        if not refused:
            return
        sleep(random.uniform(0, pause))
        refused, why = _attempt(client, refused)
    if refused:
        names = ", ".join(entry["DetailType"] for entry in refused)
        raise EventError(f"the event bus refused {names}: {why}")


def _attempt(client: Any, entries: Sequence[Entry]) -> tuple[list[Entry], str]:
    """Return what the bus refused, and why."""
    answers = client.put_events(Entries=list(entries))["Entries"]
    refused = [
        (entry, answer)
        for entry, answer in zip(entries, answers, strict=True)
        if answer.get("ErrorCode") or not answer.get("EventId")
    ]
    reasons = (f"{one.get('ErrorCode')}: {one.get('ErrorMessage')}" for _, one in refused)
    return [entry for entry, _ in refused], next(reasons, "")
