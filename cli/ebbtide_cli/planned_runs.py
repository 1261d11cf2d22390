"""Find the runs that published a plan, and read what they decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import Manifest
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.today import notes
from ebbtide.report.runs import answers_in, held_by
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, find_run
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.snapshots import find_snapshot, snapshot_chain

# Snapshots to look through for plans: a week of hourly runs.
_SNAPSHOTS = 168


@dataclass(frozen=True)
class Decided:
    """A run with a plan: its record, its snapshot, and the summary of its plans.

    The record or the snapshot is None if a copy of the bucket lacks it, or if it has expired.
    """

    store: Readable
    run_id: str
    summary: Mapping[str, Any]
    run: Run | None
    manifest: Manifest | None

    @property
    def accounts(self) -> list[str]:
        return [entry["account"] for entry in self.summary["accounts"]]

    @cached_property
    def held_by(self) -> list[str]:
        """The automations that hold the plan."""
        return [] if self.run is None else held_by(answers_in(self.store, self.run))

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of all accounts of the run, by id."""
        entries = () if self.manifest is None else self.manifest.accounts
        known = {entry.account: entry.name for entry in entries}
        unplanned = self.summary.get("unplanned_accounts", ())
        return {account: known.get(account, "") for account in (*self.accounts, *unplanned)}

    def plans(self, accounts: Collection[str] = ()) -> Iterator[Plan]:
        """Yield the plans of these accounts, or of all. Raises FormatError."""
        for account in self.accounts:
            if not accounts or account in accounts:
                plan = self.plan(account)
                if plan is not None:
                    yield plan

    def with_notes(self, plan: Plan) -> Plan:
        """Return a plan whose entries say why the calendar lets them wait."""
        if self.run is None or self.summary["held"] or "calendar" not in self.summary:
            return plan
        carried = plan.carried_out(only_approved=self.summary.get("only_approved", False))
        calendar = self.run.config.cleanup.calendar
        found = notes(calendar, self.summary, plan.account, carried)
        noted = (
            replace(entry, stays=found.get(entry.subject.graph_id, "")) for entry in plan.planned
        )
        return replace(plan, planned=tuple(noted))

    def plan(self, account: str) -> Plan | None:
        value = self.store.find_json(RunKeys(self.run_id).plan(account))
        return None if value is None else read_plan(value)

    def endings(self, account: str) -> Mapping[str, Any]:
        """Return how far the cleanup of the run came with each resource of an account."""
        state = self.store.find_json(RunKeys(self.run_id).cleanup(account, "state.json"))
        return {} if state is None else state["resources"]


def runs_with_plans(store: Readable) -> Iterator[str]:
    """Yield the runs that published a plan, newest first, as far back as snapshots go."""
    if find_snapshot(store) is None:
        return
    for manifest in islice(snapshot_chain(store), _SNAPSHOTS):
        for run_id in (*reversed(later_runs(store, manifest.run_id)), manifest.run_id):
            if store.find_json(RunKeys(run_id).plan_summary) is not None:
                yield run_id


def last_planned(store: Readable) -> Decided | None:
    """Return the newest run with a plan; None if there is none."""
    run_id = next(runs_with_plans(store), None)
    return None if run_id is None else decided_in(store, run_id)


def planned_run(store: Readable, run_id: str | None) -> Decided:
    """Return the run with this id, or the newest one with a plan.

    Raises UsageError if the run has no plan, SourceError if no run has.
    """
    if run_id is not None:
        return decided_in(store, run_id)
    found = last_planned(store)
    if found is None:
        raise SourceError(
            f"no plan found in {store.name}; start a run of the workflow collect_and_cleanup, or "
            "copy a run including its plan/"
        )
    return found


def decided_in(store: Readable, run_id: str) -> Decided:
    """Return what a run decided. Raises UsageError if it has no plan."""
    keys = RunKeys(run_id)
    summary = store.find_json(keys.plan_summary)
    if summary is None:
        known = ", ".join(islice(runs_with_plans(store), 5))
        hint = f"; the last runs with one are {known}" if known else ""
        raise UsageError(f"no plan found for run {run_id!r}{hint}")
    run = find_run(store, run_id)
    try:
        key = run.manifest if run is not None and run.manifest else keys.manifest
        manifest = Manifest.from_json(store.read_json(key))
    except MissingError:
        manifest = None
    return Decided(store, run_id, summary, run, manifest)
