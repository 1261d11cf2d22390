"""What may not begin now, because cleanup.calendar is closed; asked before each batch of calls.

Outside the times that the calendar leaves open, no call is made that changes anything, also not for
the rest of a whole. What AWS is deleting by then is read until it has its ending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ebbtide.base.clock import Clock, optional_text
from ebbtide.cleanup.board import Board
from ebbtide.cleanup.following import carries
from ebbtide.cleanup.outcomes import put_back
from ebbtide.config.calendar import CalendarConfig
from ebbtide.config.opening import Closed, closed
from ebbtide.plan.model import Planned

# In place of a time that lies further ahead than an opening is looked for.
UNKNOWN = "unknown"


@dataclass(slots=True)
class Closing:
    """Keeps what is on a board from beginning while the calendar of its account is closed."""

    board: Board
    calendar: CalendarConfig
    account: str
    clock: Clock

    def stop(self) -> None:
        """End what has not begun and may not begin now; let reads decide what may have.

        What relies on any of it follows from its ending. Nothing changes while all may begin.
        """
        if not self._may_close:
            return
        waiting = self.board.with_status("planned", "preparing", "prepared", "deleting")
        resources = self.board.state.resources
        for entry, why, until in self._closed(waiting):
            progress = resources[entry.subject.graph_id]
            if progress.called or entry.action == "goes_with":
                continue
            if progress.uncertain or progress.status == "deleting":
                # Its call may have been made by a turn that was killed, or whose answer was lost.
                progress.uncertain = True
                self.board.doubt(entry, f"{progress.answer or 'not answered'}; not repeated: {why}")
            else:
                progress.closed_until = until
                self.board.finish(entry, "skipped", why)

    def begin(
        self, intended: list[Planned], done: Literal["prepared", "deleting"]
    ) -> list[Planned]:
        """Return what may begin now, and take the other intentions back."""
        if not self._may_close:
            return intended
        kept = {entry.subject.graph_id: why for entry, why, _ in self._closed(intended)}
        for entry in intended:
            if entry.subject.graph_id in kept:
                put_back(self.board, entry, done, kept[entry.subject.graph_id])
        return [entry for entry in intended if entry.subject.graph_id not in kept]

    @property
    def _may_close(self) -> bool:
        return bool(self.calendar.freeze or self.calendar.hours)

    def _closed(self, entries: Iterable[Planned]) -> list[tuple[Planned, str, str]]:
        """Return what may not begin now, why, and until when."""
        at, known = self.clock(), dict[str, Closed | None]()
        found = []
        for entry in entries:
            for one in (entry, *self.board.carried[entry.subject.graph_id]):
                why = self._at(at, one.subject.kind, known)
                if why is not None:
                    words = why.words if one is entry else carries(one, why.words)
                    found.append((entry, words, optional_text(why.opens) or UNKNOWN))
                    break
        return found

    def _at(self, at: datetime, kind: str, known: dict[str, Closed | None]) -> Closed | None:
        if kind not in known:
            known[kind] = closed(self.calendar, at, self.account, kind)
        return known[kind]
