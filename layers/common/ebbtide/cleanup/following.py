"""What follows for the rest of a plan if some of it stays, or is still under way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ebbtide.cleanup.board import Board
from ebbtide.cleanup.read_again import is_readable
from ebbtide.cleanup.state import STAYING
from ebbtide.plan.model import Planned

# The statuses of what no deleting call was made for.
_UNTOUCHED = ("planned", "preparing", "prepared")


@dataclass(frozen=True, slots=True)
class Following:
    """Skips planned resources that cannot go without others."""

    board: Board

    def skip_all(self) -> None:
        """Skip what cannot go without what stays, and the owners of that, before any call."""
        self._skip(owners=True)

    def skip_hopeless(self) -> None:
        """Skip what waits for, is needed by, or is part of the same whole as something that stays.

        What waits for a deletion that is carried over to the next run is skipped as well.
        """
        self._skip(owners=False)

    def going(self) -> frozenset[str]:
        """Return the graph ids that the plan still deletes: all but what was found to stay.

        What was made again under the same id stays, too.
        """
        resources = self.board.state.resources
        return frozenset(
            name
            for name in self.board.entries
            if resources[name].status not in STAYING and not resources[name].made_again
        )

    def _skip(self, *, owners: bool) -> None:
        ended = deque(self.board.take_ended())
        while ended:
            self._follow(ended.popleft(), owners)
            ended.extend(self.board.take_ended())

    def _follow(self, name: str, owners: bool) -> None:
        board, entry = self.board, self.board.entries[name]
        progress = board.state.resources[name]
        if progress.status == "pending":
            for other in board.waiting[name]:
                if other.action == "goes_with":
                    self._set_aside(other, f"goes with {name}, whose deletion is still under way")
                else:
                    self._end(other, f"waits for {name}, whose deletion is still under way")
        elif progress.status in STAYING:
            root = board.root(entry) if owners else None
            if root is not None:
                self._end(board.entries[root], carries(entry, progress.reason))
            # What an owner left behind was neither refused nor failed.
            broken = progress.status != "left_behind"
            for other in board.parts[entry.part_of or name] if broken else ():
                self._end(other, f"planned together with {name}, which stays: {progress.reason}")
            for other in (*board.waiting[name], *board.waiting_for_preparation[name]):
                self._end(other, f"waited for {name}, which stays")
            for other in board.needing[name]:
                self._end(other, f"is still needed by {name}, which stays")

    def _end(self, entry: Planned, reason: str) -> None:
        progress = self.board.state.resources[entry.subject.graph_id]
        if progress.status not in _UNTOUCHED:
            return
        if self.board.begun_owner(entry) is not None and is_readable(entry.subject):
            # It may have gone with its owner: only a read shows whether it stays.
            return
        if progress.uncertain:
            self.board.doubt(entry, f"{progress.answer}; not called again: {reason}")
        else:
            self.board.finish(entry, "skipped", reason)

    def _set_aside(self, entry: Planned, reason: str) -> None:
        if self.board.state.resources[entry.subject.graph_id].status == "planned":
            self.board.finish(entry, "pending", reason)


def carries(entry: Planned, why: str) -> str:
    """Return why an owner stays: its deletion would take along something that stays."""
    return f"deleting it would also delete {entry.subject.graph_id}, which stays: {why}"
