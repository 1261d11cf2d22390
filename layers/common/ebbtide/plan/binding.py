"""Binds what is carried out to what was summarised: one hash, which travels outside the bucket.

The summary names the hash of each account's plan, and the state machine hands the hash of the
summary to each tick. Whoever can write to the bucket can therefore replace neither a plan, nor the
list of plans, nor whether they are held, nor the run's configuration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import PlanError
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.today import begun_today
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def sealed_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary with the SHA-256 of its content; the order of keys does not matter."""
    content = {name: value for name, value in summary.items() if name != "hash"}
    return {**content, "hash": _hash(content)}


def configuration_hash(run: Run) -> str:
    """Return the SHA-256 of a run's configuration, which says whether it may delete at all."""
    return _hash(run.config.model_dump(mode="json"))


def _hash(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def permitted_plan(run: Run, bucket: Bucket, account: str, summary_hash: str) -> Plan | None:
    """Return the account's plan with only what may go.

    None if the configuration forbids carrying it out, or if all of it is held. What the calendar
    lets wait for another day is left out.

    Raises PlanError if the summary is not the one that the hash names, or if configuration or plan
    are not those of the summary.
    """
    if not run.config.cleanup.enabled:
        return None
    summary = bucket.find_json(run.keys.plan_summary)
    if summary is None:
        return None
    if sealed_summary(summary)["hash"] != summary_hash:
        raise PlanError(
            "the stored summary of the plans is not the one that this run made; nothing is deleted"
        )
    if summary["configuration"] != configuration_hash(run):
        raise PlanError(
            "the stored configuration of the run is not the one it planned with; nothing is deleted"
        )
    stored = None if summary["held"] else bucket.find_json(run.keys.plan(account))
    if stored is None:
        return None
    plan = read_plan(stored)
    told = {entry["account"]: entry["hash"] for entry in summary["accounts"]}
    if told.get(account) != plan.hash:
        raise PlanError(
            f"the stored plan of account {account} is not the one that was summarised; nothing is "
            "deleted"
        )
    if plan.run_id != run.run_id or plan.account != account or plan.sealed().hash != plan.hash:
        raise PlanError(
            f"the stored plan of account {account} is not the one this run made; nothing is deleted"
        )
    if run.config.cleanup.calendar.per_day is not None and "calendar" not in summary:
        raise PlanError(
            "the summary of the plans does not say what begins today; nothing is deleted"
        )
    # A summary of an older version never released a part.
    only_approved = summary.get("only_approved", False)
    until = plan.approved_until if only_approved else ""
    planned = plan.carried_out(only_approved=only_approved)
    return replace(
        plan,
        planned=begun_today(summary, account, planned),
        approved=(),
        approved_until=until,
    )
