"""Runs one job, once per run, and writes its record; the announcement of its event calls it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ebbtide.aws import own_session
from ebbtide.config import Job
from ebbtide.deployment.inputs import JobRequest
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.marking import mark
from ebbtide.jobs.notifying import Clients, notify
from ebbtide.jobs.records import answer, ended, job_of, record_key, recorded, require_claim
from ebbtide.jobs.searching import search_for
from ebbtide.jobs.tag_choice import NAMED, draft, failures, found_key, lines_of, may_tag
from ebbtide.matching.matches import Matches
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1

type Seconds = Callable[[], float]


def run_job(request: JobRequest, bucket: Bucket, settings: Settings) -> dict[str, Any]:
    """Search, act, and write the record last; return its counts.

    Once there is a record, repeated calls return the same answer. If the function is killed before
    that, the next attempt starts over; each action says how it avoids doing its work twice. If tags
    are to be set, the outcome is `to_tag`, and the function that sets them writes the record.

    Raises JobError with the record's error, and PlanError if another run has taken over.
    """
    run = read_run(bucket, request.run_id)
    job = job_of(run, request)
    record = bucket.find_json(record_key(run, job))
    if record is None:
        require_claim(bucket, run)
        record = _carry_out(bucket, run, job, settings)
        if job.action.tag is not None and may_tag(run) and record["would_tag"]:
            bucket.write_json(found_key(run, job), record)
            return answer("to_tag", record)
        record = recorded(bucket, run, job, record)
    return ended(bucket, run, job, record)


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
        "doubts": [],
        "accounts": {},
        "matches": None,
        "error": None,
    }
    if job.action.tag is not None:
        record |= {"manifest": None, "would_tag": 0, **failures([])}
    try:
        matches = search_for(bucket, run, job)
        record |= {"matched": matches.matched, **undecided(matches)}
        record["matches"] = _write_matches(bucket, run, job, matches)
        if job.action.tag is not None:
            record |= draft(matches)
        else:
            record |= _act(bucket, run, job, matches, settings)
    # A failing job must not fail the run; its record and event carry the error.
    except Exception as error:
        record["error"] = f"{type(error).__name__}: {error}"
    return {**record, "seconds": round(seconds() - began, 3)}


def undecided(matches: Matches) -> dict[str, Any]:
    """Return the record's fields about what the search may mean: the number, and the first ones."""
    doubts = [
        *((one, one.doubt) for one in matches.found if one.doubt is not None),
        *((doubt.match, doubt.why) for doubt in matches.doubts),
    ]
    first = [{"graph_id": one.subject.graph_id, "why": why} for one, why in doubts[:NAMED]]
    return {"undecided": matches.undecided, "doubts": first}


def _write_matches(bucket: Bucket, run: Run, job: Job, matches: Matches) -> str | None:
    """Write one line per match, and return the key; repeated attempts write the same."""
    if not matches.matched:
        return None
    key = run.keys.job(job.event, f"{job.name}.jsonl.zst")
    plain = (one.to_line() for one in matches.found)
    bucket.write_lines(key, plain if job.action.tag is None else lines_of(matches))
    return key


def _act(
    bucket: Bucket, run: Run, job: Job, matches: Matches, settings: Settings
) -> dict[str, Any]:
    if job.action.notify is not None:
        return {"acted": notify(bucket, run, job, matches, settings, _clients(settings))}
    marked = mark(bucket, run, job, matches)
    return {"acted": sum(marked.values()), "accounts": marked}


def _clients(settings: Settings) -> Clients:
    return own_session(settings.account_id, settings.partition).client
