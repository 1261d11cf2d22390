"""Make a run's graph the current snapshot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import MissingError, PlanError
from ebbtide.deployment.inputs import RunRequest
from ebbtide.graph.manifest import AccountEntry, Manifest, previous_manifest, read_manifest
from ebbtide.model.coverage import WITHOUT_GAP
from ebbtide.store.keys import CURRENT
from ebbtide.store.run import Run, holds_claim, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Stored


def publish_snapshot(request: RunRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the manifest, then point `current` at it by compare and swap.

    An account that could not be merged, or for which the run was not started, keeps its last graph,
    marked stale. Raises PlanError if no
    account has a graph, because that is a defect and not a snapshot; if the run has lost its claim;
    or if the current snapshot is of a later run.
    """
    run = read_run(bucket, request.run_id)
    current = _replaceable(bucket, run)
    previous_key, previous = previous_manifest(bucket, run.run_id)
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    accounts += _left_out(run, previous, accounts)
    found = {account: _entry(run, bucket, previous, account) for account in accounts}
    entries = tuple(entry for entry in found.values() if entry is not None)
    if not entries:
        raise PlanError("no account could be merged; see the log of the merge function")
    manifest = Manifest(
        run_id=run.run_id,
        created=to_text(run.started),
        previous=previous_key,
        accounts=entries,
        missing=tuple(account for account, entry in found.items() if entry is None),
    )
    bucket.write_json(run.keys.manifest, manifest.to_json())
    pointer = {"run_id": run.run_id, "manifest": run.keys.manifest}
    # A run that wakes up late must not replace what a later one has published.
    if current is None:
        bucket.create_json(CURRENT, pointer)
    else:
        bucket.replace_json(CURRENT, pointer, current.etag)
    return _summary(run, manifest)


def _left_out(run: Run, previous: Manifest | None, accounts: Collection[str]) -> list[str]:
    """Return the accounts of the last snapshot that a run for some accounts leaves out."""
    if previous is None or not run.asked.accounts:
        return []
    known = (*(entry.account for entry in previous.accounts), *previous.missing)
    return [account for account in known if account not in accounts]


def _replaceable(bucket: Bucket, run: Run) -> Stored | None:
    """Return the pointer to the current snapshot; None if there is none yet.

    Raises PlanError if this run must not replace it.
    """
    try:
        current = bucket.read(CURRENT)
    except MissingError:
        current = None
    if not holds_claim(bucket, run.run_id):
        raise PlanError(
            f"run {run.run_id} no longer holds the claim; its snapshot is not published"
        )
    if current is not None and current.value["run_id"] != run.run_id:
        other = current.value["run_id"]
        began = _began(bucket, str(current.value["manifest"]))
        if began is not None and began > run.started:
            raise PlanError(
                f"run {other} began after run {run.run_id} and has published its snapshot already; "
                "the older one does not replace it"
            )
    return current


def _began(bucket: Bucket, manifest: str) -> datetime | None:
    """Return when the run of a manifest began; None if the manifest has expired."""
    try:
        return from_text(read_manifest(bucket, manifest).created)
    except MissingError:
        return None


def _entry(
    run: Run, bucket: Bucket, previous: Manifest | None, account: str
) -> AccountEntry | None:
    """Return the account's entry of this run, else its previous entry marked stale, else None."""
    found = bucket.find_json(run.keys.graph(account, "account.json"))
    if found is not None:
        return AccountEntry.from_json(found)
    known = previous.find(account) if previous else None
    if known is None:
        return None
    return replace(known, stale_since=known.stale_since or to_text(run.started))


def _summary(run: Run, manifest: Manifest) -> dict[str, Any]:
    entries = manifest.accounts
    return {
        "manifest": run.keys.manifest,
        "accounts": len(entries),
        "resources": manifest.resource_count,
        "incomplete": sum(
            count
            for entry in entries
            for state, count in entry.states.items()
            if state not in WITHOUT_GAP
        ),
        "created": sum(entry.created for entry in entries),
        "updated": sum(entry.updated for entry in entries),
        "deleted": sum(entry.deleted for entry in entries),
        "stale": sum(entry.stale for entry in entries),
        "missing": len(manifest.missing),
    }
