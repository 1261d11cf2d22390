"""The result of a run, from what it left in the bucket: counts, errors and estimated cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.errors import FormatError, MissingError
from ebbtide.deployment.costs import Counters, cost_of
from ebbtide.deployment.events import HOOKABLE_EVENTS
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.savings import Money
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, find_run

type Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did; parts that it did not come to are None.

    `manifest` is the snapshot that the run made itself.
    """

    run_id: str
    run: Run | None = None
    manifest: Manifest | None = None
    accounts: tuple[str, ...] = ()
    tasks: int = 0
    plan: Record | None = None
    cleanup: Record | None = None
    jobs: tuple[Record, ...] = ()
    # How each awaited automation ended that was asked so far.
    automations: tuple[Record, ...] = ()
    measured: bool = False
    # What went to CloudWatch, and what the budget left out.
    cloudwatch: Record | None = None
    # Whether a run that has ended should have written a report, and has not.
    lacks_report: bool = False
    cleanup_states: Mapping[str, Record] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether the last step of the run has left its result; a held cleanup leaves none."""
        if self.run is None:
            return False
        enabled = self.run.config.cleanup.enabled
        done = {
            "collect": self.manifest is not None,
            "cleanup_plan": self.plan is not None,
            "cleanup": self.cleanup is not None or self.held or not enabled,
            "generate_metrics": self.measured,
        }
        return done[self.run.steps[-1]]

    @property
    def resources(self) -> int | None:
        return None if self.manifest is None else self.manifest.resource_count

    @property
    def planned(self) -> int | None:
        return _sum(self.plan, "planned")

    @property
    def held(self) -> bool:
        """Whether nothing of the plan was deleted: for a limit, an approval or automations."""
        return self.plan is not None and bool(self.plan["held"] or self.held_by)

    @property
    def held_by(self) -> list[str]:
        """The automations that hold the plan."""
        return held_by(self.automations)

    @property
    def gone(self) -> int | None:
        """The number of resources that the run deleted; None if it carried out no plan."""
        return None if self.cleanup is None else int(self.cleanup["totals"]["gone"])

    @property
    def planned_savings(self) -> Money | None:
        """What deleting the whole plan saves; None without a plan, or if it has no prices."""
        return _money(self.plan)

    @property
    def savings(self) -> Money | None:
        """What the deletions of the run save; None if it carried out no plan."""
        return _money(self.cleanup)

    @property
    def errors(self) -> int:
        """The number of accounts not read or not planned, and of failed deletions and jobs."""
        found = len(self.unread_accounts)
        if self.plan is not None:
            found += len(self.plan["unplanned_accounts"])
        if self.cleanup is not None:
            found += self.cleanup["totals"]["failed"]
        found += sum(1 for one in self.automations if one["outcome"] != "answered")
        return found + sum(1 for job in self.jobs if job.get("error"))

    @property
    def unread_accounts(self) -> list[str]:
        """The accounts that the run should have read and could not, or not completely."""
        if self.manifest is None:
            return []
        entries = (one for one in self.manifest.accounts if one.account in self.accounts)
        return [
            *self.manifest.missing,
            *(one.account for one in entries if is_unread(one)),
        ]

    @property
    def cost(self) -> float | None:
        """The estimated cost in US dollars; None if the run has no record."""
        if self.run is None:
            return None
        entries = () if self.manifest is None else self.manifest.accounts
        own = [one for one in entries if one.run_id == self.run_id]
        return cost_of(
            Counters(
                accounts=len(self.accounts),
                tasks=self.tasks,
                call_seconds=sum(one.seconds for one in own),
                threads=self.run.config.collect.threads,
                metrics_asked=sum(one.metrics_asked for one in own),
                planned_accounts=len(self.accounts) if self.plan is not None else 0,
                measured_accounts=len(self.accounts) if self.measured else 0,
                ticks=0 if self.cleanup is None else self.cleanup.get("ticks", 0),
                steps=len(self.run.steps),
            )
        )


def result_of(store: Readable, run_id: str, *, in_full: bool = False) -> RunResult:
    """Read what a run left; `in_full` also each account's cleanup, what CloudWatch got, and
    whether a report is missing.
    """
    keys = RunKeys(run_id)
    run = find_run(store, run_id)
    if run is None:
        return RunResult(run_id)
    accounts = tuple(one["account"] for one in store.find_json(keys.accounts) or ())
    plan = store.find_json(keys.plan_summary)
    cleanup = store.find_json(keys.cleanup_summary)
    manifest = _manifest(store, keys) if "collect" in run.steps else None
    states = _states(store, keys, accounts) if in_full and plan is not None else {}
    jobs = (store.find_json(keys.jobs_summary) or {"jobs": ()})["jobs"] if run.jobs else ()
    measured = store.find_json(keys.metrics("samples.json")) is not None
    return RunResult(
        run_id,
        run,
        manifest,
        accounts,
        tasks=len(store.find_json(keys.work) or ()) if manifest is not None else 0,
        plan=plan,
        cleanup=cleanup,
        jobs=tuple(jobs),
        automations=tuple(answers_in(store, run)),
        measured=measured,
        cloudwatch=store.find_json(keys.cloudwatch) if in_full else None,
        lacks_report=in_full and measured and _lacks_report(store, keys),
        cleanup_states=states,
    )


def answers_in(store: Readable, run: Run) -> Iterator[Record]:
    """Yield the records of the automations of a run that were asked, in the order of its events."""
    order = {event: place for place, event in enumerate(HOOKABLE_EVENTS)}
    for one in sorted(run.config.automations, key=lambda one: order[one.event]):
        record = store.find_json(run.keys.automation(one.event, one.name))
        if record is not None:
            yield record


def held_by(records: Iterable[Record]) -> list[str]:
    """Return the automations whose records say that they hold the plan of their run."""
    return list(dict.fromkeys(one["automation"] for one in records if one["reaction"] == "hold"))


def is_unread(entry: AccountEntry) -> bool:
    """Return whether something of an account was asked for and not read."""
    not_asked = entry.states.get("not_asked", 0)
    return entry.stale_since is not None or entry.incomplete_reads > not_asked


def _manifest(store: Readable, keys: RunKeys) -> Manifest | None:
    try:
        return Manifest.from_json(store.read_json(keys.manifest))
    except (MissingError, FormatError):
        return None


def _lacks_report(store: Readable, keys: RunKeys) -> bool:
    """Return whether a run that has ended has no report, although it should have written one.

    The record of a run of an older version does not mention reports.
    """
    wanted = store.read_json(keys.run)["config"].get("report", {}).get("enabled", False)
    if not wanted or (store.find_json(CLAIM) or {}).get("run_id") == keys.run_id:
        return False
    return next(iter(store.keys(keys.report)), None) is None


def _states(store: Readable, keys: RunKeys, accounts: tuple[str, ...]) -> dict[str, Record]:
    found = {name: store.find_json(keys.cleanup(name, "state.json")) for name in accounts}
    return {name: state for name, state in found.items() if state is not None}


def _money(summary: Record | None) -> Money | None:
    found = None if summary is None else summary.get("savings")
    return None if found is None else Money.from_json(found)


def _sum(summary: Record | None, name: str) -> int | None:
    return None if summary is None else sum(one[name] for one in summary["accounts"])
