"""One tick of the cleanup of one account; the state machine repeats it until all is done."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from ebbtide.aws import enter_account, own_session
from ebbtide.base.clock import Clock, from_text, now, to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError, PlanError
from ebbtide.cleanup.chunks import RESERVE_SECONDS
from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.owned_now import OwnedNow, kept_for_owners
from ebbtide.cleanup.owners_now import OwnersNow
from ebbtide.cleanup.parts_now import asked_by
from ebbtide.cleanup.pending import MemoryStore
from ebbtide.cleanup.read_again import Reader
from ebbtide.cleanup.reasons import Reasons
from ebbtide.cleanup.resuming import resume, unfinished_entries
from ebbtide.cleanup.rounds import Round
from ebbtide.cleanup.selections import Selection, selections_of
from ebbtide.cleanup.stack_membership import StackMembership
from ebbtide.cleanup.state import OVER, State, Status
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.verification import Verifier
from ebbtide.collect.last_use import UseReader
from ebbtide.deployment.inputs import TickRequest
from ebbtide.deployment.settings import Settings
from ebbtide.plan.binding import permitted_plan
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.run import Run, holds_claim, read_run
from ebbtide.verdict.marks import Marks, read_marks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Between two ticks, doubled while nothing moves: NAT gateways and databases take minutes.
FIRST_WAIT_SECONDS = 3
LONGEST_WAIT_SECONDS = 30
# An execution has room for few thousand events (docs/adr/0026): once half of the turns are used up,
# the other half is spread over the time that is left.
MOST_TURNS = 250


def run_tick(
    request: TickRequest,
    bucket: Bucket,
    settings: Settings,
    deadline: Deadline,
    clock: Clock = now,
) -> dict[str, Any]:
    """Continue the cleanup until the time is nearly up; return counts and the seconds to wait.

    While another turn of the same account may be under way, it does nothing and answers how long to
    wait. Raises PlanError if the plan was altered after it was made or another run has taken over,
    ConflictError if another turn begins at the same moment.
    """
    run = read_run(bucket, request.run_id)
    plan = permitted_plan(run, bucket, request.account, request.summary_hash)
    memory = MemoryStore(bucket, request.account)
    if plan is None or not (plan.planned or memory.read().has_pending):
        return _nothing_to_do()
    store = StateStore(bucket, run, plan, clock)
    state = store.load()
    if state.is_done and (state.resumed or state.resources):
        store.write_ledger()
        memory.close(plan, state)
        return _answer(state, clock)
    if not holds_claim(bucket, run.run_id):
        raise PlanError(f"run {run.run_id} no longer holds the claim; nothing is deleted")
    busy = store.take_lease(request.turn, request.attempt, deadline.remaining_seconds)
    if busy is not None:
        return {**_answer(state, clock), "wait_seconds": ceil(busy.total_seconds())}
    left = memory.open(run.run_id)
    if not state.resumed:
        resume(state, plan, left, clock)
        store.save()
    unfinished = unfinished_entries(left)
    end, why = _end(run, plan, state)
    if clock() > end:
        _give_up(state, plan, unfinished, to_text(clock()), why)
        store.save()
    else:
        if plan.approved_until:
            # Nothing may begin after it, so the turn must not use all of its time.
            left_of_it = (from_text(plan.approved_until) - clock()).total_seconds()
            deadline = deadline.within(left_of_it + RESERVE_SECONDS)
        marks = read_marks(bucket, run, request.account, until="cleanup")
        _run_rounds(run, store, unfinished, marks, settings, deadline, clock)
    store.write_ledger()
    if state.is_done:
        memory.close(plan, state)
    store.give_lease_back()
    return _answer(state, clock, end)


def _end(run: Run, plan: Plan, state: State) -> tuple[datetime, str]:
    """Return when the cleanup ends at the latest, and what to say of the rest."""
    end = from_text(state.started) + run.config.cleanup.deadline
    if plan.approved_until and from_text(plan.approved_until) < end:
        return from_text(plan.approved_until), f"its approval ended at {plan.approved_until}"
    return end, "not ended by the deadline"


def _nothing_to_do() -> dict[str, Any]:
    names = ("gone", "failed", "skipped", "left_behind", "pending", "remaining")
    return {"done": True, "wait_seconds": 0, **dict.fromkeys(names, 0)}


def _answer(state: State, clock: Clock, end: datetime | None = None) -> dict[str, Any]:
    return {
        "done": state.is_done,
        "wait_seconds": wait_seconds(state, clock(), end),
        "gone": state.count("gone", "would_delete"),
        "failed": state.count("failed"),
        "skipped": state.count("skipped"),
        "left_behind": state.count("left_behind"),
        "pending": state.count("pending"),
        "remaining": len(state.resources) - state.count(*OVER),
    }


def wait_seconds(state: State, now: datetime, end: datetime | None) -> int:
    """Return how long to wait before the next turn; `end` is the cleanup's deadline."""
    wait: int = min(FIRST_WAIT_SECONDS * 2**state.idle_ticks, LONGEST_WAIT_SECONDS)
    if state.due:
        wait = max(1, min(wait, ceil((from_text(state.due) - now).total_seconds())))
    if end is None or state.turns < MOST_TURNS // 2:
        return wait
    # The turn after the last one finds the deadline over, and ends everything.
    spread = (end - now).total_seconds() / max(1, MOST_TURNS - state.turns)
    return max(wait, ceil(spread) + 1)


def _give_up(
    state: State,
    plan: Plan,
    unfinished: Mapping[str, Planned],
    at: str,
    reason: str,
    untouched: Status = "skipped",
) -> None:
    """End all that has no ending; what AWS is deleting is left to the next run."""
    entries = {**unfinished, **{entry.subject.graph_id: entry for entry in plan.planned}}
    for name, progress in state.resources.items():
        if progress.is_over:
            continue
        why = progress.answer or progress.reason
        status: Status
        if progress.called or progress.carried:
            status, why = "pending", why or "AWS has accepted it"
        elif progress.attempts:
            status, why = "failed", why or "AWS has not answered"
        else:
            status, why = untouched, why or "never begun"
        state.finish(entries[name], status, at, f"{reason}: {why}")


def _run_rounds(
    run: Run,
    store: StateStore,
    unfinished: Mapping[str, Planned],
    marks: Marks,
    settings: Settings,
    deadline: Deadline,
    clock: Clock,
) -> None:
    cleanup, plan = run.config.cleanup, store.plan
    own = own_session(settings.account_id, settings.partition, cleanup.threads)
    try:
        session = enter_account(
            own,
            plan.account,
            settings.cleaner_role,
            settings.external_id,
            f"ebbtide-cleanup-{run.run_id}",
        )
    except AccessError as error:
        reason = f"the account cannot be entered: {error}"
        _give_up(store.state, plan, unfinished, to_text(clock()), reason, untouched="failed")
        store.save()
        return
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(cleanup.threads))
        # Verification waits for listings and both wait for calls: in one pool, all threads could
        # be waiting.
        details = stack.enter_context(ThreadPoolExecutor(cleanup.threads))
        listings = stack.enter_context(ThreadPoolExecutor(cleanup.threads))
        planned = frozenset(entry.subject.graph_id for entry in plan.planned)
        selections = selections_of(plan, run, store.bucket, store.known.manifest)
        listing = Listings(
            session,
            details,
            listings,
            families_of(plan, selections),
            plan.regions,
            frozenset(plan.locked),
            going=planned,
        )
        store.known.kinds = listing.families.kept
        used_by = max(clock(), run.started)
        reader = Reader(session, details, UseReader(used_by, run.config.collect.last_use.period))
        verifier = Verifier(
            reader,
            listing,
            Dependants.of(plan, listing),
            StackMembership.of(plan, listing, cleanup.known_stack_types),
            OwnedNow(listing, planned),
            OwnersNow(listing, run.config.owners),
            Reasons(
                listing, reader, store.known, selections, lambda: to_text(clock()), going=planned
            ),
            run.config.protect,
            marks,
            cleanup.allow_breaking,
            run.own,
            cleanup.limits.per_emptied,
        )
        Round(
            session,
            store,
            verifier,
            reader,
            pool,
            deadline,
            clock,
            unfinished,
            lambda: holds_claim(store.bucket, run.run_id),
        ).run()


def families_of(plan: Plan, selections: Mapping[str, Selection]) -> Families:
    """Return the kinds that the verification of a plan may list again.

    They could use what is planned, go along with it, or are part of the reason for its selection.
    """
    kinds = {entry.subject.kind for entry in plan.planned}
    kept = {name for kind in kinds for name in kept_for_owners(kind)}
    tagged: set[str] = set()
    for entry in plan.planned:
        for rule in entry.rules if entry.action == "delete" else ():
            selection = selections.get(asked_by(entry, rule))
            if selection is not None and not selection.impossible():
                found = selection.neighbours(entry.subject.kind)
                kept |= {one.kind for one in found if one.ids is None}
                tagged |= selection.tagged(entry.subject.kind)
    return Families.of(kinds, kept, tagged)
