"""Loads and saves how far a cleanup has come; the ledger is derived from it."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ebbtide.base.clock import Clock, to_text
from ebbtide.base.errors import ConflictError, MissingError, PlanError
from ebbtide.cleanup.state import State
from ebbtide.graph import read_manifest
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


class StateStore:
    """Loads and saves the state of one account's cleanup, and derives the ledger from it."""

    def __init__(self, bucket: Bucket, run: Run, plan: Plan, clock: Clock) -> None:
        self.bucket, self.run, self.plan, self.clock = bucket, run, plan, clock
        self._key = run.keys.cleanup(plan.account, "state.json")
        self._etag = ""
        self.state: State

    def load(self) -> State:
        try:
            stored = self.bucket.read(self._key)
        except MissingError:
            started = to_text(self.clock())
            self.state = State.of(self.plan, self.run.config.cleanup.dry_run, started)
            self._etag = self.bucket.create_json(self._key, self.state.to_json())
            return self.state
        self.state, self._etag = State.from_json(stored.value), stored.etag
        if self.state.plan_hash != self.plan.hash:
            raise PlanError(f"the cleanup of {self.plan.account} was begun with another plan")
        return self.state

    def save(self) -> None:
        """Raises ConflictError when another turn saved in between: then this one must stop."""
        self._etag = self.bucket.replace_json(self._key, self.state.to_json(), self._etag)
        self.write_ledger()

    @cached_property
    def _collected(self) -> dict[str, Any]:
        """The planned resources' lines of the snapshot, such as policies that no read repeats."""
        entry = read_manifest(self.bucket, self.plan.manifest).find(self.plan.account)
        names = self.state.resources
        lines = self.bucket.read_lines(entry.resources) if entry else ()
        return {line["graph_id"]: line for line in lines if line["graph_id"] in names}

    def write_ledger(self) -> None:
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in self.state.ledger)
        key = self.run.keys.cleanup(self.plan.account, "ledger.jsonl")
        self.bucket.write_text(key, text, "application/x-ndjson")

    def write_restore(self, entry: Planned, description: dict[str, Any]) -> None:
        """Keep what was just described, with what the snapshot knew beyond that."""
        subject = entry.subject
        description = {**description, "collected": self._collected.get(subject.graph_id)}
        name = f"restore/{subject.region}/{subject.kind}/{quote(subject.id, safe='')}.json"
        # One that an earlier turn stored, before anything was changed, is the true one.
        with suppress(ConflictError):
            self.bucket.create_json(self.run.keys.cleanup(subject.account, name), description)
