"""The two parts of the step cleanup_plan: one plan per account, then their summary."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.durations import describe
from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import AccountRequest, SnapshotRequest
from ebbtide.graph import Manifest, load_inventory, read_manifest
from ebbtide.model.inventory import Inventory
from ebbtide.plan.limits import exceeded_limits
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.planning import make_plan
from ebbtide.store.run import Run, read_run
from ebbtide.verdict.marks import read_marks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def plan_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the plan of the account, and return its counts.

    An account that is missing from the snapshot gets an empty plan.
    """
    run = read_run(bucket, request.run_id)
    manifest = read_manifest(bucket, request.manifest)
    _require_recent(run, manifest)
    entry = manifest.find(request.account)
    inventory = (
        Inventory(request.account, (), (), ()) if entry is None else load_inventory(bucket, entry)
    )
    plan = make_plan(
        inventory,
        run.config,
        run_id=run.run_id,
        manifest=request.manifest,
        now=run.started,
        marks=read_marks(bucket, run, request.account, until="cleanup_plan"),
    )
    bucket.write_json(run.keys.plan(request.account), plan.to_json())
    return {
        "planned": len(plan.planned),
        "refused": len(plan.refused),
        "undecided": len(plan.undecided),
    }


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


def summarise_plans(request: SnapshotRequest, bucket: Bucket) -> dict[str, Any]:
    """Write plan/summary.json for all accounts, with the exceeded limits; return its totals.

    Raises PlanError if no account has a plan.
    """
    run = read_run(bucket, request.run_id)
    _require_recent(run, read_manifest(bucket, request.manifest))
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    stored = {account: bucket.find_json(run.keys.plan(account)) for account in accounts}
    # An account whose planning failed has no plan; the summary names it.
    plans = [read_plan(value) for value in stored.values() if value is not None]
    if not plans:
        raise PlanError("no account could be planned; see the log of the plan function")
    exceeded = exceeded_limits(plans, run.config.cleanup.limits)
    summary = {
        "format": 1,
        "run_id": run.run_id,
        "created": to_text(run.started),
        "hash": _hash(plans),
        "held": bool(exceeded),
        "exceeded": exceeded,
        "accounts": [_account_summary(plan) for plan in plans],
        "unplanned_accounts": [name for name, value in stored.items() if value is None],
    }
    bucket.write_json(run.keys.plan_summary, summary)
    return {
        "summary": run.keys.plan_summary,
        "selected": sum(len(plan.planned) for plan in plans),
        "refused": sum(len(plan.refused) for plan in plans),
        "undecided": sum(len(plan.undecided) for plan in plans),
        "held": summary["held"],
        "hash": summary["hash"],
    }


def _hash(plans: list[Plan]) -> str:
    text = "".join(sorted(plan.hash for plan in plans))
    return hashlib.sha256(text.encode()).hexdigest()


def _account_summary(plan: Plan) -> dict[str, Any]:
    return {
        "account": plan.account,
        "hash": plan.hash,
        "planned": len(plan.planned),
        "refused": len(plan.refused),
        "undecided": len(plan.undecided),
        "by_rule": dict(Counter(rule for entry in plan.planned for rule in entry.rules)),
        "by_kind": dict(Counter(entry.subject.kind for entry in plan.planned)),
        "refused_by": dict(Counter(entry.code for entry in plan.refused)),
        "undecided_by": dict(Counter(entry.code for entry in plan.undecided)),
        "breaks": dict(Counter(one.kind for entry in plan.planned for one in entry.breaks)),
    }
