"""Continues in a new run what earlier runs left unfinished."""

from __future__ import annotations

from dataclasses import replace

from ebbtide.base.clock import Clock, from_text, to_text
from ebbtide.cleanup.attempts import pause_in_words
from ebbtide.cleanup.pending import Memory, Unfinished
from ebbtide.cleanup.state import Progress, State
from ebbtide.plan.model import Plan, Planned


def resume(state: State, plan: Plan, memory: Memory, clock: Clock) -> None:
    """Take over what earlier runs left: read pending resources, and leave alone what keeps failing.

    A resource that AWS is still deleting is never called again. Doing this twice changes nothing.
    """
    planned = {entry.subject.graph_id: entry for entry in plan.planned}
    for name, left in memory.resources.items():
        if left.pending and (left.entry.action == "delete" or name not in planned):
            state.resources[name] = _resumed(left)
        elif name in planned:
            progress = _with_failures(left)
            state.resources[name] = progress
            if _is_paused(left, planned[name], clock):
                _pause(state, planned[name], progress, left, clock)
    state.resumed = True


def unfinished_entries(memory: Memory) -> dict[str, Planned]:
    """Return the entries of pending resources: each waits for its owner at most."""
    pending = {name: one for name, one in memory.resources.items() if one.pending}
    return {name: _alone(one.entry, memory) for name, one in pending.items()}


def _alone(entry: Planned, memory: Memory) -> Planned:
    owner = memory.resources.get(entry.goes_with or "")
    after = (entry.goes_with,) if entry.goes_with and owner is not None and owner.pending else ()
    return replace(entry, after=after, prepared_after=(), needed_by=(), part_of=None)


def _resumed(left: Unfinished) -> Progress:
    going = left.entry.action == "delete"
    return Progress(
        status="deleting" if going else "planned",
        called=going,
        verified=True,
        carried=True,
        reason=left.reason,
        **left.progress,
    )


def _with_failures(left: Unfinished) -> Progress:
    names = ("failures", "failing_since", "failing_reason")
    return Progress(**{name: left.progress[name] for name in names if name in left.progress})


def _is_paused(left: Unfinished, entry: Planned, clock: Clock) -> bool:
    """Return whether it is too early to try again; a resource that has changed may be tried."""
    if not left.retry_after or clock() >= from_text(left.retry_after):
        return False
    then = (dict(left.entry.fingerprint), dict(left.entry.tags))
    return then == (dict(entry.fingerprint), dict(entry.tags))


def _pause(
    state: State, entry: Planned, progress: Progress, left: Unfinished, clock: Clock
) -> None:
    reason = pause_in_words(
        progress.failures,
        progress.failing_since,
        progress.failing_reason,
        from_text(left.retry_after),
    )
    state.finish(entry, "skipped", to_text(clock()), reason, failures=progress.failures)
