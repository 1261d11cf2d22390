"""What the calendar lets a run begin of what it may carry out, as the summary of the plans says.

The summary names what begins today, and its hash binds the cleanup to it. Whether a window is open
is asked again by each tick; here it is only told, and shut resources get no place in a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text, optional_text, to_text
from ebbtide.config.calendar import CalendarConfig
from ebbtide.config.opening import Closed, closed
from ebbtide.plan.model import Planned
from ebbtide.plan.spreading import Allowance, batch_of, too_large

type Record = Mapping[str, Any]

# Reasons in one sentence before the rest is only counted.
MOST_REASONS = 3


def shut(
    calendar: CalendarConfig, account: str, at: datetime
) -> Callable[[Planned], Closed | None]:
    """Return what says whether the calendar is closed for a planned resource."""
    known: dict[str, Closed | None] = {}

    def of(entry: Planned) -> Closed | None:
        kind = entry.subject.kind
        if kind not in known:
            known[kind] = closed(calendar, at, account, kind)
        return known[kind]

    return of


def today_of(
    calendar: CalendarConfig,
    account: str,
    entries: Sequence[Planned],
    allowance: Allowance | None,
    at: datetime,
) -> dict[str, Any]:
    """Return what the summary says of what an account may carry out; `begins` None means all.

    `opens` is when the first of what is closed may begin, null if that is not within 400 days.
    """
    is_shut = shut(calendar, account, at)
    found = [why for entry in entries if (why := is_shut(entry)) is not None]
    opens = min((one.opens for one in found if one.opens is not None), default=None)
    record = {
        "closed": len(found),
        "opens": optional_text(opens),
        "reasons": sorted({one.words for one in found}),
        "begins": None,
        "waiting": 0,
        "too_large": 0,
    }
    if allowance is None:
        return record
    begins = batch_of(entries, allowance, lambda one: words_of(is_shut(one)))
    staying = {entry.subject.graph_id: entry for entry in entries}.keys() - set(begins)
    shut_names = {one.subject.graph_id for one in entries if is_shut(one) is not None}
    large = too_large(entries, allowance.per_day).keys() - shut_names
    waiting = len(staying - shut_names)
    return record | {"begins": list(begins), "waiting": waiting, "too_large": len(large)}


def words_of(why: Closed | None) -> str:
    return "" if why is None else why.words


def total_of(records: Iterable[Record], at: datetime) -> dict[str, Any]:
    """Return what the summary says of all accounts together."""
    found = list(records)
    opens = [one["opens"] for one in found if one["opens"]]
    counts = {name: sum(one[name] for one in found) for name in ("closed", "waiting", "too_large")}
    return {"at": to_text(at), **counts, "opens": min(opens, key=from_text, default=None)}


def begun_today(summary: Record, account: str, entries: Sequence[Planned]) -> tuple[Planned, ...]:
    """Return what the summary of a run lets begin of what may be carried out in an account."""
    record = _record(summary, account)
    begins = None if record is None else record["begins"]
    if begins is None:
        return tuple(entries)
    names = frozenset(begins)
    return tuple(entry for entry in entries if entry.subject.graph_id in names)


def notes(
    calendar: CalendarConfig, summary: Record, account: str, entries: Sequence[Planned]
) -> dict[str, str]:
    """Return by graph id why the calendar lets resources wait that may be carried out."""
    record = _record(summary, account)
    if record is None:
        return {}
    is_shut = shut(calendar, account, from_text(summary["calendar"]["at"]))
    found = {one.subject.graph_id: why.words for one in entries if (why := is_shut(one))}
    per_day = calendar.per_day
    if record["begins"] is None or per_day is None:
        return found
    begins, large = frozenset(record["begins"]), too_large(entries, per_day)
    for entry in entries:
        name = entry.subject.graph_id
        if name not in begins and name not in found:
            found[name] = _why(large.get(name), per_day)
    return found


def _why(size: int | None, per_day: int) -> str:
    if size is not None:
        return (
            f"never fits: {size} resources go together, and cleanup.calendar.per_day is {per_day}"
        )
    return f"waits for another day: cleanup.calendar.per_day is {per_day}"


def _record(summary: Record, account: str) -> Record | None:
    found = (
        one.get("calendar") for one in summary.get("accounts", ()) if one["account"] == account
    )
    return next(found, None)


def sentences(summary: Record) -> list[str]:
    """Say what the calendar keeps of the plans of a run, and until when; none without a calendar.

    The sentences have no full stop.
    """
    total, found = summary.get("calendar"), []
    if total is None:
        return []
    if total["closed"]:
        records = [one["calendar"] for one in summary["accounts"] if "calendar" in one]
        reasons = sorted({reason for one in records for reason in one["reasons"]})
        more = len(reasons) - MOST_REASONS
        shown = "; ".join(reasons[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")
        found.append(f"{_resources(total['closed'])} could not begin: {shown}")
    if total["waiting"]:
        text = f"{_resources(total['waiting'])} left for other days by cleanup.calendar.per_day"
        large = total["too_large"]
        found.append(text + (f"; {large:,} of these never fit into a day" if large else ""))
    return found


def _resources(number: int) -> str:
    return "1 planned resource" if number == 1 else f"{number:,} planned resources"
