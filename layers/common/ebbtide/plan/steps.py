"""The two parts of the step cleanup_plan: one plan per account, then their summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.clock import Clock, from_text, now, to_text
from ebbtide.base.durations import describe
from ebbtide.base.errors import PlanError
from ebbtide.base.gc_pauses import bulk_load
from ebbtide.config.calendar import CalendarConfig
from ebbtide.deployment.inputs import AccountRequest, SnapshotRequest
from ebbtide.graph import Manifest, load_inventory, read_manifest
from ebbtide.model.inventory import Inventory
from ebbtide.model.savings import Money, savings
from ebbtide.plan.advising import write_advice
from ebbtide.plan.approved import read_verdicts
from ebbtide.plan.basis import Basis
from ebbtide.plan.binding import configuration_hash, sealed_summary
from ebbtide.plan.deletions import allowances, deletions_since
from ebbtide.plan.first_runs import reported_only, with_report
from ebbtide.plan.grace import terms
from ebbtide.plan.holding import CarriedOut, approvals_used, carried_out
from ebbtide.plan.leftovers import read_leftovers
from ebbtide.plan.limits import exceeded_limits
from ebbtide.plan.model import Plan, Planned, read_plan
from ebbtide.plan.planning import decide
from ebbtide.plan.published import (
    Published,
    a_day_before,
    earlier_runs,
    read_published,
    update_published,
)
from ebbtide.plan.savings import saved_by_all
from ebbtide.plan.searched import searched
from ebbtide.plan.spreading import Allowance
from ebbtide.plan.stored_waits import read_waits, write_waits
from ebbtide.plan.today import today_of, total_of
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, holds_claim, read_run
from ebbtide.verdict.automation_marks import automation_of, marking_automations
from ebbtide.verdict.marks import RULE_PREFIX, marking_jobs, read_marks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


@bulk_load()  # nothing of a plan is garbage before it is written
def plan_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the plan of the account, and return its counts.

    An account that is missing from the snapshot gets an empty plan.
    """
    run = read_run(bucket, request.run_id)
    _require_recent(run, read_manifest(bucket, request.manifest))
    basis = basis_of(bucket, run, request.account, request.manifest)
    decided = decide(basis)
    plan = decided.plan
    # Before the plan: an account with a plan has both.
    if decided.waits is not None and not run.asked.is_limited:
        write_waits(bucket, run, request.account, decided.waits)
    bucket.write_texts(run.keys.plan(request.account), plan.texts())
    write_advice(bucket, run, request.manifest, basis.inventory)
    return {
        "planned": len(plan.planned),
        "reported": len(plan.reported),
        "refused": len(plan.refused),
        "undecided": len(plan.undecided),
    }


def basis_of(store: Readable, run: Run, account: str, manifest: str) -> Basis:
    """Read what decides the plan of an account in a run; `manifest` is the snapshot's key."""
    snapshot = read_manifest(store, manifest)
    entry = snapshot.find(account)
    published = read_published(store)
    inventory = Inventory(account, (), (), ()) if entry is None else load_inventory(store, entry)
    return Basis(
        inventory,
        run.config,
        run_id=run.run_id,
        manifest=manifest,
        now=run.started,
        own=run.own,
        regions=run.asked.regions,
        marks=read_marks(store, run, account, until="cleanup_plan"),
        first_run=reported_only(run.config, published.reports, run.run_id),
        leftovers=read_leftovers(store, account),
        verdicts=read_verdicts(run, account, store),
        searched=searched(store, run, snapshot, inventory),
        waits=read_waits(store, published, run, account),
        limited=run.asked.is_limited,
    )


def _require_recent(run: Run, manifest: Manifest) -> None:
    """Raise PlanError if a snapshot that another run collected is too old to plan on."""
    limit = run.config.cleanup.max_snapshot_age
    age = run.started - from_text(manifest.created)
    if manifest.run_id != run.run_id and age > limit:
        raise PlanError(
            f"the snapshot of run {manifest.run_id} is {describe(age)} old, and "
            f"cleanup.max_snapshot_age is {describe(limit)}: start a workflow that collects, such "
            "as collect_and_cleanup; nothing is planned"
        )


def summarise_plans(request: SnapshotRequest, bucket: Bucket, clock: Clock = now) -> dict[str, Any]:
    """Write plan/summary.json for all accounts, with the exceeded limits; return its totals.

    Raises PlanError if no account has a plan, or if the run has lost its claim.
    """
    run = read_run(bucket, request.run_id)
    if not holds_claim(bucket, run.run_id):
        raise PlanError(f"run {run.run_id} no longer holds the claim; its plan is not published")
    _require_recent(run, read_manifest(bucket, request.manifest))
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    stored = {account: bucket.find_json(run.keys.plan(account)) for account in accounts}
    # An account whose planning failed has no plan; the summary names it.
    plans = [read_plan(value) for value in stored.values() if value is not None]
    if not plans:
        raise PlanError("no account could be planned; see the log of the plan function")
    runs = earlier_runs(read_published(bucket), run)
    deleted = deletions_since(bucket, runs, a_day_before(run))
    today = Today.of(bucket, run, runs, max(run.started, clock()))
    exceeded = exceeded_limits(today.measured(plans), run.config.cleanup.limits, deleted)
    approval = run.config.cleanup.approval
    going = carried_out(plans, approval, beyond=bool(exceeded))
    told = {plan.account: today.told(plan, going) for plan in plans} if today.counts else {}
    calendar = total_of(told.values(), today.at) if told else None
    saved = saved_by_all(entry for plan in plans for entry in plan.planned)
    summary = sealed_summary(
        {
            "format": 1,
            "run_id": run.run_id,
            "created": to_text(run.started),
            "configuration": configuration_hash(run),
            "held": going.held,
            "only_approved": going.only_approved,
            "approval": approval,
            "held_resources": going.held_resources,
            "exceeded": exceeded,
            "first_run": sorted({name for plan in plans for name in plan.first_run}),
            "accounts": [
                _account_summary(plan, going.counts[plan.account])
                | ({"calendar": told[plan.account]} if told else {})
                for plan in plans
            ],
            "unplanned_accounts": [name for name, value in stored.items() if value is None],
            "approvals": approvals_used(plans) if going.only_approved else {},
            "warnings": sorted({text for plan in plans for text in plan.warnings}),
            "savings": savings(saved),
            **({} if calendar is None else {"calendar": calendar}),
        }
    )
    bucket.write_json(run.keys.plan_summary, summary)
    unplanned = summary["unplanned_accounts"]
    _remember(bucket, run, unplanned, deletes=any(going.counts.values()))
    return {
        "summary": run.keys.plan_summary,
        "selected": sum(len(plan.planned) for plan in plans),
        "refused": sum(len(plan.refused) for plan in plans),
        "undecided": sum(len(plan.undecided) for plan in plans),
        "held": going.held,
        "held_resources": going.held_resources,
        "approval": approval,
        **_graces(plans),
        "hash": summary["hash"],
        "savings": Money.of(one.monthly for one in saved).to_json(),
        **({} if calendar is None else {"calendar": calendar}),
    }


def _graces(plans: Iterable[Plan]) -> dict[str, int]:
    """Count what is in its grace, and what of that may go within a day."""
    found = [entry.grace for plan in plans for entry in plan.reported if entry.grace is not None]
    return {"in_grace": len(found), "grace_ending": sum(one.ending for one in found)}


@dataclass(frozen=True, slots=True)
class Today:
    """What the calendar says while the plans of a run are summarised."""

    calendar: CalendarConfig
    at: datetime
    allowance: Callable[[str], Allowance] | None

    @classmethod
    def of(cls, bucket: Bucket, run: Run, earlier: Iterable[str], at: datetime) -> Self:
        calendar = run.config.cleanup.calendar
        per_day = calendar.per_day is not None
        return cls(calendar, at, allowances(bucket, earlier, calendar, at) if per_day else None)

    @property
    def counts(self) -> bool:
        return self.calendar.is_set

    def measured(self, plans: list[Plan]) -> list[Plan]:
        """Return what the limits measure: all that is planned, unless the calendar spreads it."""
        if not self.calendar.spread:
            return plans
        return [replace(plan, planned=self._batch(plan, plan.planned)) for plan in plans]

    def told(self, plan: Plan, going: CarriedOut) -> dict[str, Any]:
        """Return what the summary says of an account, about what the plan may carry out."""
        carried = plan.carried_out(only_approved=going.only_approved)
        entries = carried if going.counts[plan.account] else ()
        return self._record(plan, entries)

    def _record(self, plan: Plan, entries: tuple[Planned, ...]) -> dict[str, Any]:
        allowance = None if self.allowance is None else self.allowance(plan.account)
        return today_of(self.calendar, plan.account, entries, allowance, self.at)

    def _batch(self, plan: Plan, entries: tuple[Planned, ...]) -> tuple[Planned, ...]:
        names = frozenset(self._record(plan, entries)["begins"])
        return tuple(entry for entry in entries if entry.subject.graph_id in names)


def marked_in(store: Readable, run: Run) -> list[str]:
    """Return the jobs and automations that clean and have marked, by their names in plans.

    An automation that is asked at several events has marked once all of its answers are there: what
    it selects at the others has not been reported on.
    """
    jobs = [
        f"{RULE_PREFIX}{job.name}"
        for job, record in marking_jobs(store, run, "cleanup_plan")
        if record is not None and job.action.clean is not None
    ]
    answered: dict[str, bool] = {}
    for automation, record in marking_automations(store, run, "cleanup_plan"):
        if "clean" in automation.marks:
            name = automation_of(automation.name)
            answered[name] = answered.get(name, True) and record is not None
    return [*jobs, *(name for name, complete in answered.items() if complete)]


def _remember(bucket: Bucket, run: Run, unplanned: Iterable[str], *, deletes: bool) -> None:
    """Record that the plan of a run is published; it is not carried out before that."""
    waits = bool(terms(run.config))
    cleanup = run.config.cleanup
    acts = deletes and cleanup.enabled and not cleanup.dry_run
    marked = marked_in(bucket, run)
    at = to_text(run.started)

    def change(known: Published) -> Published:
        # A rule may select more in what a limited run leaves out, which nobody has seen then.
        if not run.asked.is_limited:
            reports = with_report(run.config, known.reports, marked, run.run_id, at)
            known = replace(known, reports=reports)
            known = known.with_waits(run, unplanned) if waits else known
        return known.with_run(run) if acts else known

    update_published(bucket, change)


def _account_summary(plan: Plan, going: int) -> dict[str, Any]:
    return {
        "account": plan.account,
        "hash": plan.hash,
        "planned": len(plan.planned),
        "held": len(plan.planned) - going,
        "reported": len(plan.reported),
        **_graces([plan]),
        "refused": len(plan.refused),
        "undecided": len(plan.undecided),
        "by_rule": dict(Counter(rule for entry in plan.planned for rule in entry.rules)),
        "by_kind": dict(Counter(entry.subject.kind for entry in plan.planned)),
        "refused_by": dict(Counter(entry.code for entry in plan.refused)),
        "undecided_by": dict(Counter(entry.code for entry in plan.undecided)),
        "breaks": dict(Counter(one.kind for entry in plan.planned for one in entry.breaks)),
        "savings": Money.of(entry.monthly for entry in plan.planned).to_json(),
    }
