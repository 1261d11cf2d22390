"""List runs, and show one: outcome, counts, errors and estimated cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from ebbtide.base.clock import now, optional_text, to_text
from ebbtide.base.durations import describe, moment_of
from ebbtide.deployment.events import USUAL_WORKFLOW
from ebbtide.plan.today import sentences
from ebbtide.report.runs import RunResult, result_of
from ebbtide.store.keys import CLAIM
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names, named
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents, yaml_text
from ebbtide_cli.machine import SKIPPED, STATUSES, Execution, Machine, found_machine
from ebbtide_cli.output import inform, write_all
from ebbtide_cli.parallel import in_parallel
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

HEADER = [
    "run",
    "status",
    "workflow",
    "started",
    "took",
    "resources",
    "planned",
    "deleted",
    "errors",
    "usd",
]
INCOMPLETE = "incomplete"
KNOWN = (*STATUSES.values(), SKIPPED, INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as lists show it: what Step Functions knows of it, and what it left in the bucket."""

    run_id: str
    status: str
    started: datetime
    ended: datetime | None
    result: RunResult
    execution: Execution | None = None

    @property
    def workflow(self) -> str | None:
        if self.result.run is not None:
            return self.result.run.workflow
        given = self.execution.given if self.execution else None
        return None if given is None else given.get("workflow", USUAL_WORKFLOW)

    def took(self, moment: datetime) -> str | None:
        end = self.ended or (moment if self.status == "running" else None)
        return None if end is None else describe(end - self.started)

    def row(self, moment: datetime) -> list[Any]:
        result = self.result
        planned = result.planned
        cost = result.cost
        return [
            self.run_id,
            f"{self.status}, held" if result.held else self.status,
            self.workflow,
            short_time(self.started),
            self.took(moment),
            result.resources,
            planned,
            result.gone,
            self.errors,
            None if cost is None else round(cost, 4),
        ]

    @property
    def errors(self) -> int:
        return self.result.errors + (self.status in ("failed", "timed_out"))

    def document(self, moment: datetime) -> Record:
        """Return the run as documents show it, with full times."""
        row = dict(zip(HEADER, self.row(moment), strict=True))
        end = self.ended or (moment if self.status == "running" else None)
        row |= {
            "status": self.status,
            "started": to_text(self.started),
            "ended": optional_text(self.ended),
            "held": self.result.held,
            "seconds": None if end is None else round((end - self.started).total_seconds(), 3),
        }
        del row["took"]
        planned, saved = self.result.planned_savings, self.result.savings
        row["planned_savings"] = None if planned is None else planned.to_json()
        row["savings"] = None if saved is None else saved.to_json()
        return row


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs to list; None and False mean all."""

    workflow: str | None = None
    status: str | None = None
    since: str | None = None
    until: str | None = None
    has_errors: bool = False
    limit: int | None = None

    def select(self, runs: Iterable[Listed], moment: datetime) -> Iterator[Listed]:
        """Yield the runs that are wanted, from runs that come newest first.

        Raises UsageError for a status or a time that there is not.
        """
        if self.status not in (None, *KNOWN):
            raise UsageError(f"unknown status {self.status!r}; give one of {', '.join(KNOWN)}")
        begin, end = (
            self._time("--since", self.since, moment),
            self._time("--until", self.until, moment),
        )
        return islice(self._matching(runs, begin, end), self.limit)

    def _matching(
        self, runs: Iterable[Listed], begin: datetime | None, end: datetime | None
    ) -> Iterator[Listed]:
        for run in runs:
            if begin is not None and run.started < begin:
                return
            if end is not None and run.started > end:
                continue
            if self.status not in (None, run.status):
                continue
            if self.workflow not in (None, run.workflow):
                continue
            if not self.has_errors or run.errors:
                yield run

    @staticmethod
    def _time(option: str, text: str | None, moment: datetime) -> datetime | None:
        if text is None:
            return None
        try:
            return moment_of(text, moment)
        except ValueError as error:
            raise UsageError(f"{option}: {error}") from error


def short_time(moment: datetime | None) -> str | None:
    """Return a time in UTC for a table, to the second: 2026-11-22T10:00:00Z."""
    return None if moment is None else to_text(moment.replace(microsecond=0))


def runs_of(store: Readable, machine: Machine | None) -> Iterator[Listed]:
    """Yield all runs, newest first: the executions, or the records in a copy of the bucket."""
    if machine is None:
        yield from _runs_of_copy(store)
        return
    yield from in_parallel(partial(listed, store, machine), machine.executions())


def listed(store: Readable, machine: Machine, execution: Execution) -> Listed:
    """Return an execution with what it left; only a run without records is described again."""
    result = result_of(store, execution.run_id)
    if result.run is None and execution.output is None and not execution.is_under_way:
        execution = machine.find(execution.run_id) or execution
    return Listed(
        execution.run_id,
        execution.outcome,
        execution.started,
        execution.ended,
        result,
        execution,
    )


def _runs_of_copy(store: Readable) -> Iterator[Listed]:
    results = in_parallel(partial(result_of, store), store.folders("runs/"))
    holder = (store.find_json(CLAIM) or {}).get("run_id")
    known = [_in_copy(result, holder) for result in results if result.run is not None]
    yield from sorted(known, key=lambda run: run.started, reverse=True)


def _in_copy(result: RunResult, holder: str | None) -> Listed:
    """Return a run of a copy, which does not say when it ended."""
    assert result.run is not None
    if result.run_id == holder:
        status = "running"
    else:
        status = "succeeded" if result.is_complete else INCOMPLETE
    return Listed(result.run_id, status, result.run.started, None, result)


def find_listed(
    store: Readable, machine: Machine | None, run_id: str, *, in_full: bool = False
) -> Listed:
    """Return one run. Raises UsageError if there is none of this name."""
    result = result_of(store, run_id, in_full=in_full)
    execution = None if machine is None else machine.find(run_id)
    if execution is not None:
        return Listed(
            run_id, execution.outcome, execution.started, execution.ended, result, execution
        )
    if result.run is None:
        raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")
    holder = (store.find_json(CLAIM) or {}).get("run_id")
    return _in_copy(result, holder)


def write_runs(source: Source, wanted: Wanted, format: str | None) -> None:
    """Write the runs that are wanted, newest first."""
    moment = now()
    chosen = format or usual_format()
    with watched(source.open()) as store:
        machine = found_machine(source, store)
        found = list(wanted.select(runs_of(store, machine), moment))
        store.stop()
    if chosen in DOCUMENTS:
        write_documents(chosen, (run.document(moment) for run in found))
    else:
        write_records(chosen, HEADER, (run.row(moment) for run in found))
    skipped = sum(run.status == SKIPPED for run in found)
    more = f", {skipped} of them skipped" if skipped else ""
    limit = " (--limit); there may be more" if len(found) == wanted.limit else ""
    inform(f"{counted_as(len(found), 'run')}{more}{limit}.")


def write_run(source: Source, run_id: str, format: str | None) -> None:
    """Write one run in full, as YAML unless another format is asked for."""
    moment = now()
    with watched(source.open()) as store:
        run = find_listed(store, found_machine(source, store), run_id, in_full=True)
        names = account_names(store)
        store.stop()
    shown = details_of(run, names, moment)
    if format in DOCUMENTS:
        write_documents(str(format), [shown])
        return
    write_all([yaml_text(shown)])


def details_of(run: Listed, names: dict[str, str], moment: datetime) -> Record:
    """Return all that is known of a run, without its single problems."""
    result, execution = run.result, run.execution
    shown = run.document(moment)
    if execution is not None and execution.error:
        shown["failure"] = {"error": execution.error, "cause": execution.cause}
    if execution is not None and run.status == SKIPPED:
        output = execution.output or {}
        shown["skipped_for"] = output.get("holder") or output.get("run_id")
    if result.run is not None:
        shown["asked"] = {
            "accounts": [named(names, one) for one in result.run.asked.accounts] or "all",
            "regions": list(result.run.asked.regions) or "all",
            "dry_run": result.run.asked.dry_run,
        }
        shown["dry_run"] = result.run.config.cleanup.dry_run
        shown["cleanup_enabled"] = result.run.config.cleanup.enabled
    if result.plan is not None:
        shown["exceeded"] = list(result.plan["exceeded"])
        if "calendar" in result.plan:
            shown["calendar"] = [*sentences(result.plan)]
        shown["plan"] = [_counts(entry, names) for entry in result.plan["accounts"]]
    if result.cleanup is not None:
        shown["cleanup"] = [_counts(entry, names) for entry in result.cleanup["accounts"]]
    if result.automations:
        shown["held_by"] = result.held_by
        shown["automations"] = [_answer(one) for one in result.automations]
    if result.jobs:
        shown["jobs"] = [dict(job) for job in result.jobs]
    return shown


def _answer(record: Any) -> Record:
    """Return how an automation ended, without what is the same for all or says nothing."""
    names = ("automation", "event", "outcome", "reaction", "error", "why", "clean", "keep")
    marks = [{key: value for key, value in one.items() if value} for one in record["first"]]
    found = {name: record[name] for name in names if record[name]}
    return found | ({"first": marks} if marks else {})


def _counts(entry: Any, names: dict[str, str]) -> Record:
    """Return the counts of an account under its name, without those that are 0."""
    counts = {name: value for name, value in entry.items() if isinstance(value, int) and value}
    return {"account": named(names, entry["account"]), **counts}


def span(moment: datetime, then: datetime) -> str:
    """Return how long ago a time is: `3h 2m ago`."""
    return f"{describe(max(moment - then, timedelta()))} ago"
