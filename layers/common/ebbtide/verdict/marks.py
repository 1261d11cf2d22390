"""The marks of jobs in one account: resources to clean up in this run, and resources to keep.

Marks belong to the run. Protections that outlast it are stored beside the graph until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ebbtide.config import Job
from ebbtide.deployment.events import events_of, is_after
from ebbtide.model.inventory import Inventory
from ebbtide.rules.finding import Finding
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run
from ebbtide.verdict.stored_marks import StoredMarks, read_protections, read_stored_marks

# The record that a job writes when it ends (docs/data.md).
type Record = Mapping[str, Any]

RULE_PREFIX = "job:"


@dataclass(frozen=True, slots=True)
class CleanMarks:
    """The resources that one job wants to clean up, by graph id.

    `manifest` is the key of the snapshot that the job searched; `negates` are the kinds whose
    absence its search relies on. `doubts` are resources that it may mean, each with the reason.
    """

    job: str
    event: str
    reason: str
    search: str
    manifest: str
    negates: tuple[str, ...]
    resources: tuple[str, ...]
    doubts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of all jobs in one account.

    `protected` maps graph ids to the job that protects them and its reason. If `unknown` is not
    empty, nothing may be deleted, and it says why.
    """

    clean: tuple[CleanMarks, ...] = ()
    protected: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""


NO_MARKS = Marks()


def read_marks(store: Readable, run: Run, account: str, until: str) -> Marks:
    """Return an account's marks from all jobs whose event is not after `until`.

    Marks count only with the job's record, which is written last. If the record of a job that
    protects is missing or has an error, then what it would have protected is unknown. Raises
    FormatError if another version wrote the marks.
    """
    return marks_of(store, run, account, marking_jobs(store, run, until))


def marking_jobs(
    store: Readable, run: Run, until: str | None = None
) -> list[tuple[Job, Record | None]]:
    """Return the jobs that mark, each with its record; None if that is missing or has an error.

    Without `until`, the jobs of all events count.
    """
    return [
        (job, None if record is None or record["error"] else record)
        for job in run.config.jobs
        if job.name in run.jobs.get(job.event, ())
        and not (until is not None and is_after(job.event, until))
        and job.action.marks
        for record in [store.find_json(run.keys.job(job.event, f"{job.name}.json"))]
    ]


def marks_of(
    store: Readable,
    run: Run,
    account: str,
    jobs: Iterable[tuple[Job, Record | None]],
    now: datetime | None = None,
) -> Marks:
    """Combine the marks that `jobs` left in an account with its lasting protections.

    Those are the ones in force `now`, by default at the start of the run.
    """
    clean: list[CleanMarks] = []
    protected = lasting_protections(store, account, now or run.started)
    lost: list[str] = []
    for job, record in jobs:
        if record is not None and account in record["accounts"]:
            marks = read_stored_marks(store, run.keys.marks(account, job.name))
            if job.action.clean is None:
                protected |= protected_by(marks)
            else:
                clean.append(_clean_marks(marks))
        elif record is None and job.action.protect is not None:
            lost.append(_lost(run, job))
    return Marks(tuple(clean), protected, "; ".join(lost))


def protected_by(marks: StoredMarks) -> dict[str, str]:
    """Return what a job protects by graph id, with its reason and, in doubt, that it may not."""
    why, doubts = _why(marks["job"], marks["reason"]), marks.get("doubts", {})
    return {
        name: f"{why} (it may be meant: {doubts[name]})" if name in doubts else why
        for name in marks["resources"]
    }


def _lost(run: Run, job: Job) -> str:
    if job.event in events_of(run.steps):
        return f"the resources that job {job.name} protects are unknown: it failed in this run"
    return (
        f"the resources that job {job.name} protects are unknown: workflow {run.workflow} has no "
        f"event {job.event}"
    )


def _why(job: str, reason: str) -> str:
    return f"job {job}: {reason}"


def _clean_marks(marks: StoredMarks) -> CleanMarks:
    return CleanMarks(
        job=marks["job"],
        event=marks["event"],
        reason=marks["reason"],
        search=marks["search"],
        manifest=marks["manifest"],
        negates=tuple(marks["negates"]),
        resources=tuple(marks["resources"]),
        doubts=marks.get("doubts", {}),
    )


def lasting_protections(store: Readable, account: str, now: datetime) -> dict[str, str]:
    """Describe the protections that outlast their run, by graph id."""
    return {
        name: "; ".join(
            sorted(
                f"{_why(job, given['reason'])} (until {given['until']})"
                for job, given in by_job.items()
            )
        )
        for name, by_job in read_protections(store, account, now).items()
    }


def marked_findings(marks: Marks, inventory: Inventory, manifest: str) -> list[Finding]:
    """Return the resources that jobs want to clean up, as findings of the rules `job:<name>`.

    Marks from another snapshot than the plan's are ignored: they say nothing about this one.
    """
    return [
        Finding(
            name,
            f"{RULE_PREFIX}{made.job}",
            "select",
            made.reason,
            {"event": made.event, "search": made.search},
            made.negates,
            unsure=made.doubts.get(name, ""),
        )
        for made in marks.clean
        if made.manifest == manifest
        for name in (*made.resources, *made.doubts)
        if name in inventory and not inventory[name].ended
    ]
