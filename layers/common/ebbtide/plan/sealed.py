"""The plans of a run in all accounts, exactly as the run published them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ebbtide.base.errors import MissingError, PlanError
from ebbtide.plan.approved import plan_hash
from ebbtide.plan.model import Plan, read_plan
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable


class SealedPlans(NamedTuple):
    """The plans of a run that select something, and their summary."""

    run_id: str
    summary: Mapping[str, Any]
    plans: list[Plan]

    @property
    def hash(self) -> str:
        return str(self.summary["hash"])


def read_sealed(store: Readable, run_id: str) -> SealedPlans:
    """Read the plans of a run.

    Raises MissingError if it has none, PlanError if one of them is missing or was altered.
    """
    keys = RunKeys(run_id)
    summary = store.find_json(keys.plan_summary)
    if summary is None:
        raise MissingError(f"run {run_id!r} has no plan")
    if plan_hash(summary) != summary["hash"]:
        raise _altered(keys.plan_summary)
    plans = []
    for entry in summary["accounts"]:
        if entry["planned"] or entry.get("reported"):
            stored = store.find_json(keys.plan(entry["account"]))
            if stored is None:
                raise PlanError(f"{keys.plan(entry['account'])} is missing; start another run")
            plan = read_plan(stored)
            if not plan.sealed().hash == plan.hash == entry["hash"]:
                raise _altered(keys.plan(plan.account))
            plans.append(plan)
    return SealedPlans(run_id, summary, plans)


def _altered(key: str) -> PlanError:
    return PlanError(f"{key} was altered after the run; start another run")
