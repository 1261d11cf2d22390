"""Finds out whether others of a kind are on their way, where AWS takes one of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ebbtide.base.clock import from_text
from ebbtide.cleanup.board import Board
from ebbtide.cleanup.state import Progress
from ebbtide.kinds import registry
from ebbtide.plan.model import Planned


def takes_turns(entry: Planned) -> bool:
    delete = registry()[entry.subject.kind].delete
    return delete is not None and delete.one_at_a_time


@dataclass(slots=True)
class Siblings:
    """The kinds of which something is being prepared or deleted, or has gone just now."""

    board: Board
    # For so long, AWS may still be busy with what has gone.
    settling: timedelta
    _moving: frozenset[str] | None = None
    _held: frozenset[str] | None = None

    def forget(self) -> None:
        """Look at the board again when it is next asked."""
        self._moving = self._held = None

    def wait_for(self, entry: Planned) -> bool:
        """Return whether others of its kind may be blocked until a resource is gone."""
        if not takes_turns(entry):
            return False
        if self._held is None:
            waiting = self.board.with_status("planned", "prepared")
            self._held = frozenset(
                one.subject.kind for one in waiting if self._progress(one).held == "blocked"
            )
        return entry.subject.kind in self._held

    def are_in_the_way(self, entry: Planned, now: datetime) -> bool:
        """Return whether what blocks a resource may be another one of its kind."""
        if not takes_turns(entry):
            return False
        if self._moving is None:
            self._moving = frozenset(
                one.subject.kind
                for one in self.board.with_status("planned", "prepared", "deleting", "gone")
                if self._moves(one, now)
            )
        return entry.subject.kind in self._moving

    def _moves(self, entry: Planned, now: datetime) -> bool:
        progress = self._progress(entry)
        if progress.status == "gone":
            return from_text(progress.ended_at) + self.settling > now
        return progress.held == "waiting" or (progress.status == "deleting" and progress.called)

    def _progress(self, entry: Planned) -> Progress:
        return self.board.state.resources[entry.subject.graph_id]
