"""Loads and saves the progress of a cleanup, and stores what it restores from."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ebbtide.base.clock import Clock, from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError, PlanError
from ebbtide.cleanup import ledger
from ebbtide.cleanup.known import Known
from ebbtide.cleanup.state import Lease, State
from ebbtide.model.lines import ResourceLine
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# A function may end a little later than it was told, and clocks differ.
LEASE_MARGIN = timedelta(seconds=15)


class StateStore:
    """Loads and saves the state of one account's cleanup, and writes the ledger from it."""

    def __init__(self, bucket: Bucket, run: Run, plan: Plan, clock: Clock) -> None:
        self.bucket, self.run, self.plan, self.clock = bucket, run, plan, clock
        self._key = run.keys.cleanup(plan.account, "state.json")
        self._etag = ""
        # How many entries of the ledger the bucket has.
        self._recorded = 0
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
        self._recorded = self.state.recorded
        if self.state.plan_hash != self.plan.hash:
            raise PlanError(
                f"the cleanup of account {self.plan.account} was started with a different plan; "
                "start a new run"
            )
        return self.state

    def take_lease(self, turn: str, attempt: int, seconds: float) -> timedelta | None:
        """Take the lease for as long as the function may run, and return None.

        If another turn may still be at work, change nothing and return for how long. A retry of the
        turn that holds the lease gets it at once, because the state machine makes it only after the
        earlier attempt has ended. Raises ConflictError if another turn takes it at the same time.
        """
        now, held = self.clock(), self.state.lease
        if held is not None and not (held.turn == turn and attempt > held.attempt):
            left = from_text(held.until) - now
            if left > timedelta():
                return left
        until = to_text(now + timedelta(seconds=seconds) + LEASE_MARGIN)
        self.state.lease = Lease(turn, attempt, until)
        self.state.turns += 1
        self.save()
        return None

    def give_lease_back(self) -> None:
        """Let the next turn begin at once."""
        self.state.lease = None
        self.save()

    def save(self) -> None:
        """Save the state, with the entries of the ledger that no segment holds.

        Raises ConflictError if another tick saved in between; this tick must stop then.
        """
        ledger.store_segments(self.bucket, self.state, self._recorded)
        self._etag = self.bucket.replace_json(self._key, self.state.to_json(), self._etag)
        self._recorded = self.state.recorded

    def write_ledger(self, *, last: bool = False) -> None:
        """Write the ledger for readers: a long one only at the end, since it is written whole.

        `last`: no other turn of this run will write it.
        """
        if last or self.state.is_done or not self.state.in_segments:
            ledger.write_ledger(self.bucket, self.state)

    def collected(self, entry: Planned) -> ResourceLine | None:
        """Return what the snapshot of the plan has of a resource; None if it has expired."""
        with suppress(MissingError):
            self.known.read()
        return self.known.planned.get(entry.subject.graph_id)

    def write_restore(self, entry: Planned, description: dict[str, Any]) -> str:
        """Store the description of a resource, together with the snapshot's copy.

        Return why it could not be stored, or "".
        """
        subject = entry.subject
        self.known.read()
        collected = self.known.planned.get(subject.graph_id)
        description = {**description, "collected": collected}
        key = self.run.keys.restore(subject.account, subject.region, subject.kind, subject.id)
        # An earlier tick may have stored it before anything was changed: keep that one.
        with suppress(ConflictError):
            try:
                self.bucket.create_json(key, description)
            except (BotoCoreError, ClientError) as error:
                return f"the description of {subject.graph_id} could not be stored: {error}"
        return ""
