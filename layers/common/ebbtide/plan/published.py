"""What is remembered of published plans: their runs, and the rules they reported on.

One small object, replaced only by compare and swap (docs/data.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.graph.watching import is_interrupted
from ebbtide.plan.first_runs import Reports
from ebbtide.store.formats import require_format
from ebbtide.store.keys import PUBLISHED_PLANS
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1
# Attempts at a compare and swap before giving up.
ROUNDS = 5
# A run may delete until its deadline, and its deletions count for a day.
REMEMBERED = timedelta(days=3)
# Each is looked for only if the account could not be planned in any later one.
MOST_WAITED = 30


@dataclass(frozen=True, slots=True)
class Waited:
    """A published run whose waits count: its start, and the accounts that it could not plan."""

    started: str
    unplanned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """The runs of the last days whose plans may be carried out, each with its start.

    `waited` are the last runs that covered everything and let something wait (grace.py).
    """

    runs: Mapping[str, str] = field(default_factory=dict)
    reports: Reports = field(default_factory=Reports)
    waited: Mapping[str, Waited] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored object. Raises FormatError if another version wrote it."""
        require_format(value, FORMAT, "record of published plans")
        waited = {
            name: Waited(one["started"], tuple(one["unplanned"]))
            for name, one in value.get("waited", {}).items()
        }
        return cls(dict(value["runs"]), Reports.from_json(value), waited)

    def to_json(self) -> dict[str, Any]:
        waited = {name: asdict(one) for name, one in self.waited.items()}
        return {
            "format": FORMAT,
            "runs": dict(self.runs),
            **self.reports.to_json(),
            **({"waited": waited} if waited else {}),
        }

    def with_run(self, run: Run) -> Self:
        """Return it with a run that is about to delete, without those of long ago."""
        kept = {
            name: started
            for name, started in self.runs.items()
            if from_text(started) > run.started - REMEMBERED
        }
        return replace(self, runs={**kept, run.run_id: to_text(run.started)})

    def with_waits(self, run: Run, unplanned: Iterable[str]) -> Self:
        """Return it with a run whose waits count, without those that are too old to go on."""
        started = to_text(run.started)
        found = {
            name: one
            for name, one in self.waited.items()
            if not is_interrupted(one.started, started)
        }
        found[run.run_id] = Waited(started, tuple(sorted(unplanned)))
        newest = sorted(found, key=lambda name: (found[name].started, name))[-MOST_WAITED:]
        return replace(self, waited={name: found[name] for name in newest})

    def waited_before(self, run: Run) -> list[str]:
        """Return the runs whose waits a run may continue, the last one first."""
        earlier = [
            name
            for name, one in self.waited.items()
            if name != run.run_id and from_text(one.started) < run.started
        ]
        return sorted(earlier, key=lambda name: (self.waited[name].started, name), reverse=True)


def read_published(store: Readable) -> Published:
    value = store.find_json(PUBLISHED_PLANS)
    return Published() if value is None else Published.from_json(value)


def update_published(bucket: Bucket, change: Callable[[Published], Published]) -> None:
    """Replace the object by compare and swap. Raises ConflictError if it keeps changing."""
    for _ in range(ROUNDS):
        try:
            stored = bucket.read(PUBLISHED_PLANS)
        except MissingError:
            stored = None
        before = Published() if stored is None else Published.from_json(stored.value)
        after = change(before)
        if stored is not None and after == before:
            return
        try:
            if stored is None:
                bucket.create_json(PUBLISHED_PLANS, after.to_json())
            else:
                bucket.replace_json(PUBLISHED_PLANS, after.to_json(), stored.etag)
            return
        except ConflictError:
            continue
    raise ConflictError(f"s3://{bucket.name}/{PUBLISHED_PLANS} keeps being replaced")


def earlier_runs(published: Published, run: Run) -> list[str]:
    """Return the other runs that may have deleted something in the day before a run."""
    return sorted(name for name in published.runs if name != run.run_id)


def a_day_before(run: Run) -> datetime:
    return run.started - timedelta(days=1)
