"""Observes a run in progress: the signs that it advances, and how far it has come."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.session import Record, Session

ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
_FUNCTIONS = "assumed-role/"  # part of the principal of every assumed role


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a run.

    `objects` maps the keys in the run's folder to their ETags. `state` is the state entered last,
    `since` the time of the last event in the execution history.
    """

    status: str
    history: int
    state: str
    since: datetime | None
    events: tuple[Record, ...]
    objects: dict[str, str]
    calls: int

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def signs(self) -> Hashable:
        """Values of which at least one changes while the run advances.

        Calls are included because, on a busy machine, a function may read an account for minutes
        without writing an object or entering a new state. Lambda's time-out ends a function that
        never finishes.
        """
        objects = frozenset(self.objects.items())
        return self.status, self.history, len(self.events), objects, self.calls

    @property
    def last_event(self) -> str:
        return self.events[-1]["event"] if self.events else ""


@dataclass(slots=True)
class Observer:
    """Repeated looks at one execution."""

    session: Session
    execution: str
    _position: int
    _calls: int = 0

    @classmethod
    def of(cls, session: Session, execution: str) -> Observer:
        return cls(session, execution, session.cloud.mark())

    @property
    def run_id(self) -> str:
        return self.execution.rpartition(":")[2]

    def look(self) -> Look:
        # Read the status first: if the run has ended, the later reads then see all of its results.
        status = self.session.status(self.execution)
        count, state, since = self._history()
        return Look(
            status=status,
            history=count,
            state=state,
            since=since,
            events=tuple(self.session.events(self.run_id)),
            objects=self._objects(),
            calls=self._count_calls(),
        )

    def _history(self) -> tuple[int, str, datetime | None]:
        """Return the last event's number, the last state entered, and the last event's time."""
        events: list[dict[str, Any]] = self.session.client("stepfunctions").get_execution_history(
            executionArn=self.execution,
            reverseOrder=True,
            maxResults=100,
            includeExecutionData=False,
        )["events"]
        if not events:
            return 0, "", None
        details = (event.get("stateEnteredEventDetails") for event in events)
        state = next((detail["name"] for detail in details if detail), "")
        return events[0]["id"], state, events[0]["timestamp"]

    def _objects(self) -> dict[str, str]:
        pages = self.session.client("s3").get_paginator("list_objects_v2")
        bucket = self.session.deployment.outputs["BucketName"]
        return {
            entry["Key"]: entry["ETag"]
            for page in pages.paginate(Bucket=bucket, Prefix=f"runs/{self.run_id}/")
            for entry in page.get("Contents", [])
        }

    def _count_calls(self) -> int:
        """Count all calls made by assumed roles, reading only new lines of the record."""
        with (self.session.cloud.state_dir / "calls.jsonl").open("rb") as record:
            record.seek(self._position)
            for line in record:
                if not line.endswith(b"\n"):
                    break
                self._position += len(line)
                self._calls += _FUNCTIONS in json.loads(line)["principal"]
        return self._calls
