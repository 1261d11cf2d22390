"""The actions clean and protect: write marks, which plans and deletions read."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ebbtide.base.clock import to_text
from ebbtide.config import Job
from ebbtide.jobs.matches import JobMatches
from ebbtide.jobs.protections import prolong
from ebbtide.store.run import Run
from ebbtide.verdict.stored_marks import FORMAT, Protection, StoredMarks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# By account: graph ids, and for each doubt also why.
type Names = dict[str, list[str]]
type Doubts = dict[str, dict[str, str]]


def mark(bucket: Bucket, run: Run, job: Job, matches: JobMatches) -> dict[str, int]:
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


def cleaned(matches: JobMatches) -> tuple[Names, Doubts]:
    """Return by account what a job cleans up, and why it does not clean up the rest.

    What nobody saw is not told: it may be anything beside what could not be read.
    """
    chosen: Names = defaultdict(list)
    doubted: Doubts = defaultdict(dict)
    for one in matches.found:
        # A stale resource is undecided anyway. Unknown use is a reason to keep a resource.
        if not one.ended and not one.unread:
            chosen[one.subject.account].append(one.subject.graph_id)
        elif not one.ended and one.doubt is not None:
            doubted[one.subject.account][one.subject.graph_id] = one.doubt
    for doubt in matches.doubts:
        subject = doubt.match.subject
        if not doubt.match.ended and doubt.seen:
            doubted[subject.account][subject.graph_id] = doubt.why
    return chosen, doubted


def protected(matches: JobMatches) -> tuple[Names, Doubts]:
    """Return by account what a job protects, and of which of these it is not sure and why."""
    chosen: Names = defaultdict(list)
    doubted: Doubts = defaultdict(dict)
    for one in matches.found:
        if not one.ended:
            chosen[one.subject.account].append(one.subject.graph_id)
    for doubt in matches.doubts:
        subject = doubt.match.subject
        if not doubt.match.ended:
            chosen[subject.account].append(subject.graph_id)
            doubted[subject.account][subject.graph_id] = doubt.why
    return chosen, doubted


def _reason(job: Job) -> str:
    action = job.action.clean or job.action.protect
    assert action is not None
    return action.reason


def _marks(
    run: Run, job: Job, matches: JobMatches, names: list[str], doubts: dict[str, str]
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
