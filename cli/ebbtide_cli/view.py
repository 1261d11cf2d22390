"""The snapshot that a command reads, and the time that ages are relative to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from ebbtide.base.clock import from_text, now
from ebbtide.graph.manifest import read_coverage
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection
from ebbtide.search import Snapshot
from ebbtide.search.marks import TAGS_ONLY, Marks
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide_cli.accounts import ids_of, names_in
from ebbtide_cli.progress import Watched
from ebbtide_cli.snapshots import snapshot_at


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot to search. `now`, which ages are relative to, is in the past for an older one.

    `asked` is the time of the command itself. `strict`: a limit is that of a job.
    """

    store: Watched
    snapshot: Snapshot
    now: datetime
    asked: datetime
    strict: bool = False

    @property
    def searched(self) -> Snapshot:
        """The snapshot as searches see it.

        Who limits a list wants some of it, even if an account could not be read, which the summary
        says. Only a job must know that nothing else would come within its limit.
        """
        return self.snapshot if self.strict else replace(self.snapshot, limits_rely=False)


def view_of(store: Watched, at: str | None, accounts: list[str]) -> View:
    """Return a view of the snapshot that `at` names, limited to these accounts (none: all).

    Raises SourceError or UsageError if the snapshot or an account is missing.
    """
    moment = now()
    manifest, last = snapshot_at(store, at, moment)
    chosen = frozenset(ids_of(names_in(manifest), accounts)) if accounts else None
    as_of = moment if at is None else from_text(manifest.created)
    marks = LateMarks(partial(_marks_now, store, manifest.run_id, as_of, last))
    gaps = SnapshotGaps(manifest, partial(read_coverage, store))
    return View(store, Snapshot(store, manifest, chosen, marks, gaps), as_of, moment)


@dataclass(slots=True)
class LateMarks:
    """The marks of runs, which are read when a search or the output asks for one.

    Most do not, and the models of the configuration alone take 0.2 s to load.
    """

    read: Callable[[], Marks]
    found: Marks | None = None

    @property
    def loaded(self) -> Marks:
        """Return the marks, read at most once."""
        if self.found is None:
            self.found = self.read()
        return self.found

    def desired(self, line: ResourceLine) -> Mapping[str, Any]:
        return self.loaded.desired(line)

    def ending(self, line: ResourceLine) -> Mapping[str, Any]:
        return self.loaded.ending(line)

    def protection(self, line: ResourceLine) -> Protection:
        return self.loaded.protection(line)


def _marks_now(store: Watched, run_id: str, as_of: datetime, last: datetime | None) -> Marks:
    from ebbtide.verdict.snapshot_marks import marks_now

    return marks_now(store, run_id, as_of, last)


def without_marks(view: View) -> View:
    """Return the same view for output that shows no marks, so that none are read for it."""
    return replace(view, snapshot=replace(view.snapshot, marks=TAGS_ONLY))


def limited_to(view: View, account: str) -> View:
    """Return the same view of one account only."""
    return replace(view, snapshot=replace(view.snapshot, accounts=frozenset({account})))
