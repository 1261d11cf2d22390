"""What a run counted so far, for the estimate of its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebbtide.deployment.costs import Counters
from ebbtide.graph import Manifest
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def counters_of(run: Run, bucket: Bucket, manifest: Manifest, measured: int) -> Counters:
    """Return the counters of a run whose last step is under way: `measured` accounts so far."""
    accounts = len(bucket.find_json(run.keys.accounts) or ())
    own = [one for one in manifest.accounts if one.run_id == run.run_id]
    collected = "collect" in run.steps
    planned = bucket.find_json(run.keys.plan_summary) is not None
    cleanup = bucket.find_json(run.keys.cleanup_summary) or {}
    return Counters(
        accounts=accounts,
        tasks=len(bucket.find_json(run.keys.work) or ()) if collected else 0,
        call_seconds=sum(one.seconds for one in own),
        threads=run.config.collect.threads,
        metrics_asked=sum(one.metrics_asked for one in own),
        planned_accounts=accounts if planned else 0,
        measured_accounts=measured,
        ticks=cleanup.get("ticks", 0),
        steps=len(run.steps),
    )
