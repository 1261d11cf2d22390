"""Runs the search of a job in the snapshot that is current at its event."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ebbtide.base.errors import JobError
from ebbtide.config import Job
from ebbtide.graph import read_manifest
from ebbtide.graph.manifest import current_manifest_key, read_coverage
from ebbtide.language import parse_search
from ebbtide.language.tag_values import query_with_values
from ebbtide.matching.matches import Matched, Matches, matches_of
from ebbtide.search import Snapshot
from ebbtide.store.run import Run
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide.verdict.snapshot_marks import marks_in_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def search_for(bucket: Bucket, run: Run, job: Job) -> Matches:
    """Run the job's search in the snapshot that is current at its event.

    Until the run publishes its own snapshot, that is the previous one. Raises JobError if there is
    none yet, SearchError if the search cannot be answered.
    """
    key = current_manifest_key(bucket)
    if key is None:
        raise JobError(f"no snapshot yet at {job.event}; the first one exists at post_collect")
    manifest = read_manifest(bucket, key)
    searches, now = run.config.searches, run.started
    query = parse_search(job.search, searches, now)
    filled = job.tag_templates
    values = query_with_values(job.search, filled, searches, now) if filled else None
    gaps = SnapshotGaps(manifest, partial(read_coverage, bucket))
    marks = marks_in_run(bucket, manifest.run_id, run, until=job.event)
    snapshot = Snapshot(bucket, manifest, marks=marks, gaps=gaps)
    return asked_of(run, job, matches_of(query, snapshot, run.started, key, values))


def asked_of(run: Run, job: Job, matches: Matches) -> Matches:
    """Return the matches in the accounts and regions of the run; a job that protects has all."""
    if job.action.protect is not None or not run.asked.is_limited:
        return matches

    def is_asked(one: Matched) -> bool:
        return run.asked.has(one.subject.account, one.subject.region)

    found = [one for one in matches.found if is_asked(one)]
    return replace(matches, found=found, doubts=[d for d in matches.doubts if is_asked(d.match)])
