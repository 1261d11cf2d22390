"""Decides by reading a resource again how its deletion ended, and what time alone decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ebbtide.base.clock import Clock, from_text, to_text
from ebbtide.cleanup.board import Board
from ebbtide.cleanup.failed_deletions import is_failed, reason_of
from ebbtide.cleanup.made_again import made_again, made_again_since
from ebbtide.cleanup.read_again import Description, Reader, is_readable
from ebbtide.cleanup.siblings import Siblings
from ebbtide.cleanup.state import STAYING, Progress, Status
from ebbtide.collect.calling import Item
from ebbtide.kinds import registry
from ebbtide.model.lines import ResourceLine
from ebbtide.plan.model import Planned

# A deletion that nothing waits for is read for so long, and then left to the next run.
GRACE = timedelta(seconds=20)
# A description that contradicts what AWS answered counts after this time and number of ticks.
SETTLING = timedelta(seconds=60)
SETTLING_READS = 3
# Answers that may be lost, or throttled, for one resource in one run.
MOST_LOST = 5

CONFIRMED = "confirmed by reading it again"


def usual_time(kind: str) -> timedelta:
    """Return how long a deletion usually takes, at least as long as descriptions need to settle."""
    delete = registry()[kind].delete
    return max(SETTLING, timedelta(seconds=delete.usual if delete else 0))


@dataclass(slots=True)
class Confirming:
    """Reads what is being deleted, and gives it its ending."""

    board: Board
    reader: Reader
    pool: Executor
    clock: Clock
    # The line that the snapshot of the plan has of a resource.
    collected: Callable[[Planned], ResourceLine | None]
    _unread: dict[str, str] = field(default_factory=dict)
    _moving_wholes: dict[str, bool] = field(default_factory=dict)
    _siblings: Siblings = field(init=False)

    def __post_init__(self) -> None:
        self._siblings = Siblings(self.board, SETTLING)

    def confirm(self) -> None:
        """Read what may have gone: only a read that does not find it makes it gone."""
        waiting = [
            entry
            for entry in self.board.with_status("deleting", "planned")
            if self._is_to_confirm(entry)
        ]
        items = self.reader.together(
            [entry.subject for entry in waiting if self._is_likely_there(entry)]
        )
        reads = self.pool.map(lambda entry: self._read(entry, items), waiting)
        for entry, found in zip(waiting, reads, strict=True):
            name = entry.subject.graph_id
            if isinstance(found, Exception):
                # An error does not prove that it is gone; the next round asks again.
                self._unread[name] = str(found)
                continue
            self._unread.pop(name, None)
            if found is None:
                self.board.finish(entry, "gone", CONFIRMED)
            elif not self.is_made_again(entry, found):
                self._still_there(entry, found)

    def is_made_again(self, entry: Planned, found: Description) -> bool:
        """Finish a resource in whose place there is another one."""
        progress = self._progress(entry)
        if progress.born:
            again = made_again(progress.born, found)
        else:
            again = made_again_since(self.collected(entry), found)
        if again:
            progress.made_again = True
            self.board.finish(entry, "gone", again)
        return bool(again)

    def settle(self) -> str:
        """End what nothing but time could still move; return when time moves something, or ""."""
        now = self.clock()
        self._moving_wholes.clear()
        self._siblings.forget()
        due: list[datetime] = []
        for entry in self.board.with_status("planned", "prepared"):
            progress = self._progress(entry)
            if entry.action == "goes_with":
                due += self._settle_carried(entry, progress, now)
            elif progress.blocked_in == self.board.state.tick:
                due += self._settle_held(entry, progress, now)
        for entry in self.board.with_status("deleting"):
            due += self._settle_deleting(entry, self._progress(entry), now)
        return to_text(min(due)) if due else ""

    def _progress(self, entry: Planned) -> Progress:
        return self.board.state.resources[entry.subject.graph_id]

    def _is_to_confirm(self, entry: Planned) -> bool:
        if self._progress(entry).status == "deleting":
            return True
        if entry.action != "goes_with":
            return False
        if not is_readable(entry.subject):
            return self.board.all(entry.after, "gone")
        return all(map(self._takes_along, entry.after)) or self._stays_with(entry) is not None

    def _stays_with(self, entry: Planned) -> str | None:
        """Return what was to take a resource along, if that stays although calls were made."""
        root = self.board.begun_owner(entry)
        if root is None or self.board.state.resources[root].status not in STAYING:
            return None
        return root

    def _takes_along(self, owner: str) -> bool:
        """Return whether an owner is gone, or AWS has accepted its deletion."""
        progress = self.board.state.resources[owner]
        accepted = progress.called and not progress.doubt
        return progress.status == "gone" or (progress.status == "deleting" and accepted)

    def _is_likely_there(self, entry: Planned) -> bool:
        """Return whether a read is likely to find it: what is gone is not read together."""
        shows_end = registry()[entry.subject.kind].ended is not None
        return shows_end or self._progress(entry).reads > 0

    def _read(self, entry: Planned, items: Mapping[str, Item]) -> Description | Exception | None:
        # No call describes a piece of its owner, which is gone.
        if not is_readable(entry.subject):
            return None
        try:
            return self.reader.read(entry.subject, item=items.get(entry.subject.graph_id))
        # Any error, also of an odd answer, leaves this resource open, and must not stop the others.
        except Exception as error:
            return error

    def _still_there(self, entry: Planned, found: Description) -> None:
        progress = self._progress(entry)
        if progress.status != "deleting":
            owner = self._stays_with(entry)
            if owner is not None:
                self.board.finish(entry, "skipped", f"goes with {owner}, which stays")
            elif self.board.all(entry.after, "gone"):
                self._count(progress, self._owner_gone(entry, progress))
                self._maybe_left_behind(entry, progress)
            return
        if not progress.called:
            return
        self._count(progress, progress.deleting_since)
        failed = self._failed(entry, progress, found)
        if failed:
            self.board.finish(entry, "failed", failed)
        elif progress.doubt == "failed":
            self.board.finish(entry, "failed", progress.answer)
        elif progress.doubt == "absent" and self._has_settled(progress):
            # If an earlier call may have been accepted, the next run reads it once more.
            status: Status = "pending" if progress.uncertain else "failed"
            self.board.finish(entry, status, progress.answer)
        elif progress.doubt == "lost":
            self._call_again(entry, progress)

    def _count(self, progress: Progress, since: str) -> None:
        """Count the ticks that found a resource there since a time."""
        if progress.read_since != since:
            progress.read_since, progress.reads, progress.read_in = since, 0, 0
        if progress.read_in != self.board.state.tick:
            progress.read_in = self.board.state.tick
            progress.reads += 1

    def _has_settled(self, progress: Progress) -> bool:
        since = from_text(progress.read_since)
        return progress.reads >= SETTLING_READS and self.clock() >= since + SETTLING

    def _failed(self, entry: Planned, progress: Progress, found: Description) -> str:
        """Return AWS's reason if it failed a deletion that it had accepted; "" if it did not.

        A resource may have been in that state before. Then it counts only if it stays so.
        """
        delete = registry()[entry.subject.kind].delete
        if delete is None or not is_failed(delete, found):
            progress.failed_before = progress.suspect = False
            return ""
        progress.suspect = progress.failed_before and not self._has_settled(progress)
        return "" if progress.suspect else f"AWS failed the deletion: {reason_of(delete, found)}"

    def _call_again(self, entry: Planned, progress: Progress) -> None:
        progress.lost += 1
        if progress.lost >= MOST_LOST:
            self.board.finish(entry, "failed", progress.answer)
            return
        progress.doubt, progress.held = "", "lost"
        progress.blocked_in = self.board.state.tick
        self.board.move(entry.subject.graph_id, "prepared", called=False)

    def _owner_gone(self, entry: Planned, progress: Progress) -> str:
        """Return when the last owner went; for one of an earlier run, when that was first seen."""
        ended = [self.board.state.resources[name].ended_at for name in entry.after]
        return max(ended) if ended else progress.read_since or to_text(self.clock())

    def _maybe_left_behind(self, entry: Planned, progress: Progress) -> None:
        if self._has_settled(progress):
            owner = entry.goes_with or "its owner"
            self.board.finish(entry, "left_behind", f"still there although {owner} is gone")

    def _settle_carried(
        self, entry: Planned, progress: Progress, now: datetime
    ) -> Iterable[datetime]:
        """End what goes with an owner if it cannot be read; if that is gone, the next run reads."""
        name = entry.subject.graph_id
        root = self._stays_with(entry)
        if root is not None and name in self._unread:
            reason = f"goes with {root}, which stays; it could not be read: {self._unread[name]}"
            self.board.finish(entry, "skipped", reason)
        elif self.board.all(entry.after, "gone"):
            if not progress.read_since:
                progress.read_since = self._owner_gone(entry, progress)
            end = from_text(progress.read_since) + SETTLING
            if now < end:
                return [end]
            if name in self._unread:
                self.board.finish(entry, "pending", f"could not be read: {self._unread[name]}")
        return []

    def _settle_held(self, entry: Planned, progress: Progress, now: datetime) -> Iterable[datetime]:
        if progress.held == "waiting":
            end = from_text(progress.begun) + usual_time(entry.subject.kind)
            if now < end:
                return [end]
            reason = (
                f"AWS has not finished its preparation; the next run goes on: {progress.reason}"
            )
            self.board.finish(entry, "skipped", reason)
        elif progress.held == "blocked":
            until = self._may_clear_until(entry, progress, now)
            if until is not None:
                return [until]
            self.board.finish(entry, "failed", progress.reason)
        return []

    def _may_clear_until(
        self, entry: Planned, progress: Progress, now: datetime
    ) -> datetime | None:
        """Return until when something of the plan may be what is in the way; None if nothing is.

        That is what had to go first and has just gone, the other parts of its whole, its own
        preparation, and others of its kind if AWS takes one at a time. What has gone counts for
        the time that its deletion usually takes.
        """
        ends = [
            from_text(self.board.state.resources[name].ended_at)
            + usual_time(self.board.entries[name].subject.kind)
            for name in (*entry.after, *entry.prepared_after)
            if self.board.state.resources[name].status == "gone"
        ]
        if progress.prepared_at:
            ends.append(from_text(progress.prepared_at) + SETTLING)
        for name in entry.prepared_after:
            if self.board.state.resources[name].status == "deleting":
                ends.append(now + SETTLING)
        whole = entry.part_of or entry.subject.graph_id
        if self._moves(whole, now) or self._siblings.are_in_the_way(entry, now):
            ends.append(now + SETTLING)
        return max((end for end in ends if end > now), default=None)

    def _moves(self, whole: str, now: datetime) -> bool:
        """Return whether a part of a whole is being deleted, or has just gone."""
        if whole not in self._moving_wholes:
            self._moving_wholes[whole] = any(
                self._is_moving(entry, now) for entry in self.board.parts[whole]
            )
        return self._moving_wholes[whole]

    def _is_moving(self, entry: Planned, now: datetime) -> bool:
        progress = self._progress(entry)
        if progress.status == "gone":
            return from_text(progress.ended_at) + usual_time(entry.subject.kind) > now
        return progress.status == "deleting" and progress.called

    def _settle_deleting(
        self, entry: Planned, progress: Progress, now: datetime
    ) -> Iterable[datetime]:
        """Carry a deletion over once its time is up; doubts end by reading or stay the same."""
        if not progress.called:
            return []
        name, since = entry.subject.graph_id, from_text(progress.deleting_since)
        usual = timedelta(seconds=_usual(entry))
        waited_for = self._is_waited_for(name) or self._siblings.wait_for(entry)
        limit = usual if waited_for else min(usual, GRACE)
        if progress.doubt or progress.suspect:
            limit = max(limit, SETTLING) if progress.suspect else SETTLING
        if now < since + limit:
            return [since + limit]
        if name in self._unread:
            self.board.finish(entry, "pending", f"could not be read: {self._unread[name]}")
        elif not progress.doubt and not progress.suspect:
            reason = f"AWS accepted its deletion at {progress.deleting_since} and has not ended it"
            self.board.finish(entry, "pending", reason)
        return []

    def _is_waited_for(self, name: str) -> bool:
        """Return whether this run still has to delete something after a resource is gone."""
        names = [name, *(entry.subject.graph_id for entry in self.board.carried[name])]
        return any(
            other.action == "delete" and not self._progress(other).is_over
            for one in names
            for other in self.board.waiting[one]
        )


def _usual(entry: Planned) -> int:
    delete = registry()[entry.subject.kind].delete
    return delete.usual if delete is not None else 0
