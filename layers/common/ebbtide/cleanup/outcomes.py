"""Notes what AWS answered to the calls for one resource, and what it means for the next step."""

from __future__ import annotations

from typing import Literal

from ebbtide.cleanup.board import Board
from ebbtide.cleanup.confirming import MOST_LOST
from ebbtide.cleanup.deleting import Outcome
from ebbtide.cleanup.state import Doubt, Held, Progress
from ebbtide.plan.model import Planned

_HELD: dict[str, Held] = {
    "again": "blocked",
    # Noted as a preparation, which gives it time for the next part.
    "partly": "blocked",
    "waiting": "waiting",
    "lost": "lost",
    "absent": "lost",
}
_DOUBTS: dict[str, Doubt] = {"absent": "absent", "lost": "lost", "failed": "failed"}


def conclude(
    board: Board, entry: Planned, outcome: Outcome, done: Literal["prepared", "deleting"]
) -> None:
    """Move a resource on by the answer to its calls, and append to the ledger."""
    progress = board.state.resources[entry.subject.graph_id]
    progress.reason, progress.held = outcome.reason, ""
    if outcome.ending == "done":
        _accepted(board, entry, outcome, done)
    elif done == "prepared":
        _not_prepared(board, entry, outcome)
    else:
        _not_deleted(board, entry, outcome)
    accepted = outcome.ending == "done"
    board.state.record(
        entry,
        f"calls_of_{done}" if accepted else f"not_{done}",
        board.at(),
        calls=list(outcome.calls),
        answer=outcome.reason or "accepted",
    )


def put_back(
    board: Board,
    entry: Planned,
    done: Literal["prepared", "deleting"],
    why: str = "the turn had no time left, or the run had lost its claim",
) -> None:
    """Take back an intention whose calls were not made."""
    name = entry.subject.graph_id
    board.state.resources[name].attempts -= 1
    board.move(name, "planned" if done == "prepared" else "prepared")
    board.state.record(entry, f"not_{done}", board.at(), calls=[], answer=f"not called: {why}")


def _accepted(
    board: Board, entry: Planned, outcome: Outcome, done: Literal["prepared", "deleting"]
) -> None:
    name = entry.subject.graph_id
    progress = board.state.resources[name]
    if done == "deleting":
        progress.deleting_since = board.at()
        board.move(name, "deleting", called=True)
        return
    if outcome.calls:
        progress.prepared_at = board.at()
    board.move(name, "prepared")


def _not_prepared(board: Board, entry: Planned, outcome: Outcome) -> None:
    """Let it be tried again, also if something was not found: that may be something else."""
    progress = board.state.resources[entry.subject.graph_id]
    if outcome.ending in ("partly", "waiting") and outcome.calls:
        progress.prepared_at = board.at()
    held = _HELD.get(outcome.ending)
    if held == "lost":
        progress.lost += 1
    if outcome.ending == "refused":
        _refuse(board, entry, progress, outcome)
    elif held is None or progress.lost >= MOST_LOST:
        board.finish(entry, "failed", outcome.reason)
    else:
        _hold(board, entry, progress, held)


def _not_deleted(board: Board, entry: Planned, outcome: Outcome) -> None:
    name = entry.subject.graph_id
    progress = board.state.resources[name]
    doubt = _DOUBTS.get(outcome.ending)
    if doubt != "lost" and progress.uncertain:
        # AWS may refuse this call because it has accepted an earlier one.
        doubt = "absent"
    if doubt is not None:
        progress.doubt, progress.answer = doubt, outcome.reason
        progress.uncertain = progress.uncertain or doubt == "lost"
        progress.deleting_since = board.at()
        board.move(name, "deleting", called=True)
    elif outcome.ending == "refused":
        _refuse(board, entry, progress, outcome)
    else:
        _hold(board, entry, progress, _HELD[outcome.ending])


def _hold(board: Board, entry: Planned, progress: Progress, held: Held) -> None:
    """Let the next tick make the calls again."""
    progress.held, progress.blocked_in = held, board.state.tick
    board.move(entry.subject.graph_id, "planned" if progress.status == "preparing" else "prepared")


def _refuse(board: Board, entry: Planned, progress: Progress, outcome: Outcome) -> None:
    progress.refused = True
    board.finish(entry, "skipped", outcome.reason)
