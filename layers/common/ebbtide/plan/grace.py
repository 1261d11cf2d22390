"""How long each rule and job with a grace has selected each resource, run after run; pure.

A wait is counted in complete readings of the resource, so that a run that is repeated, or that
plans on an old snapshot, does not count twice. Whatever is not known makes a wait longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Self

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.durations import describe
from ebbtide.config import Config
from ebbtide.graph.watching import JITTER, LONGEST_GAP, is_interrupted
from ebbtide.plan.model import Grace
from ebbtide.verdict.marks import RULE_PREFIX

_time = lru_cache(maxsize=1024)(from_text)

# Owners are told once more when a grace may end within this time: at the latest in the last run but
# one of a daily schedule.
SOON = LONGEST_GAP + JITTER


@dataclass(frozen=True, slots=True)
class Term:
    """How long the selections of a rule or job wait: a time, a number of runs, or both."""

    time: timedelta | None
    runs: int | None


@dataclass(frozen=True, slots=True)
class Sign:
    """What a resource is: a wait begins anew if `hash` differs or if it was used, `used`, later.

    `used` is the text of a time, or None if no use is known.
    """

    hash: str
    used: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of one resource: readings from `since` to `seen`, of which `runs` counted."""

    since: str
    seen: str
    runs: int
    sign: Sign

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a stored wait. Raises KeyError, TypeError or ValueError if it is none."""
        since, seen, runs = value["since"], value["seen"], value["runs"]
        if _time(since) > _time(seen) or type(runs) is not int or runs < 1:
            raise ValueError("a wait ends before it begins, or counts no run")
        return cls(since, seen, runs, Sign(value["sign"], value["used"]))

    def to_json(self) -> dict[str, Any]:
        sign = {"sign": self.sign.hash, "used": self.sign.used}
        return {"since": self.since, "seen": self.seen, "runs": self.runs, **sign}

    @property
    def lasted(self) -> timedelta:
        return _time(self.seen) - _time(self.since)

    def is_over(self, term: Term) -> bool:
        """Return whether it has lasted long enough."""
        enough = term.time is None or self.lasted >= term.time
        return enough and (term.runs is None or self.runs >= term.runs)

    def earliest(self, term: Term) -> timedelta:
        """Return how long after `seen` it can end at the earliest, if runs go on as before."""
        left = timedelta() if term.time is None else term.time - self.lasted
        if term.runs is not None and self.runs > 1:
            pace = self.lasted / (self.runs - 1)
            left = max(left, pace * (term.runs - self.runs))
        return max(left, timedelta())

    def told(self, term: Term) -> Grace:
        """Return what the plan says about it."""
        return Grace(
            self.since,
            "" if term.time is None else to_text(_time(self.since) + term.time),
            self.runs,
            term.runs or 0,
            self._ends_soon(term),
        )

    def _ends_soon(self, term: Term) -> bool:
        # The first run does not know how fast runs follow each other; owners hear of it anyway.
        is_unknown = self.runs == 1 and term.runs is not None and term.runs > 2
        return not is_unknown and self.earliest(term) <= SOON


# Graph id -> rule or job, by its name in plans -> its wait.
type Waits = Mapping[str, Mapping[str, Wait]]

NO_WAITS: Waits = MappingProxyType({})


def terms(config: Config) -> dict[str, Term]:
    """Return how long the selections of each rule and job wait, by its name in plans.

    Those that do not wait are left out.
    """
    found = {
        rule.name: Term(options.grace, options.grace_runs)
        for rule, options in config.rules.every()
        if options.enabled
    }
    for job in config.jobs:
        if job.action.clean is not None:
            clean = job.action.clean
            found[f"{RULE_PREFIX}{job.name}"] = Term(clean.grace, clean.grace_runs)
    return {name: term for name, term in found.items() if term != Term(None, None)}


def continued(before: Wait | None, reading: str, sign: Sign, now: datetime) -> Wait:
    """Return a wait after a run that selected the resource as it was read, completely, last.

    It begins with that reading if there was none, if the resource has changed or was used, or if
    nobody looked for too long.
    """
    started = Wait(reading, reading, 1, sign)
    if before is None or _has_changed(before.sign, sign) or is_missed(before, now):
        return started
    kept = replace(before, sign=Sign(sign.hash, sign.used or before.sign.used))
    if _time(reading) <= _time(before.seen):
        return kept
    return replace(kept, seen=reading, runs=before.runs + 1)


def _has_changed(before: Sign, after: Sign) -> bool:
    # A use that is no longer told has not happened again.
    return before.hash != after.hash or (after.used is not None and after.used != before.used)


def is_missed(wait: Wait, now: datetime) -> bool:
    """Return whether too much time has passed since a reading that counted."""
    return is_interrupted(wait.seen, to_text(now))


def limited(before: Wait | None, after: Wait) -> Wait:
    """Return what a run says that does not count, because it does not cover everything."""
    if before is None or before.since != after.since:
        return after
    return replace(after, seen=before.seen, runs=before.runs)


def shortest(waits: Iterable[tuple[Wait, Term]]) -> Grace:
    """Return what the plan says about a resource for which several rules wait."""
    wait, term = min(waits, key=lambda one: (one[0].earliest(one[1]), one[0].since, one[0].runs))
    return wait.told(term)


def words(grace: Grace) -> str:
    """Say how long a resource has waited, and what is left."""
    left = []
    if grace.ends:
        left.append(f"grace ends at {grace.ends}")
    if grace.wanted:
        left.append(f"run {grace.runs} of {grace.wanted}")
    return f"since {grace.since}; {', '.join(left)}"


def described(term: Term) -> str:
    """Return a grace in words, such as "7d and 3 runs"."""
    parts = [] if term.time is None else [describe(term.time)]
    parts += [] if term.runs is None else [f"{term.runs} runs"]
    return " and ".join(parts)
