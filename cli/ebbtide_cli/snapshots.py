"""Find a snapshot: the current one, the one of a run, or the latest as of a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.durations import moment_of
from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import Manifest
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError


class Chosen(NamedTuple):
    """A snapshot, and the time after which no run counts that used it later; None for none."""

    manifest: Manifest
    last: datetime | None = None


def current_snapshot(store: Readable) -> Manifest:
    """Return the manifest of the current snapshot. Raises SourceError if there is none."""
    found = find_snapshot(store)
    if found is None:
        raise SourceError(
            f"no snapshot found in {store.name} (no {CURRENT}); run a collection first, or copy a "
            "run including its graph/manifest.json"
        )
    return found


def find_snapshot(store: Readable) -> Manifest | None:
    """Return the manifest of the current snapshot; None if there is none."""
    current = store.find_json(CURRENT)
    if current is not None:
        return Manifest.from_json(store.read_json(current["manifest"]))
    return _newest_of_copy(store)


def _newest_of_copy(store: Readable) -> Manifest | None:
    """Return the newest snapshot in a copy of single runs; None if there is none."""
    keys = [key for key in store.keys("runs/") if RunKeys(run_of(key)).manifest == key]
    manifests = [Manifest.from_json(store.read_json(key)) for key in keys]
    return max(manifests, key=lambda manifest: from_text(manifest.created), default=None)


def run_of(key: str) -> str:
    """Return the run id in the key of an object of a run."""
    return key.split("/")[1]


def snapshot_chain(store: Readable) -> Iterator[Manifest]:
    """Yield the current snapshot and its predecessors, until one has expired."""
    manifest = current_snapshot(store)
    yield manifest
    while manifest.previous is not None:
        try:
            manifest = Manifest.from_json(store.read_json(manifest.previous))
        except MissingError:
            return
        yield manifest


def _named_snapshot(store: Readable, name: str) -> Chosen:
    """Return the snapshot of a run, or the earlier one that a run without `collect` used."""
    # The models of the configuration, which a run has, take 0.2 s to load.
    from ebbtide.store.run import find_run

    run = find_run(store, name)
    key = run.manifest if run is not None and run.manifest else RunKeys(name).manifest
    try:
        manifest = Manifest.from_json(store.read_json(key))
    except MissingError as error:
        raise UsageError(
            f"no snapshot found for {name!r}; give a time, a duration, or a run that has a snapshot"
        ) from error
    return Chosen(manifest, from_text(manifest.created) if run is None else run.started)


def snapshot_at(store: Readable, at: str | None, now: datetime) -> Chosen:
    """Return the current snapshot, or the one that a time, a duration ago or a run names.

    Raises UsageError if `at` is none of these, SourceError if no snapshot is that old.
    """
    if at is None:
        return Chosen(current_snapshot(store))
    try:
        moment = moment_of(at, now)
    except ValueError:
        moment = None
    if moment is None:
        return _named_snapshot(store, at)
    oldest = None
    for manifest in snapshot_chain(store):
        if from_text(manifest.created) <= moment:
            return Chosen(manifest, moment)
        oldest = manifest
    assert oldest is not None
    raise SourceError(
        f"no snapshot found as of {to_text(moment)}; "
        f"the oldest is from {oldest.created} (run {oldest.run_id})"
    )
