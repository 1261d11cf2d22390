"""Remembers over runs what the cleanups of an account have not finished, and what keeps failing.

One object per account, replaced only by compare and swap. A run that begins opens it, one that ends
closes it. If a run never closed it, the next one takes over what the state of that run says. So
nothing is lost or counted twice, wherever a function is killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.clock import optional_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.cleanup.attempts import next_attempt
from ebbtide.cleanup.ledger import write_ledger
from ebbtide.cleanup.state import Progress, State
from ebbtide.plan.model import Plan, Planned, read_plan, read_planned
from ebbtide.store.formats import UNFINISHED_FORMAT as FORMAT
from ebbtide.store.formats import require_format
from ebbtide.store.keys import RunKeys, unfinished_key

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Attempts at a compare and swap before giving up.
ROUNDS = 5
# What the next run needs of the progress of a resource.
_KEPT = (
    "attempts",
    "begun",
    "deleting_since",
    "answer",
    "doubt",
    "failed_before",
    "born",
    "failures",
    "failing_since",
    "failing_reason",
)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What one resource has left over from earlier runs.

    `pending`: AWS accepted its deletion, and the next run reads it again. `leftover`: it was a part
    of a whole that was being taken down, of which no rule may find it to be a part any longer, so
    that it is planned again.
    """

    entry: Planned
    run_id: str
    at: str
    reason: str
    pending: bool
    leftover: bool
    retry_after: str
    progress: Mapping[str, Any]
    seen: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**{**value, "entry": read_planned(value["entry"])})


@dataclass(frozen=True, slots=True)
class Memory:
    """The stored object; `open` is the run that has begun and not ended, "" for none."""

    open: str = ""
    resources: Mapping[str, Unfinished] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored object. Raises FormatError if another version wrote it."""
        require_format(value, FORMAT, "record of unfinished deletions")
        found = {name: Unfinished.from_json(one) for name, one in value["resources"].items()}
        return cls(value["open"], found)

    def to_json(self, account: str) -> dict[str, Any]:
        resources = {name: asdict(one) for name, one in self.resources.items()}
        return {"format": FORMAT, "account": account, "open": self.open, "resources": resources}

    @property
    def has_pending(self) -> bool:
        return bool(self.open) or any(one.pending for one in self.resources.values())


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """Reads and replaces the memory of one account."""

    bucket: Bucket
    account: str

    def read(self) -> Memory:
        value = self.bucket.find_json(unfinished_key(self.account))
        return Memory() if value is None else Memory.from_json(value)

    def open(self, run_id: str) -> Memory:
        """Return what earlier runs left over, and note that this run continues it."""
        for _ in range(ROUNDS):
            known, etag = self._stored()
            if known.open == run_id:
                return known
            resources = self._taken_over(known) if known.open else known.resources
            found = Memory(run_id, resources)
            if self._replace(found, etag):
                return found
        raise ConflictError(f"{unfinished_key(self.account)} keeps being replaced")

    def close(self, plan: Plan, state: State) -> None:
        """Remember how a run ended; without effect if it has been closed, or taken over."""
        for _ in range(ROUNDS):
            known, etag = self._stored()
            if known.open != plan.run_id:
                return
            if self._replace(Memory("", merged(known.resources, plan.planned, state)), etag):
                return
        raise ConflictError(f"{unfinished_key(self.account)} keeps being replaced")

    def _taken_over(self, known: Memory) -> Mapping[str, Unfinished]:
        """Return the memory after a run that never closed it, and write that run's ledger."""
        plan = self.bucket.find_json(RunKeys(known.open).plan(self.account))
        state = None if plan is None else self._last_state(known.open)
        if plan is None or state is None:
            return known.resources
        made = read_plan(plan)
        # The state has only what was carried out; of that, the approved entry is the one that was.
        return merged(known.resources, (*made.planned, *made.approved), state)

    def _last_state(self, run_id: str) -> State | None:
        """Return how a run that was stopped left its state, once its ledger says the same.

        Its last turn may still be at work, and write both.
        """
        key = RunKeys(run_id).cleanup(self.account, "state.json")
        state = None
        for _ in range(ROUNDS):
            try:
                stored = self.bucket.read(key)
            except MissingError:
                return None
            state = State.from_json(stored.value)
            write_ledger(self.bucket, state)
            if self.bucket.read(key).etag == stored.etag:
                break
        return state

    def _stored(self) -> tuple[Memory, str | None]:
        try:
            stored = self.bucket.read(unfinished_key(self.account))
        except MissingError:
            return Memory(), None
        return Memory.from_json(stored.value), stored.etag

    def _replace(self, memory: Memory, etag: str | None) -> bool:
        key, value = unfinished_key(self.account), memory.to_json(self.account)
        try:
            if etag is None:
                self.bucket.create_json(key, value)
            else:
                self.bucket.replace_json(key, value, etag)
        except ConflictError:
            return False
        return True


def merged(
    known: Mapping[str, Unfinished], planned: Iterable[Planned], state: State
) -> dict[str, Unfinished]:
    """Return what is left over after a run: what it found is in its state."""
    entries = {entry.subject.graph_id: entry for entry in planned}
    found = {
        # What the run was about is in its state; of the rest, only leftovers are still wanted.
        name: one
        for name, one in known.items()
        if name not in state.resources and one.leftover
    }
    for name, progress in state.resources.items():
        entry = entries.get(name) or (known[name].entry if name in known else None)
        if entry is not None:
            left = _left(entry, progress, state, known.get(name))
            if left is not None:
                found[name] = left
    return found


def _left(
    entry: Planned, progress: Progress, state: State, before: Unfinished | None
) -> Unfinished | None:
    if progress.status in ("gone", "left_behind"):
        return None
    pending = progress.status == "pending" or (progress.status == "deleting" and progress.called)
    leftover = _is_leftover(entry, progress) or (
        before is not None and before.leftover and progress.status != "gone"
    )
    if not (pending or leftover or progress.failures):
        return None
    if before is not None and not progress.attempts and not pending:
        # The run did not touch it; its ending says only why.
        return before
    again = next_attempt(progress.failures, progress.ended_at or state.started)
    return Unfinished(
        entry=entry,
        run_id=state.run_id,
        at=progress.ended_at or state.started,
        reason=progress.reason,
        pending=pending,
        leftover=leftover,
        retry_after="" if pending else optional_text(again) or "",
        progress={name: value for name in _KEPT if (value := getattr(progress, name))},
        seen=progress.seen,
    )


def _is_leftover(entry: Planned, progress: Progress) -> bool:
    """Return whether a part stays although its deletion had begun.

    Nothing may tie it to its whole any longer, as with an address whose gateway is gone.
    """
    begun = entry.part_of is not None and bool(progress.attempts)
    return begun and progress.status in ("failed", "skipped")
