"""Note how long each resource has been watched, and since when what it names is absent; pure.

Ages that are derived from snapshots count only the time between complete readings. What happened
while nobody looked is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from ebbtide.base.clock import from_text, to_text
from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL

type States = Mapping[tuple[str, str], Coverage]

# After a longer gap between two complete readings, watching starts again.
LONGEST_GAP = timedelta(hours=24)
# Two starts of a daily schedule are not exactly a day apart.
JITTER = timedelta(minutes=15)

_time = lru_cache(maxsize=1024)(from_text)


@dataclass(frozen=True, slots=True)
class Naming:
    """A reference that leads to nothing: the graph id of its resource, the kind and the value."""

    source: str
    kind: str
    value: str


def is_interrupted(earlier: str, started: str) -> bool:
    """Return whether too much time has passed between two readings to conclude anything."""
    return _time(started) - _time(earlier) > LONGEST_GAP + JITTER


def note_watching(
    lines: Iterable[ResourceLine],
    previous: Mapping[str, ResourceLine],
    states: States,
    started: str,
    *,
    missed: bool = False,
) -> None:
    """Set `watched_since`, `watched_until` and `unchanged_since` on each line that was read.

    The time between two complete readings counts as watched. If a reading between them was not
    complete, or was `missed`, the time neither counts nor starts again, unless it is too long.
    """
    for line in lines:
        if line["stale_since"] is not None:
            continue  # carried over, with all that was noted before
        before = previous.get(line["graph_id"])
        entry = states.get((line["region"], line["kind"]))
        complete = entry is not None and entry.state == "complete" and not line.get("unread")
        if before is None or "watched_until" not in before:
            if complete:
                _start(line, started)
        else:
            _continue(line, before, started, complete=complete, missed=missed)


def _start(line: ResourceLine, started: str) -> None:
    line["watched_since"] = line["watched_until"] = line["unchanged_since"] = started


def _continue(
    line: ResourceLine, before: ResourceLine, started: str, *, complete: bool, missed: bool
) -> None:
    until = before["watched_until"]
    if complete and is_interrupted(until, started):
        _start(line, started)
        return
    since, unchanged = before["watched_since"], before["unchanged_since"]
    if complete:
        # The last snapshot's reading was complete if it is the one until which it was watched.
        seamless = not missed and before["stale_since"] is None and before["last_seen"] == until
        if not seamless:
            gap = _time(started) - _time(until)
            since, unchanged = _later(since, gap, started), _later(unchanged, gap, started)
        until = started
    if line["updated"] == started:
        unchanged = started
    line["watched_since"], line["watched_until"], line["unchanged_since"] = since, until, unchanged


def _later(moment: str, gap: timedelta, latest: str) -> str:
    shifted: datetime = min(_time(moment) + gap, _time(latest))
    return to_text(shifted)


def note_absences(
    lines: Mapping[str, ResourceLine],
    previous: Mapping[str, ResourceLine],
    dangling: Iterable[Naming],
    states: States,
    started: str,
) -> None:
    """Set `dangling` on lines that name what is not there: kind -> value -> since when.

    The time is the start of the first run that read both the resource and the kind that it names
    completely, and found the name and the absence. A later run may not be able to read the kind.
    """
    for one in dangling:
        line = lines[one.source]
        if line["stale_since"] is not None:
            continue
        before = previous.get(one.source)
        known = before.get("dangling", {}).get(one.kind, {}).get(one.value) if before else None
        since = known or (started if _is_absent(line, one.kind, states) else None)
        if since is not None:
            line.setdefault("dangling", {}).setdefault(one.kind, {})[one.value] = since


def _is_absent(line: ResourceLine, kind: str, states: States) -> bool:
    """Return whether a kind was read completely where this resource would find it."""
    if line.get("unread"):
        return False
    own = states.get((line["region"], line["kind"]))
    found = [states.get((region, kind)) for region in (line["region"], GLOBAL)]
    read = [entry for entry in found if entry is not None]
    return (
        own is not None
        and own.state == "complete"
        and bool(read)
        and all(entry.proves_absence for entry in read)
    )
