"""The marks of a snapshot: what runs decided about its resources, and what they did to them.

The graph of a run never changes. What jobs mark, the plan selects or refuses, and the cleanup ends
stays in files of the run beside it. Everybody who asks for it reads it here: the command line, the
searches of jobs, metrics and the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from ebbtide.config import Automation, Job, ProtectConfig
from ebbtide.deployment.events import WORKFLOWS, is_after
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection, Section
from ebbtide.store.formats import CLEANUP_STATES_READ, PLAN_FORMAT, require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, find_run
from ebbtide.verdict.account_protection import AccountProtection, ProtectionNow
from ebbtide.verdict.automation_marks import AnswerRecord, marking_automations
from ebbtide.verdict.marks import (
    CleanMarks,
    Marks,
    Record,
    lasting_protections,
    marking_jobs,
    marks_of,
)

# The statuses of a cleanup's state that are endings; the others are on their way to one.
ENDINGS = frozenset({"gone", "failed", "skipped", "left_behind", "would_delete"})


@dataclass(frozen=True, slots=True)
class AccountMarks:
    """The marks of one account, by graph id, except what protects its resources."""

    desired: Mapping[str, Section] = field(default_factory=dict)
    endings: Mapping[str, Section] = field(default_factory=dict)


class RunsThatCount(NamedTuple):
    """The runs that used a snapshot, oldest first: what their cleanups did adds up.

    `deciding` are those of them whose plans and jobs count, newest first: the first one that has a
    plan of the account.
    """

    all: Sequence[Run]
    deciding: Sequence[Run]


class SnapshotMarks:
    """Reads the marks of a snapshot, each account when a search first asks for it.

    `choose` returns the runs that count. With `until`, the newest of them is under way and has come
    to that event; with `before`, only to that job of it. Lasting protections are those in force
    `now`.
    """

    def __init__(
        self,
        store: Readable,
        run_id: str,
        choose: Callable[[], RunsThatCount],
        now: datetime,
        until: str | None = None,
        before: str | None = None,
    ) -> None:
        self._store, self._choose = store, choose
        self._snapshot, self._now = RunKeys(run_id), now
        self._until, self._before = until, before
        self._accounts: dict[str, AccountMarks] = {}
        self._protections: dict[str, AccountProtection] = {}
        self._by_jobs: dict[tuple[str, str], Marks] = {}
        self._records: dict[str, list[tuple[Job, Record | None]]] = {}
        self._asked: dict[str, list[tuple[Automation, AnswerRecord | None]]] = {}
        self._plans: dict[str, tuple[Run | None, dict[str, Section] | None]] = {}

    @cached_property
    def _runs(self) -> RunsThatCount:
        return self._choose()

    def desired(self, line: ResourceLine) -> Section:
        return self.of(line["account"]).desired.get(line["graph_id"], {})

    def ending(self, line: ResourceLine) -> Section:
        return self.of(line["account"]).endings.get(line["graph_id"], {})

    def protection(self, line: ResourceLine) -> Protection:
        account = line["account"]
        if account not in self._protections:
            self._protections[account] = self._protection(account)
        return self._protections[account].of(line)

    def protection_under(self, line: ResourceLine, protect: ProtectConfig) -> ProtectionNow:
        """Return what protects a resource if a run began now with another section `protect`."""
        account = line["account"]
        if account not in self._protections:
            self._protections[account] = self._protection(account)
        return replace(self._protections[account], protect=protect).all_of(line)

    def of(self, account: str) -> AccountMarks:
        """Return the marks of an account. Raises FormatError if another version wrote them."""
        if account not in self._accounts:
            self._accounts[account] = AccountMarks(self._desired(account), self._endings(account))
        return self._accounts[account]

    def _desired(self, account: str) -> dict[str, Section]:
        run, plan = self._decided(account)
        if plan is not None:
            return plan
        if run is None:
            return {}
        marks = self._marks_by_jobs(run, account).clean
        return desired_by_jobs(one for one in marks if one.manifest == self._snapshot.manifest)

    def _protection(self, account: str) -> AccountProtection:
        run, _ = self._decided(account)
        if run is None:
            name = self._snapshot.run_id
            unknown = f"the record of run {name} is missing, so what it protects is unknown"
            lasting = lasting_protections(self._store, account, self._now)
            return AccountProtection(ProtectConfig(), Marks(protected=lasting, unknown=unknown))
        return AccountProtection(run.config.protect, self._marks_by_jobs(run, account), run.own)

    def _decided(self, account: str) -> tuple[Run | None, dict[str, Section] | None]:
        """Return the run that counts for an account, and what its plan says if it has made one."""
        if account not in self._plans:
            plans = ((run, self._plan(run, account)) for run in self._runs.deciding)
            newest = next(iter(self._runs.deciding), None)
            self._plans[account] = next(
                ((run, plan) for run, plan in plans if plan is not None), (newest, None)
            )
        return self._plans[account]

    def _marks_by_jobs(self, run: Run, account: str) -> Marks:
        key = (run.run_id, account)
        if key not in self._by_jobs:
            if run.run_id not in self._records:
                self._records[run.run_id] = self._jobs_of(run)
                self._asked[run.run_id] = marking_automations(self._store, run, self._until_of(run))
            jobs = self._records[run.run_id]
            asked = self._asked[run.run_id]
            self._by_jobs[key] = marks_of(self._store, run, account, jobs, asked, self._now)
        return self._by_jobs[key]

    def _jobs_of(self, run: Run) -> list[tuple[Job, Record | None]]:
        until = self._until_of(run)
        jobs = marking_jobs(self._store, run, until)
        if until is None or self._before is None:
            return jobs
        names = [job.name for job in run.config.jobs]
        earlier = frozenset(names[: names.index(self._before)])
        return [(job, made) for job, made in jobs if job.event != until or job.name in earlier]

    def _until_of(self, run: Run) -> str | None:
        """Return the event that a run has come to; None if it is over."""
        return self._until if run is self._runs.all[-1] else None

    def _has_done(self, run: Run, step: str) -> bool:
        """Return whether a run has come to the end of a step, and this reader may see it."""
        until = self._until_of(run)
        return step in WORKFLOWS[run.workflow] and (until is None or is_after(until, step))

    def _plan(self, run: Run, account: str) -> dict[str, Section] | None:
        if not self._has_done(run, "cleanup_plan"):
            return None
        plan = self._store.find_json(run.keys.plan(account))
        if plan is None:
            return None
        require_format(plan, PLAN_FORMAT, "plan")
        return desired_by_plan(plan) if plan["manifest"] == self._snapshot.manifest else None

    def _endings(self, account: str) -> dict[str, Section]:
        found: dict[str, Section] = {}
        for run in self._runs.all:
            if not run.config.cleanup.enabled or not self._has_done(run, "cleanup"):
                continue
            state = self._store.find_json(run.keys.cleanup(account, "state.json"))
            if state is None:
                continue
            require_format(state, CLEANUP_STATES_READ, "state of the cleanup")
            for name, ending in endings_of(state).items():
                # What one run deleted stays deleted, whatever a later one finds.
                if not found.get(name, {}).get("cleaned"):
                    found[name] = ending
        return found


def marks_now(
    store: Readable, run_id: str, now: datetime, last: datetime | None = None
) -> SnapshotMarks:
    """Return the marks of the snapshot of the run `run_id` as of today.

    With `last`, leave out the runs that started after that time; the snapshot's own always counts.
    """

    def choose() -> RunsThatCount:
        runs = [
            run
            for run in _runs_of(store, run_id)
            if last is None or run.run_id == run_id or run.started <= last
        ]
        planning = [run for run in runs if "cleanup_plan" in WORKFLOWS[run.workflow]]
        return RunsThatCount(runs, (planning or runs)[::-1])

    return SnapshotMarks(store, run_id, choose, now)


def marks_in_run(
    store: Readable, run_id: str, run: Run, until: str, before: str | None = None
) -> SnapshotMarks:
    """Return the marks of the snapshot of `run_id` for a run that has come to an event.

    Only this run's plan and jobs count. What earlier runs deleted is gone. With `before`, the jobs
    of the event count that come before that one in the configuration, as they did for itself.
    """

    def choose() -> RunsThatCount:
        earlier = [one for one in _runs_of(store, run_id) if one.run_id != run.run_id]
        return RunsThatCount([*earlier, run], [run])

    return SnapshotMarks(store, run_id, choose, run.started, until, before)


def _runs_of(store: Readable, run_id: str) -> list[Run]:
    """Return the runs, oldest first, that used a snapshot and whose records can be read."""
    names = [run_id, *later_runs(store, run_id)]
    return [run for name in names if (run := find_run(store, name)) is not None]


def desired_by_plan(plan: Mapping[str, Any]) -> dict[str, Section]:
    """Return the section /desired of each resource that a plan names."""
    found: dict[str, Section] = {}
    for outcome in ("undecided", "refused"):
        for entry in plan[outcome]:
            found[entry["subject"]["graph_id"]] = {
                **_choice(entry["rules"], entry["selected_because"]),
                outcome: entry["code"],
                "stays_because": entry["reason"],
            }
    for entry in plan.get("reported", ()):
        choice = _choice(entry["rules"], entry["reason"])
        section = {**choice, "reported": True, "stays_because": entry["stays"]}
        found[entry["subject"]["graph_id"]] = section
    for entry in plan["planned"]:
        section = {"clean": True, **_choice(entry["rules"], entry["reason"])}
        found[entry["subject"]["graph_id"]] = section
    return found


def desired_by_jobs(marks: Iterable[CleanMarks]) -> dict[str, Section]:
    """Return the section /desired of what jobs and automations marked, before there is a plan."""
    by_resource: dict[str, list[CleanMarks]] = {}
    for made in marks:
        for name in made.resources:
            by_resource.setdefault(name, []).append(made)
    return {
        name: {
            "clean": True,
            **_choice(
                [one.rule for one in made],
                "; ".join(dict.fromkeys(one.reason_for(name) for one in made)),
            ),
        }
        for name, made in by_resource.items()
    }


def _choice(rules: Sequence[str], reason: str) -> Section:
    """Return who selected a resource; `rule` is the first, for which metrics count it, too."""
    found: dict[str, Any] = {"rules": list(rules)}
    if rules:
        found["rule"] = rules[0]
    if reason:
        found["reason"] = reason
    return found


def endings_of(state: Mapping[str, Any]) -> dict[str, Section]:
    """Return how the cleanup treated each resource of its plan, by name below /metadata.

    A resource without an ending has only the run, and whether AWS is still deleting it.
    """
    # Format 1 has the rules only in the ledger.
    rules = {
        entry["graph_id"]: entry["rules"][0] for entry in state["ledger"] if entry.get("rules")
    }
    return {
        name: {
            "cleaned": progress["status"] == "gone",
            "ending_run": state["run_id"],
            **_ending(progress, progress.get("rule") or rules.get(name)),
        }
        for name, progress in state["resources"].items()
    }


def _ending(progress: Mapping[str, Any], rule: str | None) -> Section:
    """Return how one resource ended, or that AWS is still deleting it; empty for neither."""
    if progress["status"] == "pending":
        since = progress.get("deleting_since")
        known = {"deleting_since": since} if since else {}
        return {"pending": True, "ending_rule": rule, **known}
    if progress["status"] not in ENDINGS:
        return {}
    new = {"ending_new": True} if progress.get("new") else {}
    reason = progress["reason"] or None
    return {"ending": progress["status"], "ending_reason": reason, "ending_rule": rule, **new}
