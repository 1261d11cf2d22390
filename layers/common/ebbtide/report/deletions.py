"""What cleanups did to resources, from the ledgers of any number of runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.cleanup.state import FINAL
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable

type Entry = dict[str, Any]

ENDINGS = tuple(sorted(FINAL))


@dataclass(frozen=True, slots=True)
class Deletion:
    """How the cleanup of a resource ended in one run, and which rule asked for it, and why."""

    at: str
    run_id: str
    account: str
    region: str
    kind: str
    id: str
    ending: str
    rules: tuple[str, ...]
    selected_because: str
    reason: str
    arn: str | None
    graph_id: str
    dry_run: bool
    # What it cost a month, in USD, and its owner; None if unknown, and in older ledgers.
    monthly: float | None = None
    owner: str | None = None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Deletion:
        account, region, kind, id = entry["graph_id"].split("/", 3)
        return cls(
            at=entry["at"],
            run_id=entry["run_id"],
            account=account,
            region=region,
            kind=kind,
            id=id,
            ending=entry["event"],
            rules=tuple(entry["rules"]),
            selected_because=entry["selected_because"],
            reason=entry.get("reason", ""),
            arn=entry["arn"],
            graph_id=entry["graph_id"],
            dry_run=entry["dry_run"],
            monthly=entry.get("monthly"),
            owner=entry.get("owner"),
        )


def cleaned_accounts(store: Readable, run_id: str) -> list[str]:
    """Return the accounts in which a run cleaned up, whether or not the cleanup has ended."""
    prefix = f"{RunKeys(run_id).prefix}cleanup/"
    return sorted(store.folders(prefix))


def ledger(store: Readable, run_id: str, account: str) -> Iterator[Entry]:
    """Yield the entries of a cleanup's ledger in order, also while it has not ended."""
    keys = RunKeys(run_id)
    whole = keys.cleanup(account, "ledger.jsonl")
    state = store.find_json(keys.cleanup(account, "state.json"))
    try:
        text = store.read_text(whole)
    except MissingError:
        text = ""
    entries = [json.loads(line) for line in text.splitlines()]
    yield from entries
    if state is None:
        return
    # The state is ahead of the whole ledger while a turn is under way.
    seen = len(entries)
    yield from _in_segments(store, keys, account, seen, state.get("in_segments", 0))
    yield from (entry for entry in state.get("ledger", ()) if entry["seq"] > seen)


def _in_segments(
    store: Readable, keys: RunKeys, account: str, seen: int, count: int
) -> Iterator[Entry]:
    if seen >= count:
        return
    for key in store.keys(keys.cleanup(account, "ledger/")):
        for line in store.read_text(key).splitlines():
            entry = json.loads(line)
            if entry["seq"] > seen:
                yield entry


def deletions_of(store: Readable, run_id: str, account: str) -> Iterator[Deletion]:
    """Yield how each resource of a cleanup ended, in the order in which they did."""
    for entry in ledger(store, run_id, account):
        if entry["event"] in FINAL or entry["event"] == "pending":
            yield Deletion.of(entry)
