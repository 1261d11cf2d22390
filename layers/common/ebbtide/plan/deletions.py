"""Count what the runs of the last day have deleted, from the states of their cleanups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import from_text
from ebbtide.model.resource import kind_of
from ebbtide.store.keys import RunKeys

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# account -> kind -> number of resources
type Deletions = Mapping[str, Counter[str]]


def deletions_since(bucket: Bucket, runs: Iterable[str], since: datetime) -> Deletions:
    """Count by account and kind what was deleted, or accepted for deletion, since a time.

    A run that was killed counts with all that it had begun. Only accounts in which a run planned
    something are read.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for run_id in runs:
        keys = RunKeys(run_id)
        summary = bucket.find_json(keys.plan_summary)
        for entry in summary["accounts"] if summary else ():
            if entry["planned"]:
                state = bucket.find_json(keys.cleanup(entry["account"], "state.json"))
                if state is not None and not state["dry_run"]:
                    found[entry["account"]].update(_deleted(state, since))
    return {account: Counter(map(kind_of, names)) for account, names in found.items()}


def _deleted(state: Mapping[str, Any], since: datetime) -> Iterable[str]:
    """Yield the resources that AWS has deleted, or agreed to delete, with an entry since a time.

    What an earlier run began counts there.
    """
    for name, progress in state["resources"].items():
        begun = progress["called"] or progress["status"] in ("deleting", "gone")
        at = progress.get("recorded_at") or state["started"]
        if begun and not progress.get("carried") and from_text(at) > since:
            yield name
