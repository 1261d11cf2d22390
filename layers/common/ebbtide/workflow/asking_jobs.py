"""What the search of each job says about one resource, in the snapshot of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ebbtide.config import Job
from ebbtide.graph.manifest import Manifest, read_coverage
from ebbtide.language import SearchError, parse_search
from ebbtide.matching.matches import matches_of
from ebbtide.model.resource import Resource
from ebbtide.plan.answers import Searched
from ebbtide.search import Snapshot
from ebbtide.search.deciding import why_no_match
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide.verdict.snapshot_marks import marks_in_run


def ask_jobs(
    store: Readable, run: Run, manifest: Manifest, resource: Resource
) -> Iterator[Searched]:
    """Yield what each configured job of a run says about a resource of its snapshot."""
    for job in run.config.jobs:
        off = _off(run, job)
        error = "" if off or not job.action.marks else _failure(store, run, job)
        if error:
            yield Searched(job, None, f"the job failed in this run: {error}")
            continue
        try:
            matches, reason = _search(store, run, manifest, job, resource)
        except SearchError as problem:
            matches, reason = None, str(problem)
        yield Searched(job, matches, reason, off)


def _off(run: Run, job: Job) -> str:
    if job.name in run.jobs.get(job.event, ()):
        return ""
    return "not due in this run" if job.active else "inactive"


def _failure(store: Readable, run: Run, job: Job) -> str:
    record = store.find_json(run.keys.job(job.event, f"{job.name}.json"))
    return "it has no record" if record is None else str(record["error"] or "")


def _search(
    store: Readable, run: Run, manifest: Manifest, job: Job, resource: Resource
) -> tuple[bool | None, str]:
    key, name = RunKeys(manifest.run_id).manifest, resource.graph_id
    query = parse_search(job.search, run.config.searches, run.started)
    snapshot = Snapshot(
        store,
        manifest,
        frozenset((resource.account,)),
        marks_in_run(store, manifest.run_id, run, until=job.event),
        SnapshotGaps(manifest, partial(read_coverage, store)),
    )
    matches = matches_of(query, snapshot, run.started, key)
    for match in matches.found:
        if match.subject.graph_id == name:
            if match.ended:
                return False, "it has ended"
            return (True, "it matches the search") if match.doubt is None else (None, match.doubt)
    for doubt in matches.doubts:
        if doubt.match.subject.graph_id == name:
            return None, doubt.why
    return False, why_no_match(query, snapshot, run.started, resource.to_line())
