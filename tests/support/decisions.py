"""Decisions about plans for tests, as `ebbtide plan approve` and `reject` write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.plan.approvals import Decision
from ebbtide.store.keys import RunKeys

ANN, BOB = "AROAEXAMPLEAAAAAAAAAA:ann@example.com", "AIDAEXAMPLEBBBBBBBBBB"


def decision(at: datetime, verdict: Any = "approve", **rest: Any) -> Decision:
    """Return a decision about all of the plan of `run-1`, for an hour."""
    usual = {"user": ANN, "run_id": "run-1", "hash": "0" * 64, "made": at}
    return Decision(**{**usual, "verdict": verdict, "until": at + timedelta(hours=1), **rest})


def decide(bucket: Any, run_id: str, verdict: Any = "approve", **rest: Any) -> Decision:
    """Store a decision about the plan of a run, made when the run started, for a day."""
    summary = bucket.read_json(RunKeys(run_id).plan_summary)
    made = from_text(summary["created"])
    usual = {"hash": summary["hash"], "run_id": run_id, "until": made + timedelta(days=1)}
    found = decision(made, verdict, **{**usual, **rest})
    bucket.write_text(found.key, found.text)
    return found
