"""Compares what was counted with what is usual, and remembers when a slice was read last; pure.

A complete answer may still be wrong: a proxy that answers with nothing, a token of the wrong
account, a service in trouble. So a count that collapses is not believed until several runs in a row
have found it; meanwhile nothing that is missing counts as deleted, or as absent.
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
    """The coverage with suspicion, usual counts, and the time of the last complete reading.

    `previous` is the coverage of the last snapshot by region and kind, `deleted` how many of each
    Ebbtide itself has deleted since.
    """
    gone = deleted or {}
    return [
        _weighed(entry, _expected(previous.get(key), gone.get(key, 0)), options, started)
        for entry in coverage
        for key in [(entry.region, entry.kind)]
    ]


def _expected(before: Coverage | None, deleted: int) -> Coverage | None:
    if before is None or before.usual is None:
        return before
    return replace(before, usual=max(0, before.usual - deleted))


def _weighed(
    entry: Coverage, before: Coverage | None, options: CollectConfig, started: str
) -> Coverage:
    usual = before.usual if before else None
    low_runs = before.low_runs if before else 0
    read_at = before.read_at if before else None
    if entry.state == "skipped":
        recent = _is_recent(read_at, options.empty_regions.trust, started)
        return replace(entry, read_at=read_at if recent else None, usual=usual, low_runs=low_runs)
    # That a service is not in a region is found out by a name that does not resolve, which may be
    # wrong as well: where something is known, it has to be found out several times, too.
    if entry.state not in ("complete", "unavailable"):
        return replace(entry, read_at=read_at, usual=usual, low_runs=low_runs)
    if not collapsed(usual, entry.count, options.suspicion) or low_runs >= options.suspicion.runs:
        return replace(entry, read_at=started, usual=entry.count)
    reason = (
        f"only {entry.count} instead of {usual}; believed if the next "
        f"{options.suspicion.runs - low_runs} complete runs find it, too"
    )
    return replace(
        entry, state="suspect", error=reason, read_at=read_at, usual=usual, low_runs=low_runs + 1
    )


def collapsed(usual: int | None, count: int, options: SuspicionConfig) -> bool:
    """Whether a count is suspiciously lower than the one that was last believed."""
    if not usual or count >= usual:
        return False
    if count == 0:
        return True
    fallen = 100 * (usual - count) / usual
    return usual >= options.applies_from and fallen > options.share


def _is_recent(read_at: str | None, trust: timedelta, started: str) -> bool:
    return read_at is not None and from_text(started) - from_text(read_at) <= trust
