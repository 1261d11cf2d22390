"""The actions clean and protect: write marks, which plans and deletions read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebbtide.base.clock import to_text
from ebbtide.config import Job
from ebbtide.jobs.protections import prolong
from ebbtide.matching.choosing import cleaned, protected
from ebbtide.matching.matches import Matches
from ebbtide.store.run import Run
from ebbtide.verdict.stored_marks import FORMAT, Protection, StoredMarks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def mark(bucket: Bucket, run: Run, job: Job, matches: Matches) -> dict[str, int]:
    """Mark what still exists of the matches; return the number of marked resources by account.

    A job that cleans marks what surely matches, and keeps note of what may match. A job that
    protects marks both. A repeated attempt overwrites the marks with the same ones, because the
    snapshot and the run's time are the same. Marks count only with the job's record. Raises
    ConflictError if others keep changing the protections.
    """
    protects = job.action.protect is not None
    chosen, doubted = (protected if protects else cleaned)(matches)
    for account in sorted({*chosen, *doubted}):
        names, doubts = chosen.get(account, []), doubted.get(account, {})
        marks = _marks(run, job, matches, names, doubts)
        bucket.write_json(run.keys.marks(account, job.name), marks)
        if job.action.protect is not None and job.action.protect.expires is not None:
            # Without a cron, the job looks again in the next run; no doubt has to outlast this one.
            lasting = names if job.cron else [name for name in names if name not in doubts]
            until = to_text(run.started + job.action.protect.expires)
            given: Protection = {"reason": _reason(job), "until": until, "run_id": run.run_id}
            prolong(bucket, account, job.name, dict.fromkeys(lasting, given), run.started)
    return {account: len(chosen.get(account, [])) for account in sorted({*chosen, *doubted})}


def _reason(job: Job) -> str:
    action = job.action.clean or job.action.protect
    assert action is not None
    return action.reason


def _marks(
    run: Run, job: Job, matches: Matches, names: list[str], doubts: dict[str, str]
) -> StoredMarks:
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
        "doubts": dict(sorted(doubts.items())),
    }
