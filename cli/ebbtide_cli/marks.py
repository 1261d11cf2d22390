"""What jobs have marked in the run of a snapshot: what searches know as desired and protected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.graph.manifest import Manifest
from ebbtide.store.formats import require_format
from ebbtide.store.keys import RunKeys, protected_key
from ebbtide.verdict.marks import FORMAT
from ebbtide_cli.sources import Store

type Marks = dict[str, dict[str, Any]]


def read_marks(store: Store, manifest: Manifest, accounts: list[str], moment: datetime) -> Marks:
    """Marks by graph id, as Snapshot takes them; `accounts`: only of these, empty: of all."""
    wanted = accounts or [entry.account for entry in manifest.accounts]
    marks: Marks = defaultdict(lambda: {"clean": False, "protected": False})
    for made in _made_in_run(store, RunKeys(manifest.run_id), wanted):
        mark = {"clean" if made["action"] == "clean" else "protected": True}
        for name in made["resources"]:
            marks[name] |= {**mark, "reason": made["reason"]}
    for account in wanted:
        for name, reason in _lasting(store, account, moment):
            marks[name] |= {"protected": True, "reason": reason}
    return dict(marks)


def _made_in_run(store: Store, keys: RunKeys, accounts: list[str]) -> Iterator[dict[str, Any]]:
    """The marks of all jobs that have ended well; of others they do not count."""
    ended: dict[str, bool] = {}
    for key in store.keys(f"{keys.prefix}marks/"):
        if key.split("/")[3] not in accounts:
            continue
        made = store.read_json(key)
        require_format(made, FORMAT, "marks")
        record_key = keys.job(made["event"], f"{made['job']}.json")
        if record_key not in ended:
            record = store.find_json(record_key)
            ended[record_key] = record is not None and record["error"] is None
        if ended[record_key]:
            yield made


def _lasting(store: Store, account: str, moment: datetime) -> Iterator[tuple[str, str]]:
    """Protections that outlast their run, as long as they hold."""
    value = store.find_json(protected_key(account))
    if value is None:
        return
    require_format(value, FORMAT, "protections")
    for name, by_job in value["resources"].items():
        for given in by_job.values():
            if from_text(given["until"]) > moment:
                yield name, given["reason"]
