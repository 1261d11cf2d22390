"""What jobs have marked in one account: resources to clean up in this run, and resources to keep.

Marks live with the run; protections that outlast it live beside the graph, until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebbtide.config import Job
from ebbtide.deployment.events import events_of, is_after
from ebbtide.model.inventory import Inventory
from ebbtide.rules.finding import Finding
from ebbtide.store.run import Run
from ebbtide.verdict.stored_marks import StoredMarks, read_protections, read_stored_marks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# What a job leaves when it has ended (docs/data.md).
type Record = Mapping[str, Any]

RULE_PREFIX = "job:"


@dataclass(frozen=True, slots=True)
class CleanMarks:
    """What one job wants cleaned; `manifest` is the key of the snapshot in which it was found."""

    job: str
    event: str
    reason: str
    search: str
    manifest: str
    negates: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What jobs want in one account.

    `protected` tells by graph id what protects it, in words; `unknown` why nothing may be deleted.
    """

    clean: tuple[CleanMarks, ...] = ()
    protected: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""


NO_MARKS = Marks()


def read_marks(bucket: Bucket, run: Run, account: str, until: str) -> Marks:
    """The marks in an account of all jobs whose event is not after `until`.

    A job counts only with its record, which is written last. One that protects and has none, or
    one with an error, leaves unknown what it would have protected.
    """
    return marks_of(bucket, run, account, marking_jobs(bucket, run, until))


def marking_jobs(bucket: Bucket, run: Run, until: str) -> list[tuple[Job, Record | None]]:
    """The jobs that mark, each with its record; None without one or if it tells of an error."""
    return [
        (job, None if record is None or record["error"] else record)
        for job in run.config.jobs
        if job.name in run.jobs.get(job.event, ())
        and not is_after(job.event, until)
        and job.action.marks
        for record in [bucket.find_json(run.keys.job(job.event, f"{job.name}.json"))]
    ]


def marks_of(
    bucket: Bucket, run: Run, account: str, jobs: Iterable[tuple[Job, Record | None]]
) -> Marks:
    clean: list[CleanMarks] = []
    protected = _lasting(bucket, run, account)
    lost: list[str] = []
    for job, record in jobs:
        if record is not None and account in record["accounts"]:
            marks = read_stored_marks(bucket, run.keys.marks(account, job.name))
            if job.action.clean is None:
                protected |= {name: _why(job.name, marks["reason"]) for name in marks["resources"]}
            else:
                clean.append(_clean_marks(marks))
        elif record is None and job.action.protect is not None:
            lost.append(_lost(run, job))
    return Marks(tuple(clean), protected, "; ".join(lost))


def _lost(run: Run, job: Job) -> str:
    if job.event in events_of(run.workflow):
        return f"what job {job.name} protects is not known, because it failed in this run"
    return (
        f"what job {job.name} protects is not known, because workflow {run.workflow} has no event "
        f"{job.event}"
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
    )


def _lasting(bucket: Bucket, run: Run, account: str) -> dict[str, str]:
    """Describe the protections that outlast their run, by graph id."""
    return {
        name: "; ".join(
            sorted(
                f"{_why(job, given['reason'])} (until {given['until']})"
                for job, given in by_job.items()
            )
        )
        for name, by_job in read_protections(bucket, account, run.started).items()
    }


def marked_findings(marks: Marks, inventory: Inventory, manifest: str) -> list[Finding]:
    """What jobs want cleaned, as findings of rules of their own.

    A mark that was made on another snapshot than the plan's says nothing about this one.
    """
    return [
        Finding(
            name,
            f"{RULE_PREFIX}{made.job}",
            "select",
            made.reason,
            {"event": made.event, "search": made.search},
            made.negates,
        )
        for made in marks.clean
        if made.manifest == manifest
        for name in made.resources
        if name in inventory and not inventory[name].ended
    ]
