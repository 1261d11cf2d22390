"""The last runs in numbers, for a report: one small object per run, or its summaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ebbtide.base.errors import FormatError, MissingError
from ebbtide.graph.manifest import Manifest, read_manifest
from ebbtide.model.coverage import WITHOUT_GAP
from ebbtide.model.savings import Money
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable

type Row = dict[str, Any]
type Record = Mapping[str, Any]

MOST_RUNS = 60
FORMAT = 1


def coverage_percent(manifest: Manifest) -> float | None:
    """Return the share of coverage entries without a gap; None if there are none.

    An account that could not be read again counts as not read, as in the metrics.
    """
    total = proving = 0
    for entry in manifest.accounts:
        for state, number in entry.states.items():
            total += number
            if state in WITHOUT_GAP and entry.stale_since is None:
                proving += number
    return round(100 * proving / total, 2) if total else None


def row_of(
    run_id: str,
    started: str,
    manifest: Manifest,
    plan: Record | None,
    cleanup: Record | None,
    monthly: float | None = None,
    savings: float | None = None,
) -> Row:
    """Return one run as a row of the history; null is what it did not do, or is not known."""
    totals = (cleanup or {}).get("totals", {})
    return {
        "run": run_id,
        "started": started,
        "resources": manifest.resource_count,
        "monthly": monthly,
        "planned": None if plan is None else sum(one["planned"] for one in plan["accounts"]),
        "cleaned": totals.get("gone"),
        "failed": totals.get("failed"),
        "held": None if plan is None else _held(plan),
        "coverage": coverage_percent(manifest),
        "savings": savings,
    }


def _held(plan: Record) -> int:
    """Return how many resources of a plan are held: all of them, or those without an approval."""
    if plan["held"]:
        return sum(one["planned"] for one in plan["accounts"])
    return int(plan.get("held_resources", 0))


def earlier_runs(
    store: Readable, manifest: Manifest, run_id: str, most: int = MOST_RUNS
) -> list[Row]:
    """Return the runs before one, the oldest first; `manifest` is the snapshot that it used."""
    found = islice(_backwards(store, manifest, run_id), most)
    return list(found)[::-1]


def _backwards(store: Readable, manifest: Manifest, run_id: str) -> Iterator[Row]:
    """Yield earlier runs, the newest first, until a snapshot has expired."""
    runs = [manifest.run_id, *later_runs(store, manifest.run_id)]
    # Those that used the snapshot after this run are not earlier.
    before = runs[: runs.index(run_id)] if run_id in runs else runs
    while True:
        for one in reversed(before):
            yield _stored_row(store, one, manifest)
        if manifest.previous is None:
            return
        try:
            manifest = read_manifest(store, manifest.previous)
        except (MissingError, FormatError):
            return
        before = [manifest.run_id, *later_runs(store, manifest.run_id)]


def _stored_row(store: Readable, run_id: str, manifest: Manifest) -> Row:
    """Return what the report of a run noted, else what its summaries say."""
    keys = RunKeys(run_id)
    noted = store.find_json(keys.report_row)
    if noted is not None and noted.get("format") == FORMAT:
        return dict(noted["row"])
    started = manifest.created
    if run_id != manifest.run_id:
        started = (store.find_json(keys.run) or {"started": started})["started"]
    plan, cleanup = store.find_json(keys.plan_summary), store.find_json(keys.cleanup_summary)
    found = (cleanup or {}).get("savings")
    savings = Money.from_json(found).known if found else None
    return row_of(run_id, started, manifest, plan, cleanup, savings=savings)
