"""Count what the runs of the last day have deleted, and its prices, from their cleanups' states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ebbtide.base.clock import from_text
from ebbtide.config.calendar import CalendarConfig
from ebbtide.model.resource import kind_of
from ebbtide.plan.spreading import Allowance
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
    for account, state in _states(bucket, runs):
        _add(found[account], _deleted(state, since))
    counts = {account: Counter(map(kind_of, names)) for account, names in found.items()}
    return Deletions(counts, tuple(one for prices in found.values() for one in prices.values()))


def _states(bucket: Bucket, runs: Iterable[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the accounts in which runs may have deleted something, with the stored states."""
    for run_id in runs:
        keys = RunKeys(run_id)
        summary = bucket.find_json(keys.plan_summary)
        for entry in summary["accounts"] if summary else ():
            if entry["planned"]:
                state = bucket.find_json(keys.cleanup(entry["account"], "state.json"))
                if state is not None and not state["dry_run"]:
                    yield entry["account"], state


def allowances(
    bucket: Bucket, runs: Iterable[str], calendar: CalendarConfig, at: datetime
) -> Callable[[str], Allowance]:
    """Return how many more resources may begin in an account on the day of a moment.

    The state of a run has the time at which each began before any call is made for it, so what a
    killed run had begun counts. What was gone and begins again under the same id counts again.
    """
    per_day = calendar.per_day or 0
    tried: dict[str, Counter[str]] = defaultdict(Counter)
    begun: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for account, state in _states(bucket, runs):
        for name, progress in state["resources"].items():
            tried[account][name] += progress["status"] in ("skipped", "failed")
            since = progress.get("begun")
            if since and calendar.day_of(from_text(since)) == calendar.day_of(at):
                ones = begun[account][name]
                if ones.get(since) != "gone":
                    ones[since] = progress["status"]

    def of(account: str) -> Allowance:
        count, there = _begun(begun[account])
        return Allowance(per_day, max(0, per_day - count), there, tried[account])

    return of


def _begun(begun: Mapping[str, Mapping[str, str]]) -> tuple[int, frozenset[str]]:
    """Return how many resources have begun, each with its times and statuses, and which stay."""
    count, there = 0, set()
    for name, ones in begun.items():
        *earlier, last = (ones[at] for at in sorted(ones))
        count += 1 + earlier.count("gone")
        if last != "gone":
            there.add(name)
    return count, frozenset(there)


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
