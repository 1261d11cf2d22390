"""Loads and saves the progress of a cleanup, and writes the ledger from it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ebbtide.base.clock import Clock, to_text
from ebbtide.base.errors import ConflictError, MissingError, PlanError
from ebbtide.cleanup.known import Known
from ebbtide.cleanup.state import State
from ebbtide.model.lines import ResourceLine
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


class StateStore:
    """Loads and saves the state of one account's cleanup, and writes the ledger from it."""

    def __init__(self, bucket: Bucket, run: Run, plan: Plan, clock: Clock) -> None:
        self.bucket, self.run, self.plan, self.clock = bucket, run, plan, clock
        self._key = run.keys.cleanup(plan.account, "state.json")
        self._etag = ""
        # It holds what reads omit, such as policies.
        self.known = Known(bucket, plan)
        self.state: State

    def load(self) -> State:
        """Load the stored state, or create it.

        Raises PlanError if it belongs to another plan, ConflictError if another tick created it
        at the same time.
        """
        try:
            stored = self.bucket.read(self._key)
        except MissingError:
            started = to_text(self.clock())
            self.state = State.of(self.plan, self.run.config.cleanup.dry_run, started)
            self._etag = self.bucket.create_json(self._key, self.state.to_json())
            return self.state
        self.state, self._etag = State.from_json(stored.value), stored.etag
        if self.state.plan_hash != self.plan.hash:
            raise PlanError(
                f"the cleanup of account {self.plan.account} was started with a different plan; "
                "start a new run"
            )
        return self.state

    def save(self) -> None:
        """Save the state and the ledger.

        Raises ConflictError if another tick saved in between; this tick must stop then.
        """
        self._etag = self.bucket.replace_json(self._key, self.state.to_json(), self._etag)
        self.write_ledger()

    def write_ledger(self) -> None:
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in self.state.ledger)
        key = self.run.keys.cleanup(self.plan.account, "ledger.jsonl")
        self.bucket.write_text(key, text, "application/x-ndjson")

    def collected(self, entry: Planned) -> ResourceLine | None:
        """Return what the snapshot of the plan has of a resource; None if it has expired."""
        with suppress(MissingError):
            self.known.read()
        return self.known.planned.get(entry.subject.graph_id)

    def write_restore(self, entry: Planned, description: dict[str, Any]) -> None:
        """Store the description of a resource, together with the snapshot's copy."""
        subject = entry.subject
        self.known.read()
        collected = self.known.planned.get(subject.graph_id)
        description = {**description, "collected": collected}
        name = f"restore/{subject.region}/{subject.kind}/{quote(subject.id, safe='')}.json"
        # An earlier tick may have stored it before anything was changed: keep that one.
        with suppress(ConflictError):
            self.bucket.create_json(self.run.keys.cleanup(subject.account, name), description)
