"""The actions clean and protect: write marks, which plans and deletions read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.config import Job
from ebbtide.jobs.matches import JobMatch, JobMatches
from ebbtide.store.keys import protected_key
from ebbtide.store.run import Run
from ebbtide.verdict.stored_marks import (
    FORMAT,
    Protection,
    Protections,
    StoredMarks,
    protections_in_force,
)

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Stored

# Attempts at a compare and swap before giving up.
ROUNDS = 5


def mark(bucket: Bucket, run: Run, job: Job, matches: JobMatches) -> dict[str, int]:
    """Mark the matches that still exist; return their number by account.

    A repeated attempt overwrites the marks with the same ones, because the snapshot and the run's
    time are the same. Marks count only with the job's record. Raises ConflictError if others keep
    changing the protections.
    """
    by_account = _by_account(matches.found, keeping=job.action.clean is None)
    for account, names in by_account.items():
        bucket.write_json(run.keys.marks(account, job.name), _marks(run, job, matches, names))
        if job.action.protect is not None and job.action.protect.expires is not None:
            _prolong(bucket, run, job, account, names)
    return {account: len(names) for account, names in by_account.items()}


def _by_account(found: Iterable[JobMatch], keeping: bool) -> dict[str, list[str]]:
    # Unknown use is a reason to keep a resource, not to clean it up.
    names: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if not one.ended and (keeping or not one.unread):
            names[one.subject.account].append(one.subject.graph_id)
    return names


def _reason(job: Job) -> str:
    action = job.action.clean or job.action.protect
    assert action is not None
    return action.reason


def _marks(run: Run, job: Job, matches: JobMatches, names: list[str]) -> StoredMarks:
    return {
        "format": FORMAT,
        "run_id": run.run_id,
        "job": job.name,
        "event": job.event,
        "action": job.action.name,
        "reason": _reason(job),
        "search": job.search,
        "manifest": matches.manifest,
        "negates": list(matches.negates),
        "resources": sorted(names),
    }


def _prolong(bucket: Bucket, run: Run, job: Job, account: str, names: Iterable[str]) -> None:
    """Protect resources beyond this run; never shorten an earlier protection.

    Jobs and people may change the object at the same time, hence the compare and swap.
    """
    assert job.action.protect is not None and job.action.protect.expires is not None
    until = run.started + job.action.protect.expires
    given: Protection = {"reason": _reason(job), "until": to_text(until), "run_id": run.run_id}
    for _ in range(ROUNDS):
        stored = _read(bucket, account)
        resources = {} if stored is None else protections_in_force(stored.value, run.started)
        for name in names:
            by_job = resources.setdefault(name, {})
            if job.name not in by_job or from_text(by_job[job.name]["until"]) < until:
                by_job[job.name] = given
        try:
            _write(bucket, account, resources, stored)
            return
        except ConflictError:
            continue
    where = f"s3://{bucket.name}/{protected_key(account)}"
    raise ConflictError(f"{where} keeps changing: gave up after {ROUNDS} attempts")


def _read(bucket: Bucket, account: str) -> Stored | None:
    try:
        return bucket.read(protected_key(account))
    except MissingError:
        return None


def _write(bucket: Bucket, account: str, resources: Protections, stored: Stored | None) -> None:
    value = {"format": FORMAT, "account": account, "resources": resources}
    if stored is None:
        bucket.create_json(protected_key(account), value)
    else:
        bucket.replace_json(protected_key(account), value, stored.etag)
