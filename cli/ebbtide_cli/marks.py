"""The marks of jobs in the run of a snapshot, which searches see as desired and protected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ebbtide.graph.manifest import Manifest
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.verdict.stored_marks import StoredMarks, read_protections, read_stored_marks

type Marks = dict[str, dict[str, Any]]


def read_marks(store: Readable, manifest: Manifest, accounts: list[str], moment: datetime) -> Marks:
    """Return marks by graph id, as Snapshot takes them, in these accounts (none: all)."""
    wanted = accounts or [entry.account for entry in manifest.accounts]
    marks: Marks = defaultdict(lambda: {"clean": False, "protected": False})
    for made in _made_in_run(store, RunKeys(manifest.run_id), wanted):
        mark = {"clean" if made["action"] == "clean" else "protected": True}
        for name in made["resources"]:
            marks[name] |= {**mark, "reason": made["reason"]}
    for account in wanted:
        for name, by_job in read_protections(store, account, moment).items():
            for given in by_job.values():
                marks[name] |= {"protected": True, "reason": given["reason"]}
    return dict(marks)


def _made_in_run(store: Readable, keys: RunKeys, accounts: list[str]) -> Iterator[StoredMarks]:
    """Yield the marks of all jobs that succeeded; marks of failed jobs do not count."""
    ended: dict[str, bool] = {}
    for key in store.keys(f"{keys.prefix}marks/"):
        if key.split("/")[3] not in accounts:
            continue
        made = read_stored_marks(store, key)
        record_key = keys.job(made["event"], f"{made['job']}.json")
        if record_key not in ended:
            record = store.find_json(record_key)
            ended[record_key] = record is not None and record["error"] is None
        if ended[record_key]:
            yield made
