"""What is remembered of published plans: their runs, and the rules they reported on.

One small object, replaced only by compare and swap (docs/data.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError
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


@dataclass(frozen=True, slots=True)
class Published:
    """The runs of the last days whose plans may be carried out, each with its start."""

    runs: Mapping[str, str] = field(default_factory=dict)
    reports: Reports = field(default_factory=Reports)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored object. Raises FormatError if another version wrote it."""
        require_format(value, FORMAT, "record of published plans")
        return cls(dict(value["runs"]), Reports.from_json(value))

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "runs": dict(self.runs), **self.reports.to_json()}

    def with_run(self, run: Run) -> Self:
        """Return it with a run that is about to delete, without those of long ago."""
        kept = {
            name: started
            for name, started in self.runs.items()
            if from_text(started) > run.started - REMEMBERED
        }
        return replace(self, runs={**kept, run.run_id: to_text(run.started)})


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
