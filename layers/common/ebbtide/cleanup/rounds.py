"""The rounds of one tick: confirm, decide, store the intention, call, store the outcome.

The intention is stored by compare and swap before any call is made. Two ticks therefore never act
on the same resource, and the next tick can continue wherever a function was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from ebbtide.aws import AccountSession
from ebbtide.base.clock import Clock, to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import CallError, PlanError
from ebbtide.cleanup.at_once import AtOnce
from ebbtide.cleanup.board import Board
from ebbtide.cleanup.chunks import AT_ONCE, RESERVE_SECONDS, Chunks
from ebbtide.cleanup.closing import Closing
from ebbtide.cleanup.confirming import Confirming
from ebbtide.cleanup.deleting import (
    Outcome,
    declared_delete,
    delete_resource,
    kept_description,
    prepare_resource,
    restore_description,
)
from ebbtide.cleanup.failed_deletions import is_failed
from ebbtide.cleanup.following import Following
from ebbtide.cleanup.made_again import birth_of
from ebbtide.cleanup.outcomes import conclude, put_back
from ebbtide.cleanup.read_again import Description, Reader
from ebbtide.cleanup.state import Progress, State, Status
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.verification import Verifier
from ebbtide.cleanup.verifying import Verifying
from ebbtide.plan.model import Planned


@dataclass(slots=True)
class Round:
    """The work of one tick on the plan of one account, and on what earlier runs left unfinished."""

    session: AccountSession
    store: StateStore
    verifier: Verifier
    reader: Reader
    pool: Executor
    deadline: Deadline
    clock: Clock
    unfinished: Mapping[str, Planned] = field(default_factory=dict)
    # Whether the run still holds the claim.
    still_mine: Callable[[], bool] = lambda: True
    board: Board = field(init=False)
    following: Following = field(init=False)
    closing: Closing = field(init=False)
    confirming: Confirming = field(init=False)
    chunks: Chunks = field(init=False)
    verifying: Verifying = field(init=False)
    at_once: AtOnce = field(init=False)

    def __post_init__(self) -> None:
        planned = {entry.subject.graph_id: entry for entry in self.store.plan.planned}
        entries = {**planned, **self.unfinished_only(planned)}
        self.board = Board(self.state, entries, self._at)
        self.following = Following(self.board)
        calendar = self.store.run.config.cleanup.calendar
        self.closing = Closing(self.board, calendar, self.state.account, self.clock)
        self.chunks = Chunks(len(entries), self.deadline)
        self.confirming = Confirming(
            self.board, self.reader, self.pool, self.clock, self.store.collected
        )
        self.verifying = Verifying(self.board, self.verifier, self.confirming, self.pool)
        self.at_once = AtOnce(self.board)

    def unfinished_only(self, planned: Mapping[str, Planned]) -> dict[str, Planned]:
        """Return what earlier runs left unfinished and this plan does not name."""
        return {
            name: entry
            for name, entry in self.unfinished.items()
            if name in self.state.resources and name not in planned
        }

    @property
    def state(self) -> State:
        return self.store.state

    def run(self) -> None:
        """Run rounds until nothing moves or the time is nearly up, and save the state."""
        self.closing.stop()
        if not self.state.verified and not self._verify_all():
            return
        self.state.tick += 1
        if self.state.dry_run:
            self._end_dry_run()
        self.state.due = ""
        while not self.board.is_done and self.deadline.remaining_seconds > RESERVE_SECONDS:
            self.board.start_round()
            self.closing.stop()
            self.following.skip_hopeless()
            self.verifier.start_round(self.following.going())
            self.confirming.confirm()
            if not self.state.dry_run:
                self._prepare()
                self._delete()
            if not self.board.has_moved:
                self.state.due = self.confirming.settle()
                if not self.board.has_moved:
                    break
        moved = self.board.has_moved_in_tick
        self.state.idle_ticks = 0 if moved else self.state.idle_ticks + 1
        self.store.save()

    def _at(self) -> str:
        return to_text(self.clock())

    def _progress(self, entry: Planned) -> Progress:
        return self.state.resources[entry.subject.graph_id]

    def _verify_all(self) -> bool:
        """Verify the whole plan before anything is touched; return False if time ran out.

        If one part of a whole differs, the whole stays: a VPC in which something new runs must
        not lose its gateway. The next tick verifies what is left.
        """
        if not self.verifying.all(self.deadline):
            self.store.save()
            return False
        self.following.skip_all()
        self.state.verified = True
        self.store.save()
        return True

    def _end_dry_run(self) -> None:
        for entry in self.board.with_status("planned"):
            if not self._progress(entry).carried:
                self.board.finish(entry, "would_delete", "dry run: verified, not deleted")

    def _prepare(self) -> None:
        """Verify once more, store the description, then make the preparing calls.

        What needs none is deleted at once, on the same verification.
        """
        ready = self.at_once.begin(
            entry
            for entry in self.board.with_status("planned", "preparing")
            if entry.action == "delete"
            and self.board.all(entry.after, "gone")
            and not self.board.is_held(entry)
        )
        self.verifier.expect(ready)
        for chunk in self._chunks(ready):
            since = self.at_once.seconds()
            described = self.verifying.again(chunk)
            recorded = {
                name: description
                for name, description in described.items()
                if self._is_recorded(self.board.entries[name], description)
            }
            for name, description in recorded.items():
                entry = self.board.entries[name]
                progress = self._progress(entry)
                progress.born = progress.born or birth_of(description)
                for one in (entry, *self.board.carried[name]):
                    self._progress(one).begun = self._progress(one).begun or self._at()
                self._intend(entry, "preparing")
            untouched = self._act(recorded, prepare_resource, "prepared")
            self.at_once.passed(chunk, recorded, untouched, since)
            self._delete_at_once()

    def _delete_at_once(self) -> None:
        """Delete what was just verified, and needed no preparing call."""
        self.following.skip_hopeless()
        while self.chunks.has_time:
            described = self.at_once.take(self.chunks.size)
            if not described:
                break
            self._delete_described(described)
            self.following.skip_hopeless()

    def _is_recorded(self, entry: Planned, description: Description) -> bool:
        """Store what a resource is, and what AWS deletes with it; else it alone stays."""
        restore = restore_description(entry, description, self._at())
        reason = self.store.write_restore(entry, restore)
        reason = reason or self._keep_carried(entry.subject.graph_id)
        if reason:
            self.board.finish(entry, "failed", reason)
        return not reason

    def _chunks(self, ready: list[Planned]) -> Iterator[list[Planned]]:
        """Yield some resources at a time, so that their calls follow soon.

        What is left when the time is nearly up waits for the next tick. What follows from the
        outcome of one chunk, such as a part that AWS refuses, holds for the next.
        """
        for chunk in self.chunks.of(ready):
            self.following.skip_hopeless()
            left = [entry for entry in chunk if not self._progress(entry).is_over]
            if left:
                yield left

    def _keep_carried(self, name: str) -> str:
        """Store descriptions of what AWS will delete together with a resource.

        Return why that failed, or "".
        """
        carried = self.board.carried[name]
        for entry, description in zip(
            carried, self.pool.map(self._described, carried), strict=True
        ):
            if description is not None:
                self._progress(entry).born = birth_of(description)
            kept = kept_description(entry, description, self._at())
            if reason := self.store.write_restore(entry, kept):
                return reason
        return ""

    def _described(self, entry: Planned) -> Description | None:
        try:
            return self.reader.read(entry.subject)
        except CallError:
            return None

    def _delete(self) -> None:
        ready = [
            entry
            for entry in self.board.with_status("prepared", "deleting")
            if self.board.may_be_deleted(entry)
        ]
        for entry in ready:
            # Killed after the intention was stored: the call may have been made.
            if self._progress(entry).status == "deleting":
                self._progress(entry).uncertain = True
        self.verifier.expect(ready)
        for chunk in self._chunks(ready):
            self._delete_described(self.verifying.again(chunk))

    def _delete_described(self, described: Mapping[str, Description]) -> None:
        for name, description in described.items():
            entry = self.board.entries[name]
            failed = is_failed(declared_delete(entry.subject.kind), description)
            self._progress(entry).failed_before = failed
            self._intend(entry, "deleting")
        self._act(described, delete_resource, "deleting")

    def _intend(self, entry: Planned, status: Status) -> None:
        progress = self._progress(entry)
        self.board.move(entry.subject.graph_id, status)
        progress.attempts += 1
        self.state.record(entry, status, self._at(), attempt=progress.attempts)

    def _act(
        self,
        described: Mapping[str, Description],
        action: Callable[[AccountSession, Planned, Mapping[str, Any]], Outcome],
        done: Literal["prepared", "deleting"],
    ) -> list[str]:
        """Make the calls for what is intended; return those that needed none."""
        uncalled: list[str] = []
        if not described:
            return uncalled
        left = [self.board.entries[name] for name in described]
        if not self.still_mine():
            self._stop(left, done)
        left = self.closing.begin(left, done)
        self.store.save()
        while left:
            now, left = left[:AT_ONCE], left[AT_ONCE:]
            outcomes: Iterable[Outcome] = self.pool.map(
                lambda one: action(self.session, one, described[one.subject.graph_id].document), now
            )
            for entry, outcome in zip(now, outcomes, strict=True):
                conclude(self.board, entry, outcome, done)
                if outcome.ending == "done" and not outcome.calls:
                    uncalled.append(entry.subject.graph_id)
            if left and not (self.chunks.has_time and self.still_mine()):
                break
            left = self.closing.begin(left, done)
        for entry in left:
            put_back(self.board, entry, done)
        self.store.save()
        if left and not self.still_mine():
            self._stop([], done)
        return uncalled

    def _stop(self, intended: list[Planned], done: Literal["prepared", "deleting"]) -> NoReturn:
        """Take intentions back, and end the turn with a ledger that has every call."""
        for entry in intended:
            put_back(self.board, entry, done)
        self.store.save()
        self.store.write_ledger(last=True)
        raise PlanError("the run has lost its claim; it makes no more calls")
