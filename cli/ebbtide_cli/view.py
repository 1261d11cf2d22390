"""The snapshot that a command reads, and the time that ages are relative to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ebbtide.base.clock import from_text, now
from ebbtide.graph.manifest import read_coverage
from ebbtide.search import Snapshot
from ebbtide.search.marks import TAGS_ONLY
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide.verdict.snapshot_marks import marks_now
from ebbtide_cli.progress import Watched
from ebbtide_cli.snapshots import account_ids, snapshot_at


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot to search. `now`, which ages are relative to, is in the past for an older one.

    `asked` is the time of the command itself.
    """

    store: Watched
    snapshot: Snapshot
    now: datetime
    asked: datetime


def view_of(store: Watched, at: str | None, accounts: list[str]) -> View:
    """Return a view of the snapshot that `at` names, limited to these accounts (none: all).

    Raises SourceError or UsageError if the snapshot or an account is missing.
    """
    moment = now()
    manifest, last = snapshot_at(store, at, moment)
    chosen = frozenset(account_ids(manifest, accounts)) if accounts else None
    as_of = moment if at is None else from_text(manifest.created)
    marks = marks_now(store, manifest.run_id, as_of, last)
    gaps = SnapshotGaps(manifest, partial(read_coverage, store))
    return View(store, Snapshot(store, manifest, chosen, marks, gaps), as_of, moment)


def without_marks(view: View) -> View:
    """Return the same view for output that shows no marks, so that none are read for it."""
    return replace(view, snapshot=replace(view.snapshot, marks=TAGS_ONLY))


def limited_to(view: View, account: str) -> View:
    """Return the same view of one account only."""
    return replace(view, snapshot=replace(view.snapshot, accounts=frozenset({account})))
