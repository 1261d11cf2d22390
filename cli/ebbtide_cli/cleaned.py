"""What cleanups deleted of a snapshot that no later collection has looked at yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ebbtide.base.clock import from_text
from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.report.deletions import Deletion, deletions_of
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide.store.run import find_run
from ebbtide.verdict.snapshot_marks import marks_now
from ebbtide_cli.changes import Changes, Record, RunMarks
from ebbtide_cli.errors import UsageError
from ebbtide_cli.snapshots import find_snapshot

type Within = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Cleaned(Changes):
    """The deletions of some runs in the form of changes; `within` says which times count."""

    runs: Sequence[str] = ()
    within: Within = lambda _: True

    def marks(self, store: Readable) -> RunMarks:
        """Return the marks of the one snapshot that was cleaned up."""
        found = marks_now(store, self.run_id, self.at)
        return RunMarks(found, found)

    def lines(self, store: Readable) -> Iterator[Record]:
        for entry in self.manifest.accounts:
            gone = self._gone(store, entry.account)
            if gone:
                yield from _deleted(store, entry, gone)

    def _gone(self, store: Readable, account: str) -> dict[str, Deletion]:
        """Return what the runs deleted in an account, by graph id."""
        found = (one for run_id in self.runs for one in deletions_of(store, run_id, account))
        return {one.graph_id: one for one in found if one.ending == "gone" and self.within(one.at)}

    @classmethod
    def by(
        cls, manifest: Manifest, runs: Sequence[str], within: Within = lambda _: True
    ) -> Cleaned:
        names = {entry.account: entry.name for entry in manifest.accounts}
        return cls(manifest, (), names, runs, within)


def _deleted(store: Readable, entry: AccountEntry, gone: dict[str, Deletion]) -> Iterator[Record]:
    for line in store.read_lines(entry.resources):
        one = gone.get(line["graph_id"])
        if one is not None:
            yield {
                "change": "deleted",
                "at": one.at,
                "graph_id": one.graph_id,
                "kind": one.kind,
                "before": line,
                "after": None,
            }


def cleaned_since(store: Readable, within: Within) -> list[Changes]:
    """Return what was deleted of the current snapshot; the next collection records it as well."""
    manifest = find_snapshot(store)
    if manifest is None:
        return []
    runs = [manifest.run_id, *later_runs(store, manifest.run_id)]
    return [Cleaned.by(manifest, runs, within)]


def changes_of_run(store: Readable, run_id: str) -> list[Changes]:
    """Return what a run recorded when it collected, and what it deleted when it cleaned up.

    Raises UsageError if there is no such run, or if its snapshot has expired.
    """
    run = find_run(store, run_id)
    key = run.manifest if run is not None and run.manifest else RunKeys(run_id).manifest
    try:
        manifest = Manifest.from_json(store.read_json(key))
    except MissingError as error:
        raise UsageError(f"no snapshot found for run {run_id!r}") from error
    recorded = [Changes.of(manifest)] if manifest.run_id == run_id else []
    return [*recorded, Cleaned.by(manifest, [run_id])]


def between(start: str, end: str) -> Within:
    """Return whether a time lies in a period."""
    begin, until = from_text(start), from_text(end)
    return lambda at: begin <= from_text(at) <= until
