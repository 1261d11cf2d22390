"""Summarize the runs of each workflow: how many, what went wrong, how long, how expensive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ebbtide.base.clock import now, to_text
from ebbtide.base.durations import describe
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.machine import SKIPPED, found_machine
from ebbtide_cli.output import inform
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_list import Listed, Wanted, runs_of, short_time
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

HEADER = [
    "workflow",
    "runs",
    "with_errors",
    "errors",
    "skipped",
    "average",
    "usd",
    "last_run",
    "last_started",
    "last_status",
]


@dataclass(slots=True)
class History:
    """The runs of one workflow. `last` is the newest, `statuses` counts all."""

    workflow: str | None
    last: Listed
    statuses: Counter[str] = field(default_factory=Counter)
    with_errors: int = 0
    errors: int = 0
    took: list[timedelta] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def add(self, run: Listed) -> None:
        self.statuses[run.status] += 1
        self.with_errors += run.errors > 0
        self.errors += run.errors
        # A skipped run ends at once, which says nothing about the work.
        if run.ended is not None and run.status != SKIPPED:
            self.took.append(run.ended - run.started)
        if run.result.cost is not None:
            self.costs.append(run.result.cost)

    @property
    def average(self) -> timedelta | None:
        """Return how long a run took that has ended; None if there is none."""
        return sum(self.took, timedelta()) / len(self.took) if self.took else None

    @property
    def usd(self) -> float | None:
        """Return the estimated cost of all runs together; None if it is known of none."""
        return round(sum(self.costs), 4) if self.costs else None

    def row(self) -> list[Any]:
        return [
            self.workflow,
            self.statuses.total(),
            self.with_errors,
            self.errors,
            self.statuses[SKIPPED],
            None if self.average is None else describe(self.average),
            self.usd,
            self.last.run_id,
            short_time(self.last.started),
            self.last.status,
        ]

    def document(self) -> Record:
        """Return the history as documents show it, with full times and every status."""
        row = dict(zip(HEADER, self.row(), strict=True))
        average = self.average
        del row["average"]
        return row | {
            "last_started": to_text(self.last.started),
            "average_seconds": None if average is None else round(average.total_seconds(), 3),
            "statuses": dict(sorted(self.statuses.items())),
        }


def histories(runs: Iterable[Listed]) -> list[History]:
    """Return the history of each workflow, of runs that come newest first."""
    found: dict[str | None, History] = {}
    for run in runs:
        found.setdefault(run.workflow, History(run.workflow, run)).add(run)
    return list(found.values())


def write_histories(source: Source, wanted: Wanted, format: str | None) -> None:
    """Write one row per workflow about the runs that are wanted, the latest used one first."""
    moment: datetime = now()
    chosen = format or usual_format()
    with watched(source.open()) as store:
        machine = found_machine(source, store)
        found = histories(wanted.select(runs_of(store, machine), moment))
        store.stop()
    if chosen in DOCUMENTS:
        write_documents(chosen, (one.document() for one in found))
    else:
        write_records(chosen, HEADER, (one.row() for one in found))
    runs = sum(one.statuses.total() for one in found)
    limit = " (--limit); there may be more" if runs == wanted.limit else ""
    inform(f"{counted_as(len(found), 'workflow')}, {counted_as(runs, 'run')}{limit}.")
