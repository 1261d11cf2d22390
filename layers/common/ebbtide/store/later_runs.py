"""The later runs that used the snapshot of a run, because their workflow does not collect.

A run that plans or cleans up leaves its files under its own keys. Whoever asks what happened to the
resources of a snapshot since it was taken finds these runs here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.store.formats import require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1
# Attempts at a compare and swap before giving up; only claims write here, one at a time.
ROUNDS = 5


def later_runs(store: Readable, run_id: str) -> list[str]:
    """Return the ids of the runs that used the snapshot of a run, oldest first."""
    value = store.find_json(RunKeys(run_id).later_runs)
    if value is None:
        return []
    require_format(value, FORMAT, "list of later runs")
    return list(value["runs"])


def add_later_run(bucket: Bucket, run_id: str, later: str) -> None:
    """Note that the run `later` uses the snapshot of `run_id`. Safe to repeat.

    Raises ConflictError if others keep changing the list.
    """
    key = RunKeys(run_id).later_runs
    for _ in range(ROUNDS):
        try:
            stored = bucket.read(key)
        except MissingError:
            stored = None
        runs = [] if stored is None else stored.value["runs"]
        if later in runs:
            return
        value = {"format": FORMAT, "runs": [*runs, later]}
        try:
            if stored is None:
                bucket.create_json(key, value)
            else:
                bucket.replace_json(key, value, stored.etag)
            return
        except ConflictError:
            continue
    raise ConflictError(f"s3://{bucket.name}/{key} keeps changing: gave up after {ROUNDS} attempts")
