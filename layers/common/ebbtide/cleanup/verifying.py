"""Verifies many resources of a plan together: all before anything is touched, and each again.

What one call can describe is read together first. A description serves the verification that it was
read for, and the calls that follow at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import batched

from ebbtide.base.deadline import Deadline
from ebbtide.base.forms import plain
from ebbtide.cleanup.board import Board
from ebbtide.cleanup.chunks import RESERVE_SECONDS
from ebbtide.cleanup.confirming import CONFIRMED, Confirming
from ebbtide.cleanup.following import carries
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.state import Progress
from ebbtide.cleanup.verification import Verified, Verifier
from ebbtide.collect.calling import Item
from ebbtide.plan.model import Planned
from ebbtide.verdict.fingerprint import fingerprint

# What is verified between two looks at the clock, before anything is touched: as many as one call
# describes.
AT_FIRST = 100


@dataclass(frozen=True, slots=True)
class Verifying:
    """Compares the entries of a board with what AWS says now, and ends those that differ."""

    board: Board
    verifier: Verifier
    confirming: Confirming
    pool: Executor

    def all(self, deadline: Deadline) -> bool:
        """Verify what is planned and was not verified; return False if the time is nearly up."""
        waiting = [
            entry
            for entry in self.board.with_status("planned")
            if not self._progress(entry).verified
        ]
        self.verifier.expect(waiting)
        for chunk in batched(waiting, AT_FIRST):
            if deadline.remaining_seconds < RESERVE_SECONDS:
                return False
            self._first(chunk)
        return True

    def _first(self, waiting: Sequence[Planned]) -> None:
        items = self.verifier.read_together(waiting)
        results = self.pool.map(lambda entry: self._verify(entry, items, released=False), waiting)
        for entry, verified in zip(waiting, results, strict=True):
            self._progress(entry).verified = True
            if verified.gone:
                self.board.finish(entry, "gone", "was already gone when the cleanup began")
            elif self._is_another(entry, verified):
                continue
            elif verified.mismatch:
                self.board.finish(entry, "skipped", verified.mismatch)

    def again(self, ready: Sequence[Planned]) -> dict[str, Description]:
        """Return the descriptions of those that may proceed, and finish the others."""
        items = self.verifier.read_together(ready)
        results = self.pool.map(lambda entry: self._verify_again(entry, items), ready)
        described = {}
        for entry, verified in zip(ready, results, strict=True):
            progress = self._progress(entry)
            if verified.gone:
                self.board.finish(entry, "gone", CONFIRMED)
            elif self._is_another(entry, verified):
                continue
            elif verified.mismatch and progress.uncertain:
                # It may differ because AWS is deleting it.
                self.board.doubt(entry, f"{progress.reason}; it now differs: {verified.mismatch}")
            elif verified.mismatch:
                self.board.finish(entry, "skipped", verified.mismatch)
            elif verified.description is not None:
                if entry.part_of is not None:
                    progress.seen = plain(fingerprint(verified.description.resource))
                described[entry.subject.graph_id] = verified.description
        return described

    def _progress(self, entry: Planned) -> Progress:
        return self.board.state.resources[entry.subject.graph_id]

    def _is_another(self, entry: Planned, verified: Verified) -> bool:
        """Finish a resource if another one has its id now, which the plan does not mean."""
        found = verified.description
        return found is not None and self.confirming.is_made_again(entry, found)

    def _verify(self, entry: Planned, items: Mapping[str, Item], *, released: bool) -> Verified:
        item = items.get(entry.subject.graph_id)
        return self.verifier.verify(entry, released=released, item=item)

    def _verify_again(self, entry: Planned, items: Mapping[str, Item]) -> Verified:
        # Once its preparation has begun, our own calls make a resource differ from the plan.
        touched = self._progress(entry).attempts > 0
        verified = self._verify(entry, items, released=bool(entry.after) or touched)
        if verified.description is None or verified.mismatch:
            return verified
        for carried in self.board.carried[entry.subject.graph_id]:
            # Its state may already follow its owner's; its protection and tags must be unchanged.
            kept = self.verifier.objection(carried, entry)
            if kept:
                return Verified(mismatch=carries(carried, kept))
        return verified
