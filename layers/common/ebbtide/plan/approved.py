"""Reads what people decided about earlier plans (approvals.py).

Each run reads the decisions themselves, never a copy: only their own keys prove who made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ebbtide.base.clock import from_text, now
from ebbtide.base.errors import EbbtideError, FormatError, MissingError, PlanError
from ebbtide.config import Config
from ebbtide.plan.approvals import (
    LARGEST,
    Decision,
    Verdicts,
    key_ends,
    read_decision,
    why_ignored,
)
from ebbtide.plan.binding import sealed_summary
from ebbtide.plan.grace import terms
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.published import earlier_runs, read_published
from ebbtide.store.keys import APPROVALS, RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

MOST_WARNINGS = 20

type Standing = Literal["valid", "expired", "ignored"]


@dataclass(frozen=True, slots=True)
class Found:
    """One object below approvals/, whether it counts, and why it does not."""

    key: str
    standing: Standing
    decision: Decision | None = None
    why: str = ""


def plan_hash(summary: Any) -> str:
    """Return the SHA-256 of a stored summary's content, whatever it claims."""
    return str(sealed_summary(summary)["hash"])


def find_decisions(store: Readable, at: datetime, *, expired: bool = False) -> Iterator[Found]:
    """Yield all decisions that have not ended, and with `expired` also those that have.

    The key says when one ends, so that a run reads only those that may count.
    """
    summaries: dict[str, Any] = {}
    for key in sorted(store.keys(APPROVALS)):
        end = key_ends(key)
        if end is not None and end <= at and not expired:
            continue
        try:
            decision = _decision_at(store, key)
        except PlanError as error:
            yield Found(key, "ignored", None, str(error))
            continue
        run_id = decision.run_id
        if run_id not in summaries:
            summaries[run_id] = store.find_json(RunKeys(run_id).plan_summary)
        summary = summaries[run_id]
        why = why_ignored(decision, summary, "" if summary is None else plan_hash(summary))
        if why:
            yield Found(key, "ignored", decision, why)
        elif decision.until <= at:
            yield Found(key, "expired", decision)
        else:
            yield Found(key, "valid", decision)


def _decision_at(store: Readable, key: str) -> Decision:
    """Read a decision. Whoever may write one could make it huge, so no more is read than fits."""
    try:
        content = store.read_bytes(key, LARGEST + 1)
        if len(content) > LARGEST:
            raise PlanError(f"it is longer than {LARGEST:,} bytes")
        text = content.decode()
    except (MissingError, UnicodeDecodeError) as error:
        raise PlanError(f"it cannot be read: {error}") from error
    return read_decision(key, text)


def read_verdicts(run: Run, account: str, store: Readable) -> Verdicts | None:
    """Return what counts for the plan of an account; None if no decision counts at all."""
    if not takes_rejections(run.config):
        return None
    # Time goes on while a run collects, and a run that is planned again must not turn it back.
    at = max(run.started, now())
    warnings: list[str] = []
    decided: list[tuple[Decision, Plan]] = []
    for found in find_decisions(store, at):
        if found.standing == "ignored" or found.decision is None:
            warnings.append(f"{found.key} is ignored: {found.why}")
            continue
        try:
            plan = decided_plan(store, found.decision, account)
        except EbbtideError as error:
            warnings.append(f"{found.key} is ignored: {error}")
            continue
        if plan is not None and found.decision.run_id != run.run_id:
            decided.append((found.decision, plan))
    spent = _gone(store, run, account, decided)
    verdicts = Verdicts.of(decided, at, spent, _few(sorted(warnings)))
    return replace(verdicts, only_rejections=not needs_approvals(run.config))


def _few(warnings: list[str]) -> list[str]:
    """Return the first warnings: each plan and the summary repeat them."""
    more = len(warnings) - MOST_WARNINGS
    return [*warnings[:MOST_WARNINGS], *([f"and {more} more are ignored"] if more > 0 else [])]


def needs_approvals(config: Config) -> bool:
    return config.cleanup.approval != "never"


def takes_rejections(config: Config) -> bool:
    """Return whether a rejection counts: also without approvals, an owner may end a grace."""
    return needs_approvals(config) or bool(terms(config))


def decided_plan(store: Readable, decision: Decision, account: str) -> Plan | None:
    """Return the plan of an account that a decision names; None if it names nothing of it.

    Raises PlanError or FormatError if the stored plan is not the one that was summarised.
    """
    if decision.accounts is not None and account not in decision.accounts:
        return None
    keys = RunKeys(decision.run_id)
    summary = store.find_json(keys.plan_summary) or {"accounts": []}
    told = {entry["account"]: entry["hash"] for entry in summary["accounts"]}
    stored = store.find_json(keys.plan(account)) if account in told else None
    if stored is None:
        return None
    try:
        plan = read_plan(stored)
        seal = plan.sealed().hash
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"the plan {keys.plan(account)} cannot be read") from error
    if not told[account] == plan.hash == seal or plan.account != account:
        raise PlanError(f"the plan {keys.plan(account)} is not the one that was summarised")
    return plan


def _gone(
    store: Readable, run: Run, account: str, decided: Iterable[tuple[Decision, Plan]]
) -> frozenset[str]:
    """Return what runs have deleted since the first of these plans: its id is another's now."""
    first = min((from_text(plan.created) for _, plan in decided), default=None)
    if first is None:
        return frozenset()
    published = read_published(store)
    found: set[str] = set()
    for run_id in earlier_runs(published, run):
        if from_text(published.runs[run_id]) <= first:
            continue
        state = store.find_json(RunKeys(run_id).cleanup(account, "state.json"))
        if state is not None and not state["dry_run"]:
            found |= {name for name, one in state["resources"].items() if one["status"] == "gone"}
    return frozenset(found)
