"""Count what the runs of the last day have deleted, and its prices, from their cleanups' states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ebbtide.base.clock import from_text
from ebbtide.model.resource import kind_of
from ebbtide.store.keys import RunKeys

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Graph id -> monthly price, None if it is unknown.
type _Prices = dict[str, float | None]


class Deletions(NamedTuple):
    """What was deleted: account -> kind -> number of resources, and the monthly price of each."""

    counts: Mapping[str, Counter[str]]
    prices: tuple[float | None, ...] = ()


NOTHING = Deletions({})


def deletions_since(bucket: Bucket, runs: Iterable[str], since: datetime) -> Deletions:
    """Count by account and kind what was deleted, or accepted for deletion, since a time.

    A run that was killed counts with all that it had begun, of which it noted no price. Only
    accounts in which a run planned something are read.
    """
    found: dict[str, _Prices] = defaultdict(dict)
    for run_id in runs:
        keys = RunKeys(run_id)
        summary = bucket.find_json(keys.plan_summary)
        for entry in summary["accounts"] if summary else ():
            if entry["planned"]:
                state = bucket.find_json(keys.cleanup(entry["account"], "state.json"))
                if state is not None and not state["dry_run"]:
                    _add(found[entry["account"]], _deleted(state, since))
    counts = {account: Counter(map(kind_of, names)) for account, names in found.items()}
    return Deletions(counts, tuple(one for prices in found.values() for one in prices.values()))


def _add(found: _Prices, prices: Iterable[tuple[str, float | None]]) -> None:
    """Add resources, each once; a price that another run knows stays known."""
    for name, monthly in prices:
        found[name] = found.get(name) if monthly is None else monthly


def _deleted(state: Mapping[str, Any], since: datetime) -> Iterable[tuple[str, float | None]]:
    """Yield what AWS has deleted, or agreed to delete, with an entry since a time, and its price.

    What an earlier run began counts there.
    """
    for name, progress in state["resources"].items():
        begun = progress["called"] or progress["status"] in ("deleting", "gone")
        at = progress.get("recorded_at") or state["started"]
        if begun and not progress.get("carried") and from_text(at) > since:
            yield name, (progress.get("saves") or {}).get("monthly")
