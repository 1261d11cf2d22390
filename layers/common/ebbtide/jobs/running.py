"""Carries out one job in one run, once, and leaves a record of it; called by the announcement."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ebbtide.aws import own_session
from ebbtide.config import Job
from ebbtide.errors import ConflictError, JobError, PlanError
from ebbtide.jobs.finding import Findings, search_for
from ebbtide.jobs.marking import mark
from ebbtide.jobs.notifying import Clients, notify
from ebbtide.jobs.schedule import use_up
from ebbtide.requests import JobRequest
from ebbtide.run import Run, holds_claim, read_run
from ebbtide.settings import Settings
from ebbtide.storage import Bucket

FORMAT = 1

type Seconds = Callable[[], float]


def run_job(request: JobRequest, bucket: Bucket, settings: Settings) -> dict[str, Any]:
    """Search, act, and write the record last; returns its counts.

    Once there is a record, asking again only repeats its answer. Killed before, the next attempt
    does everything again; each action says how it keeps from being doubled. Raises JobError with
    what the record tells, and PlanError when another run has taken over.
    """
    run = read_run(bucket, request.run_id)
    job = _find(run, request)
    key = run.keys.job(job.event, f"{job.name}.json")
    record = bucket.find_json(key)
    if record is None:
        if not holds_claim(bucket, run.run_id):
            raise PlanError(f"run {run.run_id} does not hold the claim any more; its jobs rest")
        record = _recorded(bucket, key, _carry_out(bucket, run, job, settings))
    if job.cron is not None and not _is_needed_again(job, record):
        use_up(bucket, job, run.started)
    if record["error"] is not None:
        raise JobError(f"job {job.name}: {record['error']}")
    names = ("job", "matched", "acted", "undecided")
    return {"outcome": "done", **{name: record[name] for name in names}}


def _is_needed_again(job: Job, record: dict[str, Any]) -> bool:
    """What a job should have protected is still not known in the next run, if it failed."""
    return job.action.protect is not None and record["error"] is not None


def _find(run: Run, request: JobRequest) -> Job:
    for job in run.config.jobs:
        if (job.event, job.name) == (request.event, request.job):
            return job
    raise JobError(f"run {run.run_id} knows no job {request.job} at {request.event}")


def _recorded(bucket: Bucket, key: str, record: dict[str, Any]) -> dict[str, Any]:
    """The first record that is written counts, also if two attempts were at work."""
    try:
        bucket.create_json(key, record)
    except ConflictError:
        stored: dict[str, Any] = bucket.read_json(key)
        return stored
    return record


def _carry_out(
    bucket: Bucket, run: Run, job: Job, settings: Settings, seconds: Seconds = time.monotonic
) -> dict[str, Any]:
    began = seconds()
    record: dict[str, Any] = {
        "format": FORMAT,
        "run_id": run.run_id,
        "job": job.name,
        "event": job.event,
        "search": job.search,
        "action": job.action.name,
        "matched": 0,
        "acted": 0,
        "undecided": 0,
        "accounts": {},
        "matches": None,
        "error": None,
    }
    try:
        findings = search_for(bucket, run, job)
        record |= {"matched": len(findings.found), "undecided": findings.undecided}
        record["matches"] = _write_matches(bucket, run, job, findings)
        record |= _act(bucket, run, job, findings, settings)
    # A job that fails must not take the run with it; the record and the event say what it was.
    except Exception as error:
        record["error"] = f"{type(error).__name__}: {error}"
    return {**record, "seconds": round(seconds() - began, 3)}


def _write_matches(bucket: Bucket, run: Run, job: Job, findings: Findings) -> str | None:
    """All that was found, one a line; another attempt writes the same again."""
    if not findings.found:
        return None
    key = run.keys.job(job.event, f"{job.name}.jsonl.zst")
    bucket.write_lines(key, (one.to_line() for one in findings.found))
    return key


def _act(
    bucket: Bucket, run: Run, job: Job, findings: Findings, settings: Settings
) -> dict[str, Any]:
    if job.action.notify is not None:
        return {"acted": notify(bucket, run, job, findings, settings, _clients(settings))}
    marked = mark(bucket, run, job, findings)
    return {"acted": sum(marked.values()), "accounts": marked}


def _clients(settings: Settings) -> Clients:
    return own_session(settings.account_id, settings.partition).client
