"""What may be deleted on the verification that its preparation was made on.

That saves reading it once more, where nothing was prepared: no call of ours lies in between. It is
kept in memory only, and for less than a minute, so a later turn always verifies again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ebbtide.cleanup.board import Board
from ebbtide.cleanup.read_again import Description
from ebbtide.plan.model import Planned

# A verification serves the deletion that begins within this time.
FRESH_SECONDS = 60.0


@dataclass(slots=True)
class AtOnce:
    """The verified resources of one pass of preparations, by graph id.

    A part of a whole waits until all parts that are ready have been prepared: what AWS refuses to
    prepare stops the rest of its whole before any of that is deleted.
    """

    board: Board
    seconds: Callable[[], float] = time.monotonic
    _fresh: dict[str, tuple[float, Description]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    # How many parts of each whole still have to be prepared in this pass.
    _left: Counter[str] = field(default_factory=Counter)

    def begin(self, ready: Iterable[Planned]) -> list[Planned]:
        """Begin a pass over what is ready; return it with the parts of each whole together."""
        self._fresh.clear()
        self._touched.clear()
        wholes: dict[str, list[Planned]] = {}
        for entry in ready:
            wholes.setdefault(_whole(entry), []).append(entry)
        self._left = Counter({name: len(parts) for name, parts in wholes.items()})
        return [entry for parts in wholes.values() for entry in parts]

    def passed(
        self,
        chunk: Iterable[Planned],
        described: Mapping[str, Description],
        untouched: Iterable[str],
        since: float,
    ) -> None:
        """Note a chunk that was verified from `since` on, and what needed no preparing call."""
        self._left.subtract(map(_whole, chunk))
        self._fresh.update({name: (since, described[name]) for name in untouched})
        self._touched |= described.keys() - self._fresh.keys()

    def take(self, most: int) -> dict[str, Description]:
        """Return some that may be deleted now, each once; {} if there is none."""
        now = self.seconds()
        taken: dict[str, Description] = {}
        for name, (since, description) in list(self._fresh.items()):
            if now - since > FRESH_SECONDS:
                del self._fresh[name]
            elif len(taken) < most and self._may_go(self.board.entries[name]):
                taken[name] = description
                del self._fresh[name]
        return taken

    def _may_go(self, entry: Planned) -> bool:
        # What was just prepared may have changed those that had to wait for it.
        return (
            not self._left[_whole(entry)]
            and self._touched.isdisjoint(entry.prepared_after)
            and self.board.may_be_deleted(entry)
        )


def _whole(entry: Planned) -> str:
    return entry.part_of or entry.subject.graph_id
