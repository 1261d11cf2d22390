"""List the configured jobs, each with the result of its last run."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Any

from ebbtide.base.clock import now
from ebbtide.config import Config
from ebbtide.config.jobs import Job
from ebbtide.plan.first_runs import first_runs
from ebbtide.plan.grace import Term, described
from ebbtide.plan.published import read_published
from ebbtide.store.keys import CLAIM
from ebbtide.store.readable import Readable
from ebbtide.verdict.marks import RULE_PREFIX
from ebbtide_cli.configuration import read_config
from ebbtide_cli.formats import usual_format
from ebbtide_cli.formats.documents import yaml_text
from ebbtide_cli.jobs_text import unknown_job
from ebbtide_cli.output import write_all
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.snapshots import find_snapshot, snapshot_chain
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Summary, summarize

type Record = dict[str, Any]

_LAST = ("last_run", "matched", "error")
# Snapshots to look through for the last record of a job: two days of hourly runs.
_RUNS = 48


def job_of(store: Readable, name: str) -> Job:
    """Return a job of the configuration. Raises UsageError if there is no such job."""
    jobs = read_config(store).jobs
    for job in jobs:
        if job.name == name:
            return job
    raise unknown_job(name, [job.name for job in jobs])


def last_records(store: Readable, jobs: list[Job]) -> dict[str, Record]:
    """Return the newest record of each job by name, from the latest runs only."""
    missing = {f"jobs/{job.event}/{job.name}.json": job.name for job in jobs}
    found: dict[str, Record] = {}
    for run_id in _runs(store):
        prefix = f"runs/{run_id}/"
        for key in store.keys(f"{prefix}jobs/"):
            name = missing.pop(key.removeprefix(prefix), None)
            if name is not None:
                found[name] = store.read_json(key)
        if not missing:
            break
    return found


def _runs(store: Readable) -> list[str]:
    """Return the run under way and the runs of the latest snapshots, newest first."""
    claim = store.find_json(CLAIM)
    runs = [claim["run_id"]] if claim is not None else []
    # Jobs can be listed before the first snapshot exists.
    if find_snapshot(store) is not None:
        runs += [manifest.run_id for manifest in islice(snapshot_chain(store), _RUNS)]
    return list(dict.fromkeys(runs))


def write_jobs(source: Source, format: str | None) -> None:
    """Write all jobs, each with the result of its last run."""
    with watched(source.open()) as store:
        config = read_config(store)
        jobs = list(config.jobs)
        records = last_records(store, jobs)
        manifest = find_snapshot(store)
        first = first_runs(config, read_published(store).reports)
        store.stop()
    header = ["name", "active", "event", "cron", "timezone", "action", "next_run", "search", *_LAST]
    rows = [
        [*_row(job), _next_run(job, config, first), job.search, *_last(records.get(job.name))]
        for job in jobs
    ]
    write_records(format or usual_format(), header, rows)
    summarize(Summary(len(rows), "job", manifest, now()))


def _row(job: Job) -> list[Any]:
    timezone = job.timezone if job.cron else None
    return [job.name, job.active, job.event, job.cron, timezone, _action(job)]


def _next_run(job: Job, config: Config, first: Collection[str]) -> str | None:
    """Return whether the next run of a job that cleans deletes its matches or only reports them.

    A job whose time is over no longer does anything.
    """
    cleanup = config.cleanup
    if job.until is not None and now() > job.until:
        return "none: it has ended"
    if job.action.clean is None or not job.active:
        return None
    if not cleanup.enabled:
        return "reports: cleanup is disabled"
    if cleanup.dry_run:
        return "reports: dry run"
    if cleanup.first_run == "report" and f"{RULE_PREFIX}{job.name}" in first:
        return "reports: first run"
    term = Term(job.action.clean.grace, job.action.clean.grace_runs)
    after = f" after a grace of {described(term)}" if described(term) else ""
    return f"deletes what is approved{after}" if cleanup.approval == "always" else f"deletes{after}"


def _action(job: Job) -> str:
    """Return the name of the action, and for `tag` the changes, such as `tag +owner=a -team`."""
    tag = job.action.tag
    if tag is None:
        return job.action.name
    changes = [f"+{key}={value}" for key, value in tag.update.items()]
    return " ".join(["tag", *changes, *(f"-{key}" for key in tag.delete)])


def _last(record: Record | None) -> list[Any]:
    return (
        [None] * 3 if record is None else [record[name] for name in ("run_id", "matched", "error")]
    )


def write_job(source: Source, name: str) -> None:
    """Write one job and the record of its last run as YAML."""
    with watched(source.open()) as store:
        job = job_of(store, name)
        record = last_records(store, [job]).get(name)
        store.stop()
    shown = {"job": job.model_dump(mode="json", exclude_none=True), "last_run": record}
    write_all([yaml_text(shown)])
