"""The marks of jobs and automations in one account: what to clean up in this run, what to keep.

Marks belong to the run. Protections that outlast it are stored beside the graph until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ebbtide.config import Automation, Job
from ebbtide.deployment.events import events_of, is_after
from ebbtide.model.inventory import Inventory
from ebbtide.rules.finding import Finding
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run
from ebbtide.verdict.automation_marks import (
    AnswerRecord,
    automation_of,
    lost_keeps,
    marking_automations,
    read_answer_marks,
    who,
)
from ebbtide.verdict.stored_marks import StoredMarks, read_protections, read_stored_marks

# The record that a job writes when it ends (docs/data.md).
type Record = Mapping[str, Any]

RULE_PREFIX = "job:"


@dataclass(frozen=True, slots=True)
class CleanMarks:
    """The resources that one job or automation wants to clean up, by graph id.

    `manifest` is the key of the snapshot that the job searched; `negates` are the kinds whose
    absence its search relies on. `doubts` are resources that it may mean, each with the reason.
    `reasons` are those of an automation, which gives one for each resource. `rule` is its name in
    plans.
    """

    job: str
    event: str
    reason: str
    search: str
    manifest: str
    negates: tuple[str, ...]
    resources: tuple[str, ...]
    doubts: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    automation: str = ""

    @property
    def rule(self) -> str:
        return automation_of(self.automation) if self.automation else f"{RULE_PREFIX}{self.job}"

    def reason_for(self, name: str) -> str:
        return self.reasons.get(name, self.reason)

    @property
    def facts(self) -> dict[str, str]:
        """Return what the plan reports about the selection."""
        return {"event": self.event} | ({} if self.automation else {"search": self.search})


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of all jobs and automations in one account.

    `protected` maps graph ids to who protects them and the reason. If `unknown` is not
    empty, nothing may be deleted, and it says why.
    """

    clean: tuple[CleanMarks, ...] = ()
    protected: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    # The jobs that clean and that were carried out in this run, by their names in plans.
    ran: frozenset[str] = frozenset()
    # What each automation that may mark keeps, by its event and name; None without a valid answer.
    kept: Mapping[tuple[str, str], Mapping[str, str] | None] = field(default_factory=dict)


NO_MARKS = Marks()


def read_marks(store: Readable, run: Run, account: str, until: str) -> Marks:
    """Return an account's marks from all jobs and automations whose event is not after `until`.

    Marks count only with the record, which is written last. If the record of a job that protects is
    missing or has an error, then what it would have protected is unknown; so is what an automation
    would have kept that gave no valid answer. Raises FormatError if another version wrote the
    marks.
    """
    jobs = marking_jobs(store, run, until)
    return marks_of(store, run, account, jobs, marking_automations(store, run, until))


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
    automations: Iterable[tuple[Automation, AnswerRecord | None]] = (),
    now: datetime | None = None,
) -> Marks:
    """Combine the marks of jobs and automations in an account with its lasting protections.

    Those are the ones in force `now`, by default at the start of the run.
    """
    clean: list[CleanMarks] = []
    protected = lasting_protections(store, account, now or run.started)
    lost: list[str] = []
    ran: set[str] = set()
    for job, record in jobs:
        if record is not None and job.action.clean is not None:
            ran.add(f"{RULE_PREFIX}{job.name}")
        if record is not None and account in record["accounts"]:
            marks = read_stored_marks(store, run.keys.marks(account, job.name))
            if job.action.clean is None:
                protected |= protected_by(marks)
            else:
                clean.append(_clean_marks(marks))
        elif record is None and job.action.protect is not None:
            lost.append(_lost(run, job))
    asked = list(automations)
    kept: dict[tuple[str, str], Mapping[str, str] | None] = {}
    for automation, answer in asked:
        kept[automation.event, automation.name] = None if answer is None else {}
        if answer is not None and account in answer["accounts"]:
            given = read_answer_marks(store, run, account, automation)
            why = who(automation_of(automation.name))
            if "keep" in automation.marks:
                by_it = {name: f"{why}: {reason}" for name, reason in given["keep"].items()}
                kept[automation.event, automation.name] = by_it
                protected = _both(protected, by_it)
            if given["clean"] and "clean" in automation.marks:
                clean.append(_cleaned_by(automation, given["manifest"], given["clean"]))
    lost += lost_keeps(run, asked)
    return Marks(tuple(clean), protected, "; ".join(lost), frozenset(ran), kept)


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


def _both(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Unite what protects resources; a resource may have several reasons."""
    return {
        **one,
        **{name: f"{one[name]}; {why}" if name in one else why for name, why in other.items()},
    }


def _cleaned_by(automation: Automation, manifest: str, reasons: Mapping[str, str]) -> CleanMarks:
    return CleanMarks(
        job="",
        event=automation.event,
        reason="",
        search="",
        manifest=manifest,
        negates=(),
        resources=tuple(reasons),
        reasons=reasons,
        automation=automation.name,
    )


def _why(name: str, reason: str) -> str:
    return f"{who(name)}: {reason}"


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
    """Return what jobs and automations want to clean up, as findings of rules named after them.

    The rules are `job:<name>` and `automation:<name>`.
    Marks from another snapshot than the plan's are ignored: they say nothing about this one.
    """
    return [
        Finding(
            name,
            made.rule,
            "select",
            made.reason_for(name),
            made.facts,
            made.negates,
            unsure=made.doubts.get(name, ""),
            searched=not made.automation,
        )
        for made in marks.clean
        if made.manifest == manifest
        for name in (*made.resources, *made.doubts)
        if name in inventory and not inventory[name].ended
    ]
