"""Summarises how the jobs of a run ended; called once, before the run reports success."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ebbtide.deployment.inputs import RunRequest
from ebbtide.store.run import read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1
# The answer passes through the state machine and an event, whose sizes are limited.
NAMED = 20
NO_RECORD = "it left no record: its function never finished, or was never called"


def summarise_jobs(request: RunRequest, bucket: Bucket) -> dict[str, Any]:
    """Write jobs/summary.json and return its counts; a job without a record has failed."""
    run = read_run(bucket, request.run_id)
    outcomes = [
        _outcome(bucket, run.keys.job(event, f"{name}.json"), event, name)
        for event, names in run.jobs.items()
        for name in names
    ]
    failed = [outcome["job"] for outcome in outcomes if outcome["error"] is not None]
    key = run.keys.jobs_summary
    bucket.write_json(key, {"format": FORMAT, "run_id": run.run_id, "jobs": outcomes})
    return {
        "summary": key,
        "ran": len(outcomes),
        "failed": len(failed),
        "failures": failed[:NAMED],
    }


def _outcome(bucket: Bucket, key: str, event: str, name: str) -> dict[str, Any]:
    record = bucket.find_json(key)
    if record is None:
        counts = {"matched": 0, "acted": 0, "undecided": 0, "seconds": 0.0}
        return {"job": name, "event": event, "action": None, **counts, "error": NO_RECORD}
    names = ("job", "event", "action", "matched", "acted", "undecided", "seconds", "error")
    return {name: record[name] for name in names}
