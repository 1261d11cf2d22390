"""The record of a job: written last, and only once, by the function that ends the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import ConflictError, JobError, PlanError
from ebbtide.config import Job
from ebbtide.deployment.inputs import JobRequest
from ebbtide.jobs.schedule import is_scheduled, use_up
from ebbtide.jobs.tag_choice import may_tag
from ebbtide.store.run import Run, holds_claim

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

_COUNTS = ("job", "matched", "acted", "undecided")


def job_of(run: Run, request: JobRequest) -> Job:
    """Return the requested job. Raises JobError if the run does not have it."""
    for job in run.config.jobs:
        if (job.event, job.name) == (request.event, request.job):
            return job
    raise JobError(f"run {run.run_id} has no job {request.job} at {request.event}")


def record_key(run: Run, job: Job) -> str:
    return run.keys.job(job.event, f"{job.name}.json")


def require_claim(bucket: Bucket, run: Run) -> None:
    """Raise PlanError if another run has taken over the claim."""
    if not holds_claim(bucket, run.run_id):
        raise PlanError(f"run {run.run_id} no longer holds the claim; its jobs do not run")


def recorded(bucket: Bucket, run: Run, job: Job, record: dict[str, Any]) -> dict[str, Any]:
    """Write the record, or return the one that a concurrent attempt wrote first."""
    key = record_key(run, job)
    try:
        bucket.create_json(key, record)
    except ConflictError:
        stored: dict[str, Any] = bucket.read_json(key)
        return stored
    return record


def ended(bucket: Bucket, run: Run, job: Job, record: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a job that has a record.

    Uses up the job's scheduled time, unless the next run must repeat it: it failed to protect, or
    this run was started for a part of what the job is about, or as a dry run. Raises JobError with
    the record's error, if it has one.
    """
    if is_scheduled(job) and run.asked.is_usual and not _is_needed_again(run, job, record):
        use_up(bucket, job, run.started)
    if record["error"] is not None:
        raise JobError(f"job {job.name}: {record['error']}")
    return answer("done", record)


def answer(outcome: str, record: dict[str, Any]) -> dict[str, Any]:
    return {"outcome": outcome, **{name: record[name] for name in _COUNTS}}


def _is_needed_again(run: Run, job: Job, record: dict[str, Any]) -> bool:
    """Return whether the next run must repeat a job.

    That is one that protects and failed, and one to be carried out once that has not been: because
    it failed, or because the configuration allows no tagging.
    """
    failed = record["error"] is not None
    if job.once:
        return failed or (job.action.tag is not None and not may_tag(run))
    return job.action.protect is not None and failed
