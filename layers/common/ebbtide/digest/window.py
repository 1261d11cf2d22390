"""Reads what the runs of a period deleted, from their ledgers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ebbtide.base.clock import from_text
from ebbtide.base.errors import MissingError
from ebbtide.digest.item import Deleted
from ebbtide.digest.lines import details
from ebbtide.digest.reading import Owning, owning_in, stored_plan
from ebbtide.graph.manifest import Manifest, read_manifest
from ebbtide.plan.approvals import owner_of
from ebbtide.report.deletions import cleaned_accounts, ledger
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

type Record = Mapping[str, Any]


class Cleaned(NamedTuple):
    """A run of the period that cleaned up, the text of the time of its start, and its snapshot."""

    run_id: str
    started: str
    manifest: Manifest


def deleted_since(
    store: Readable, run: Run, manifest: Manifest | None, since: datetime, tag: str
) -> list[Deleted]:
    """Return what runs deleted that started after `since`, up to and with this run, oldest first.

    Runs whose snapshot has expired are left out.
    """
    if manifest is None:
        return []
    found: list[Deleted] = []
    known: dict[str, dict[str, Owning]] = {}
    for cleaned in sorted(_cleaned(store, run, manifest, since), key=lambda one: one.started):
        for account in cleaned_accounts(store, cleaned.run_id):
            entries = list(_gone(store, cleaned, account))
            plan = stored_plan(store, cleaned.run_id, account)
            owning = known.setdefault(account, {})
            owning.update({} if plan is None else owning_in(plan))
            # What AWS ends later is in no plan of the run that confirms it, but in its snapshot.
            others = [name for entry in entries if (name := entry["graph_id"]) not in owning]
            owning.update(_in_snapshots(store, cleaned, account, others))
            found += [_deleted(cleaned, entry, owning, tag) for entry in entries]
    return found


def _in_snapshots(
    store: Readable, cleaned: Cleaned, account: str, names: list[str]
) -> dict[str, Owning]:
    """Return what the snapshot of a run, or else the one before it, has of some resources."""
    if not names:
        return {}
    found: dict[str, Owning] = {}
    for manifest in (_before(store, cleaned.manifest), cleaned.manifest):
        entry = None if manifest is None else manifest.find(account)
        if entry is not None:
            for name, one in details(store, entry.resources, names).items():
                found[name] = Owning(one.tags or {}, monthly=one.monthly)
    return found


def _cleaned(store: Readable, run: Run, manifest: Manifest, since: datetime) -> Iterator[Cleaned]:
    for run_id, started, used in _runs(store, run, manifest, since):
        if next(iter(cleaned_accounts(store, run_id)), None) is None:
            continue
        began = started or _start_of(store, run_id)
        if began is not None and from_text(began) > since:
            yield Cleaned(run_id, began, used)


def _runs(
    store: Readable, run: Run, manifest: Manifest, since: datetime
) -> Iterator[tuple[str, str, Manifest]]:
    """Yield runs, newest first, with their snapshot.

    Their start is empty if it is not known without reading their record.

    Runs that used an old snapshot may have started long after it was taken.
    """
    newest: Manifest | None = manifest
    while newest is not None:
        later = later_runs(store, newest.run_id)
        if newest is manifest:
            later = _up_to(later, run.run_id, newest.run_id)
        yield from ((run_id, "", newest) for run_id in reversed(later))
        yield newest.run_id, newest.created, newest
        newest = _before(store, newest) if from_text(newest.created) > since else None


def _up_to(later: list[str], run_id: str, first: str) -> list[str]:
    """Return the runs that used a snapshot up to this one; `first` is the run that took it."""
    if run_id == first:
        return []
    return later[: later.index(run_id) + 1] if run_id in later else [run_id]


def _before(store: Readable, manifest: Manifest) -> Manifest | None:
    """Return the snapshot before; None if it has expired. The chain always leads back in time."""
    if manifest.previous is None:
        return None
    try:
        found = read_manifest(store, manifest.previous)
    except MissingError:
        return None
    return found if found.created < manifest.created else None


def _start_of(store: Readable, run_id: str) -> str | None:
    record = store.find_json(RunKeys(run_id).run)
    return None if record is None else str(record["started"])


def _gone(store: Readable, cleaned: Cleaned, account: str) -> Iterator[Record]:
    for entry in ledger(store, cleaned.run_id, account):
        if entry["event"] == "gone" and not entry["dry_run"]:
            yield entry


def _deleted(cleaned: Cleaned, entry: Record, owning: Mapping[str, Owning], tag: str) -> Deleted:
    name = entry["graph_id"]
    monthly = entry.get("monthly")
    return Deleted(
        name,
        cleaned.run_id,
        cleaned.started,
        entry["at"],
        tuple(entry["rules"]),
        entry["selected_because"],
        owner_of(name, owning, tag) or None,
        owning.get(name, Owning()).monthly if monthly is None else monthly,
    )
