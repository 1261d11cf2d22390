"""The state of the bucket as a run met it: what later runs remember is left out.

Whoever asks what a run decided, or would have decided, reads through here. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ebbtide.base.clock import from_text
from ebbtide.graph.manifest import Manifest
from ebbtide.plan.first_runs import Reports
from ebbtide.plan.published import read_published
from ebbtide.store.keys import CLAIM, PUBLISHED_PLANS, RunKeys, unfinished_key
from ebbtide.store.later_runs import FORMAT as LATER_RUNS_FORMAT
from ebbtide.store.later_runs import later_runs
from ebbtide.store.overlay import Overlay
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run


def as_of(
    store: Readable,
    run: Run,
    manifest: Manifest,
    accounts: Iterable[str],
    hidden: tuple[str, ...] = (),
) -> Overlay:
    """Return a store that shows what a run met; keys that begin with one of `hidden` are missing.

    Protections that a job has prolonged since stay in it: they tell only until when they last.
    """
    found = Overlay(store, lambda key: key.startswith(hidden))
    found.write_json(CLAIM, {"run_id": run.run_id})
    _forget_later_runs(found, store, run, manifest)
    _forget_reports(found, store, run.started)
    for account in accounts:
        _forget_leftovers(found, store, account, run.started)
    return found


def _forget_later_runs(found: Overlay, store: Readable, run: Run, manifest: Manifest) -> None:
    runs = later_runs(store, manifest.run_id)
    known = runs[: runs.index(run.run_id)] if run.run_id in runs else []
    value = {"format": LATER_RUNS_FORMAT, "runs": known}
    found.write_json(RunKeys(manifest.run_id).later_runs, value)


def _forget_reports(found: Overlay, store: Readable, started: datetime) -> None:
    published = read_published(store)
    runs = {name: at for name, at in published.runs.items() if from_text(at) < started}
    known = published.reports
    rules = {name: one for name, one in known.rules.items() if from_text(one.at) <= started}
    reports = Reports(rules, known.guards, known.waivers)
    waited = {
        name: one for name, one in published.waited.items() if from_text(one.started) < started
    }
    met = replace(published, runs=runs, reports=reports, waited=waited)
    found.write_json(PUBLISHED_PLANS, met.to_json())


def _forget_leftovers(found: Overlay, store: Readable, account: str, started: datetime) -> None:
    value = store.find_json(unfinished_key(account))
    if value is None:
        return
    kept = {name: one for name, one in value["resources"].items() if from_text(one["at"]) < started}
    found.write_json(unfinished_key(account), {**value, "resources": kept})
