"""Compare counts with the usual ones, and record when each slice was last read; pure.

A complete answer may still be wrong: a proxy returns an empty list, a token belongs to another
account, a service has an incident. So a collapsed count is believed only after several consecutive
runs have found it. Until then no missing resource counts as deleted or absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from ebbtide.base.clock import from_text
from ebbtide.config.model import CollectConfig, SuspicionConfig
from ebbtide.model.coverage import Coverage

type Known = Mapping[tuple[str, str], Coverage]


def weigh(
    coverage: Iterable[Coverage],
    previous: Known,
    options: CollectConfig,
    started: str,
    deleted: Mapping[tuple[str, str], int] | None = None,
) -> list[Coverage]:
    """Return the coverage with suspicion, usual counts, and the time of the last complete read.

    `previous` is the coverage of the last snapshot, and `deleted` the number of resources that
    Ebbtide itself has deleted since, both by region and kind.
    """
    gone = deleted or {}
    return [
        _weighed(entry, _expected(previous.get(key), gone.get(key, 0)), options, started)
        for entry in coverage
        for key in [(entry.region, entry.kind)]
    ]


def _expected(before: Coverage | None, deleted: int) -> Coverage | None:
    """Lower the usual count by Ebbtide's own deletions, which are no reason for suspicion."""
    if before is None or before.usual is None:
        return before
    return replace(before, usual=max(0, before.usual - deleted))


def _weighed(
    entry: Coverage, before: Coverage | None, options: CollectConfig, started: str
) -> Coverage:
    usual = before.usual if before else None
    low_runs = before.low_runs if before else 0
    read_at = before.read_at if before else None
    if entry.state in ("skipped", "locked"):
        # What is known of a locked region is carried over, and still counts.
        recent = _is_recent(read_at, options.empty_regions.trust, started)
        declared = entry.region in options.regions_without_resources
        return replace(
            entry,
            read_at=read_at if recent else None,
            usual=usual,
            low_runs=low_runs,
            declared_empty=entry.state == "locked" and declared,
        )
    # `unavailable` follows from a name that does not resolve, which may be a DNS failure. If the
    # slice had resources, several runs must confirm it, too.
    if entry.state not in ("complete", "unavailable"):
        return replace(entry, read_at=read_at, usual=usual, low_runs=low_runs)
    if not collapsed(usual, entry.count, options.suspicion) or low_runs >= options.suspicion.runs:
        return replace(entry, read_at=started, usual=entry.count)
    reason = (
        f"only {entry.count} instead of {usual}; believed if the next "
        f"{options.suspicion.runs - low_runs} complete runs confirm it"
    )
    return replace(
        entry, state="suspect", error=reason, read_at=read_at, usual=usual, low_runs=low_runs + 1
    )


def collapsed(usual: int | None, count: int, options: SuspicionConfig) -> bool:
    """Return whether a count is suspiciously lower than the last believed one."""
    if not usual or count >= usual:
        return False
    if count == 0:
        return True
    fallen = 100 * (usual - count) / usual
    return usual >= options.applies_from and fallen > options.share


def _is_recent(read_at: str | None, trust: timedelta, started: str) -> bool:
    return read_at is not None and from_text(started) - from_text(read_at) <= trust
