"""The rounds of one tick: confirm, decide, store the intention, call, store the outcome.

The intention is stored by compare and swap before any call is made. Two ticks therefore never act
on the same resource, and the next tick can continue wherever a function was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from ebbtide.aws import AccountSession
from ebbtide.base.clock import Clock, to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import CallError
from ebbtide.cleanup.deleting import (
    Outcome,
    delete_resource,
    kept_description,
    prepare_resource,
    restore_description,
)
from ebbtide.cleanup.following import Following, carries
from ebbtide.cleanup.read_again import Description, Reader, is_readable
from ebbtide.cleanup.state import State, Status
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.verification import Verified, Verifier
from ebbtide.plan.model import Planned

# No work starts with less time left than this: the longest call may take 30 s.
RESERVE_SECONDS = 45
# Resources verified between two looks at the deadline, and before their calls are made.
VERIFIED_AT_ONCE = 32


@dataclass(slots=True)
class Round:
    """The work of one tick on the plan of one account."""

    session: AccountSession
    store: StateStore
    verifier: Verifier
    reader: Reader
    pool: Executor
    deadline: Deadline
    clock: Clock
    entries: dict[str, Planned] = field(init=False)
    following: Following = field(init=False)

    def __post_init__(self) -> None:
        planned = self.store.plan.planned
        self.entries = {entry.subject.graph_id: entry for entry in planned}
        self.following = Following(self.state, self.entries, self._at)

    @property
    def state(self) -> State:
        return self.store.state

    def run(self) -> None:
        """Run rounds until nothing moves or the time is nearly up, and save the state."""
        if not self.state.verified and not self._verify_all():
            return
        if self.state.dry_run:
            self._end_dry_run()
            return
        self.state.tick += 1
        moved = False
        while not self.state.is_done and self.deadline.remaining_seconds > RESERVE_SECONDS:
            before = self._statuses()
            self.following.skip_hopeless()
            self.verifier.start_round(self.following.going())
            self._confirm()
            self._prepare()
            self._delete()
            if self._statuses() == before:
                break
            moved = True
        self.state.idle_ticks = 0 if moved else self.state.idle_ticks + 1
        self.store.save()

    def _statuses(self) -> list[tuple[Status, bool]]:
        return [(entry.status, entry.called) for entry in self.state.resources.values()]

    def _at(self) -> str:
        return to_text(self.clock())

    def _with(self, *statuses: Status) -> list[Planned]:
        return [
            entry
            for name, entry in self.entries.items()
            if self.state.resources[name].status in statuses
        ]

    def _finish(self, entry: Planned, status: Status, reason: str) -> None:
        self.state.finish(entry, status, self._at(), reason)

    def _verify_all(self) -> bool:
        """Verify the whole plan before anything is touched; return False if time ran out.

        If one part of a whole differs, the whole stays: a VPC in which something new runs must
        not lose its gateway. The next tick verifies what is left.
        """
        progress = self.state.resources
        for chunk in batched(self._with("planned"), VERIFIED_AT_ONCE):
            waiting = [entry for entry in chunk if not progress[entry.subject.graph_id].verified]
            if waiting and self.deadline.remaining_seconds < RESERVE_SECONDS:
                self.store.save()
                return False
            self._verify_first(waiting)
        self.following.skip_all()
        self.state.verified = True
        self.store.save()
        return True

    def _verify_first(self, waiting: list[Planned]) -> None:
        results = self.pool.map(lambda entry: self.verifier.verify(entry, released=False), waiting)
        for entry, verified in zip(waiting, results, strict=True):
            self.state.resources[entry.subject.graph_id].verified = True
            if verified.gone:
                self._finish(entry, "gone", "was already gone when the cleanup began")
            elif verified.mismatch:
                self._finish(entry, "skipped", verified.mismatch)

    def _end_dry_run(self) -> None:
        for entry in self._with("planned"):
            self._finish(entry, "would_delete", "dry run: verified, not deleted")
        self.store.save()

    def _confirm(self) -> None:
        """Mark resources as gone, but only after a read that finds nothing."""
        waiting = [
            entry for entry in self._with("deleting", "planned") if self._is_to_confirm(entry)
        ]
        for entry, gone in zip(waiting, self.pool.map(self._is_gone, waiting), strict=True):
            if gone:
                self._finish(entry, "gone", "confirmed by reading it again")

    def _is_to_confirm(self, entry: Planned) -> bool:
        progress = self.state.resources[entry.subject.graph_id]
        if entry.action == "goes_with":
            return self.state.are(entry.after, "gone", "deleting")
        return progress.status == "deleting"

    def _is_gone(self, entry: Planned) -> bool:
        if not is_readable(entry.subject):  # a piece of its owner
            return self.state.are(entry.after, "gone")
        try:
            return self.reader.read(entry.subject) is None
        except CallError:
            # An error does not prove that it is gone; the next round asks again.
            return False

    def _prepare(self) -> None:
        """Verify once more, store the description, then make the preparing calls."""
        ready = [
            entry
            for entry in self._with("planned", "preparing")
            if entry.action == "delete"
            and self.state.are(entry.after, "gone")
            and not self._is_blocked(entry)
        ]
        for chunk in self._chunks(ready):
            described = self._verified(chunk)
            for name, description in described.items():
                entry = self.entries[name]
                restore = restore_description(entry, description, self._at())
                self.store.write_restore(entry, restore)
                self._keep_carried(name)
                self._intend(entry, "preparing")
            self._act(described, prepare_resource, self._prepared)

    def _chunks(self, ready: list[Planned]) -> Iterator[list[Planned]]:
        """Yield a few resources at a time, so that their calls follow soon.

        What is left when the time is nearly up waits for the next tick.
        """
        for chunk in batched(ready, VERIFIED_AT_ONCE):
            if self.deadline.remaining_seconds < RESERVE_SECONDS:
                return
            yield list(chunk)

    def _keep_carried(self, name: str) -> None:
        """Store descriptions of what AWS will delete together with a resource."""
        carried = self._carried(name)
        for entry, description in zip(
            carried, self.pool.map(self._described, carried), strict=True
        ):
            kept = kept_description(entry, description, self._at())
            self.store.write_restore(entry, kept)

    def _carried(self, name: str) -> list[Planned]:
        return [entry for entry in self.entries.values() if self.following.root(entry) == name]

    def _described(self, entry: Planned) -> Description | None:
        try:
            return self.reader.read(entry.subject)
        except CallError:
            return None

    def _delete(self) -> None:
        ready = [
            entry
            for entry in self._with("prepared", "deleting")
            if entry.action == "delete"
            and not self.state.resources[entry.subject.graph_id].called
            and not self._is_blocked(entry)
            and self.state.are(entry.prepared_after, "prepared", "deleting", "gone")
        ]
        for chunk in self._chunks(ready):
            described = self._verified(chunk)
            for name in described:
                self._intend(self.entries[name], "deleting")
            self._act(described, delete_resource, self._deleted)

    def _is_blocked(self, entry: Planned) -> bool:
        """Return whether this tick already found something in the way: retrying now is useless."""
        return self.state.resources[entry.subject.graph_id].blocked_in == self.state.tick

    def _verified(self, ready: list[Planned]) -> dict[str, Description]:
        """Return the descriptions of those that may proceed, and finish the others."""
        results = self.pool.map(self._verify_again, ready)
        described = {}
        for entry, verified in zip(ready, results, strict=True):
            if verified.gone:
                self._finish(entry, "gone", "confirmed by reading it again")
            elif verified.mismatch:
                self._finish(entry, "skipped", verified.mismatch)
            elif verified.description is not None:
                described[entry.subject.graph_id] = verified.description
        return described

    def _verify_again(self, entry: Planned) -> Verified:
        # Once its preparation has begun, our own calls make a resource differ from the plan.
        touched = self.state.resources[entry.subject.graph_id].attempts > 0
        verified = self.verifier.verify(entry, released=bool(entry.after) or touched)
        if verified.description is None or verified.mismatch:
            return verified
        for carried in self._carried(entry.subject.graph_id):
            # Its state may already follow its owner's; its protection and tags must be unchanged.
            kept = self.verifier.objection(carried, entry)
            if kept:
                return Verified(mismatch=carries(carried, kept))
        return verified

    def _intend(self, entry: Planned, status: Status) -> None:
        progress = self.state.resources[entry.subject.graph_id]
        progress.status = status
        progress.attempts += 1
        self.state.record(entry, status, self._at(), attempt=progress.attempts)

    def _act(
        self,
        described: Mapping[str, Description],
        action: Callable[[AccountSession, Planned, Mapping[str, Any]], Outcome],
        conclude: Callable[[Planned, Outcome], None],
    ) -> None:
        if not described:
            return
        self.store.save()
        entries = [self.entries[name] for name in described]
        outcomes: Iterable[Outcome] = self.pool.map(
            lambda entry: action(self.session, entry, described[entry.subject.graph_id].document),
            entries,
        )
        for entry, outcome in zip(entries, outcomes, strict=True):
            conclude(entry, outcome)
        self.store.save()

    def _prepared(self, entry: Planned, outcome: Outcome) -> None:
        self._conclude(entry, outcome, "prepared", again="planned")

    def _deleted(self, entry: Planned, outcome: Outcome) -> None:
        self._conclude(entry, outcome, "deleting", again="prepared")
        progress = self.state.resources[entry.subject.graph_id]
        progress.called = outcome.ending == "done"

    def _conclude(self, entry: Planned, outcome: Outcome, done: Status, again: Status) -> None:
        if outcome.ending == "gone":
            self._finish(entry, "gone", outcome.reason)
        elif outcome.ending in ("refused", "failed"):
            status: Status = "skipped" if outcome.ending == "refused" else "failed"
            self._finish(entry, status, outcome.reason)
        else:
            progress = self.state.resources[entry.subject.graph_id]
            progress.status = done if outcome.ending == "done" else again
            progress.reason = outcome.reason
            progress.blocked_in = self.state.tick if outcome.ending == "again" else 0
        self.state.record(
            entry,
            f"calls_of_{done}" if outcome.ending == "done" else f"not_{done}",
            self._at(),
            calls=list(outcome.calls),
            answer=outcome.reason or "accepted",
        )
