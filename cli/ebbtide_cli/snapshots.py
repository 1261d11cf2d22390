"""Finds a snapshot: the current one, that of a run, or the newest that is old enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.durations import moment_of
from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import Manifest
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError


def current_snapshot(store: Readable) -> Manifest:
    """Raises SourceError when there is none."""
    current = store.find_json(CURRENT)
    if current is not None:
        return Manifest.from_json(store.read_json(current["manifest"]))
    found = _newest_of_copy(store)
    if found is None:
        raise SourceError(
            f"there is no snapshot in {store.name}: it has no {CURRENT}, and a copy of a run "
            "would need its graph/manifest.json"
        )
    return found


def _newest_of_copy(store: Readable) -> Manifest | None:
    """The newest snapshot in a copy of single runs."""
    keys = [key for key in store.keys("runs/") if RunKeys(_run_of(key)).manifest == key]
    manifests = [Manifest.from_json(store.read_json(key)) for key in keys]
    return max(manifests, key=lambda manifest: from_text(manifest.created), default=None)


def _run_of(key: str) -> str:
    return key.split("/")[1]


def snapshot_chain(store: Readable) -> Iterator[Manifest]:
    """The current snapshot and those before it, as far as they have not expired."""
    manifest = current_snapshot(store)
    yield manifest
    while manifest.previous is not None:
        try:
            manifest = Manifest.from_json(store.read_json(manifest.previous))
        except MissingError:
            return
        yield manifest


def snapshot_of_run(store: Readable, run_id: str) -> Manifest:
    """Raises UsageError when the run has no snapshot."""
    try:
        return Manifest.from_json(store.read_json(RunKeys(run_id).manifest))
    except MissingError as error:
        raise UsageError(
            f"{run_id!r} is neither a time, nor a duration, nor a run with a snapshot"
        ) from error


def snapshot_at(store: Readable, at: str | None, now: datetime) -> Manifest:
    """The current snapshot, or the one that a time, a duration ago or a run names."""
    if at is None:
        return current_snapshot(store)
    try:
        moment = moment_of(at, now)
    except ValueError:
        return snapshot_of_run(store, at)
    oldest = None
    for manifest in snapshot_chain(store):
        if from_text(manifest.created) <= moment:
            return manifest
        oldest = manifest
    assert oldest is not None
    raise SourceError(
        f"there is no snapshot from {to_text(moment)} or before; "
        f"the oldest is that of run {oldest.run_id}, from {oldest.created}"
    )


def require_accounts(manifest: Manifest, accounts: list[str]) -> None:
    """Raises UsageError when the snapshot lacks one of these accounts."""
    known = [entry.account for entry in manifest.accounts]
    for account in accounts:
        if account not in known:
            raise UsageError(
                f"account {account} is not in the snapshot of run {manifest.run_id}; "
                f"it has {', '.join(known[:20])}{' and others' if len(known) > 20 else ''}"
            )
