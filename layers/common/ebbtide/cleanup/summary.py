"""Summarises how the cleanup of a run ended in all accounts; called once they are done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ebbtide.cleanup.ledger import write_ledger
from ebbtide.cleanup.state import FINAL, State
from ebbtide.deployment.inputs import RunRequest
from ebbtide.model.resource import kind_of
from ebbtide.model.savings import NOBODY, Money, Saved, savings
from ebbtide.store.run import read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

COUNTED = (*sorted(FINAL), "pending", "unfinished", "newly_failed", "closed")


def summarise_cleanup(request: RunRequest, bucket: Bucket) -> dict[str, Any]:
    """Write cleanup/summary.json and return its totals.

    `pending` counts deletions that the next run confirms, `unfinished` what this run never came to,
    `newly_failed` the failures and refusals that earlier runs did not have for the same reason, and
    `closed` those skipped ones that the calendar kept from beginning.
    Also write the ledgers of cleanups that did not end.
    """
    run = read_run(bucket, request.run_id)
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    stored = {name: bucket.find_json(run.keys.cleanup(name, "state.json")) for name in accounts}
    states = {name: State.from_json(value) for name, value in stored.items() if value is not None}
    for state in states.values():
        # The tick that ends a cleanup writes the ledger before it gives the lease back.
        if not state.is_done or state.lease is not None:
            write_ledger(bucket, state)
    counted = {name: _counts(state) for name, state in states.items()}
    gone, would_go = (
        [one for state in states.values() for one in saved_in(state, ending)]
        for ending in ("gone", "would_delete")
    )
    totals = {count: sum(one[count] for one in counted.values()) for count in COUNTED}
    summary = {
        "format": 1,
        "run_id": run.run_id,
        "dry_run": run.config.cleanup.dry_run,
        "ticks": sum(state.tick for state in states.values()),
        "totals": totals,
        "accounts": [
            {"account": name, **counts, "savings": _sum(saved_in(states[name], "gone"))}
            for name, counts in counted.items()
        ],
        "savings": savings(gone),
        "would_save": savings(would_go),
    }
    key = run.keys.cleanup_summary
    bucket.write_json(key, summary)
    return {"summary": key, **totals, "savings": _sum(gone), "would_save": _sum(would_go)}


def saved_in(state: State, ending: str) -> list[Saved]:
    """Return what the deletion of the resources with an ending saves, each once."""
    return [
        Saved(
            progress.saves.get("monthly"),
            progress.rule or NOBODY,
            state.account,
            progress.saves.get("owner") or NOBODY,
            kind_of(name),
        )
        for name, progress in state.resources.items()
        if progress.status == ending
    ]


def _sum(saved: list[Saved]) -> dict[str, Any]:
    return Money.of(one.monthly for one in saved).to_json()


def _counts(state: State) -> dict[str, int]:
    found = Counter(
        progress.status if progress.is_over else "unfinished"
        for progress in state.resources.values()
    )
    found["newly_failed"] = sum(progress.new for progress in state.resources.values())
    found["closed"] = sum(bool(progress.closed_until) for progress in state.resources.values())
    return {name: found[name] for name in COUNTED}
