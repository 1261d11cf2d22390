"""List the decisions about plans, with what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.errors import EbbtideError
from ebbtide.plan.approvals import Decision
from ebbtide.plan.approved import Found, decided_plan, find_decisions
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names
from ebbtide_cli.formats import usual_format
from ebbtide_cli.output import inform
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.snapshots import find_snapshot, snapshot_chain
from ebbtide_cli.sources import Source

_COLUMNS = ["state", "decision", "run", "what", "user", "until", "note", "why", "key"]
# Snapshots in which to look for uses: decisions end three days after their plan.
_RUNS = 100


def write_decisions(source: Source, format: str | None) -> None:
    """Write all decisions, those that end last first."""
    moment = now()
    with watched(source.open()) as store:
        found = list(find_decisions(store, moment, expired=True))
        used = _uses(store, [one.decision for one in found if one.decision])
        rejected = _rejected(store, found)
        names = account_names(store)
        rows = [_row(store, one, used, rejected, names) for one in reversed(found)]
        store.stop()
    rows.sort(key=lambda row: row[5] or "", reverse=True)
    write_records(format or usual_format(), _COLUMNS, rows)
    inform(f"{len(rows)} decision{'' if len(rows) == 1 else 's'}.")


def _row(
    store: Readable,
    found: Found,
    used: Mapping[str, list[str]],
    rejected: Mapping[str, str],
    names: Mapping[str, str],
) -> list[Any]:
    decision = found.decision
    if decision is None:
        return ["ignored", None, None, None, None, None, None, found.why, found.key]
    state, why = _state(store, found, decision, used.get(found.key, []), rejected)
    return [
        state,
        decision.verdict,
        decision.run_id,
        what(decision, names),
        decision.user,
        to_text(decision.until),
        decision.note or None,
        why or None,
        found.key,
    ]


def what(decision: Decision, names: Mapping[str, str]) -> str:
    """Say in words what of a plan a decision names."""
    parts = []
    if decision.accounts is not None:
        accounts = [names.get(account) or account for account in decision.accounts]
        parts.append(f"accounts {', '.join(accounts)}")
    if decision.owners is not None:
        parts.append(f"{decision.owner_tag} {', '.join(decision.owners)}")
    but = f" but {len(decision.excepted)}" if decision.excepted else ""
    return ("; ".join(parts) or "all") + but


def _state(
    store: Readable,
    found: Found,
    decision: Decision,
    runs: list[str],
    rejected: Mapping[str, str],
) -> tuple[str, str]:
    """Return the state of a decision, and what explains it."""
    if found.standing == "ignored":
        return "ignored", found.why
    if runs:
        also = ", expired since" if found.standing == "expired" else ""
        return "used", f"in {', '.join(runs)}{also}"
    if found.standing == "expired":
        return "expired", ""
    if decision.verdict == "approve":
        names = set(_covered(store, decision))
        lost = [name for name in names if name in rejected]
        if lost:
            by = ", ".join(sorted({rejected[name] for name in lost}))
            state = "rejected" if len(lost) == len(names) else "valid"
            return state, f"{len(lost)} of {len(names)} rejected by {by}"
    return "valid", ""


def _rejected(store: Readable, found: Iterable[Found]) -> dict[str, str]:
    """Return what valid rejections name: graph id -> the user id of who rejected it."""
    return {
        name: one.decision.user
        for one in found
        if one.standing == "valid" and one.decision and one.decision.verdict == "reject"
        for name in _covered(store, one.decision)
    }


def _covered(store: Readable, decision: Decision) -> Iterator[str]:
    summary = store.find_json(RunKeys(decision.run_id).plan_summary) or {"accounts": []}
    for entry in summary["accounts"]:
        try:
            plan = decided_plan(store, decision, entry["account"])
        except EbbtideError:
            continue
        if plan is not None:
            yield from decision.covered(plan)


def _uses(store: Readable, decisions: list[Decision]) -> dict[str, list[str]]:
    """Return the runs that carried out something because of each approval, by its key."""
    approvals = [one for one in decisions if one.verdict == "approve"]
    if not approvals or find_snapshot(store) is None:
        return {}
    found: dict[str, list[str]] = {}
    for run_id, summary in _summaries(store, min(one.made for one in approvals)):
        for key, count in summary.get("approvals", {}).items():
            found.setdefault(key, []).append(f"{run_id} ({count})")
    return found


def _summaries(store: Readable, since: datetime) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the summaries of the plans of the last runs, back to a time."""
    for manifest in islice(snapshot_chain(store), _RUNS):
        for run_id in (*later_runs(store, manifest.run_id), manifest.run_id):
            summary = store.find_json(RunKeys(run_id).plan_summary)
            if summary is not None:
                yield run_id, summary
        if from_text(manifest.created) < since:
            return
