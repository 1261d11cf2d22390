"""Summarises how the cleanup of a run ended in all accounts; called once they are done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ebbtide.cleanup.state import FINAL, State
from ebbtide.deployment.inputs import RunRequest
from ebbtide.store.run import read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

ENDINGS = (*sorted(FINAL), "unfinished")


def summarise_cleanup(request: RunRequest, bucket: Bucket) -> dict[str, Any]:
    """Write cleanup/summary.json and return its totals.

    `unfinished` counts the resources that have not ended yet.
    """
    run = read_run(bucket, request.run_id)
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    stored = {name: bucket.find_json(run.keys.cleanup(name, "state.json")) for name in accounts}
    counted = {
        name: _endings(State.from_json(value))
        for name, value in stored.items()
        if value is not None
    }
    totals = {ending: sum(one[ending] for one in counted.values()) for ending in ENDINGS}
    summary = {
        "format": 1,
        "run_id": run.run_id,
        "dry_run": run.config.cleanup.dry_run,
        "totals": totals,
        "accounts": [{"account": name, **endings} for name, endings in counted.items()],
    }
    key = run.keys.cleanup_summary
    bucket.write_json(key, summary)
    return {"summary": key, **totals}


def _endings(state: State) -> dict[str, int]:
    found = Counter(
        progress.status if progress.is_final else "unfinished"
        for progress in state.resources.values()
    )
    return {ending: found[ending] for ending in ENDINGS}
