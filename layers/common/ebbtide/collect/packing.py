"""Packs an account's slices into tasks that each take a few minutes; pure.

A slice is expected to take the sum of its kinds' call times in the last run, divided by the number
of parallel calls. An account that fits is one task. Otherwise its slices are packed into as few
tasks as possible, and a slice that exceeds the target on its own is split by kind.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ebbtide.config.scope import root_of, services_of
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage

# The number of kinds that share a task if the last run did not get to them.
NEVER_BEGUN = 50


@dataclass(frozen=True, slots=True)
class TaskScope:
    """Some regions, or some kinds of one region; `kinds` is None for all kinds."""

    regions: tuple[str, ...]
    kinds: tuple[str, ...] | None = None


def slice_seconds(coverage: Iterable[Coverage], threads: int, target: float) -> dict[str, float]:
    """Estimate how many seconds each region of an account takes, from the last run's coverage.

    A kind that ran out of time counts as longer than the target, so it gets a task of its own.
    """
    found: dict[str, float] = {}
    for entry in coverage:
        found[entry.region] = found.get(entry.region, 0.0) + _seconds(entry, threads, target)
    return found


def _seconds(entry: Coverage, threads: int, target: float) -> float:
    seconds = entry.seconds / threads
    if entry.state != "timed_out":
        return seconds
    if not seconds:
        # The last run ended before it began this kind, so its duration is unknown.
        return target / NEVER_BEGUN
    # Just above the target, so that no other kind fits into the same task.
    return max(seconds, math.nextafter(target, math.inf))


def pack(
    regions: Sequence[str], coverage: Iterable[Coverage], threads: int, target: float
) -> list[TaskScope]:
    """Split an account into parts that take no more than `target` seconds each, where possible.

    Each region is in exactly one part. If a region is split, each of its kinds is.
    """
    coverage = list(coverage)
    seconds = slice_seconds(coverage, threads, target)
    if sum(seconds.get(region, 0.0) for region in regions) <= target:
        return [TaskScope(tuple(regions))]
    long = [region for region in regions if seconds.get(region, 0.0) > target]
    short = {region: seconds.get(region, 0.0) for region in regions if region not in long}
    parts = [TaskScope(tuple(found)) for found in _bins(short, target)]
    for region in long:
        entries = [entry for entry in coverage if entry.region == region]
        parts += _cut(region, entries, threads, target)
    return parts


def shares(parts: Iterable[TaskScope]) -> list[dict[str, int]]:
    """Return for each part: service -> how many parts of the same region call it, if several do.

    Parts are read in parallel, and AWS applies a service's rate limit to all of them together.
    """
    parts = list(parts)
    services = [services_of(part.kinds or ()) for part in parts]
    callers = Counter(
        (region, service)
        for part, called in zip(parts, services, strict=True)
        for region in part.regions
        for service in called
    )
    return [
        {
            service: most
            for service in sorted(called)
            if (most := max(callers[region, service] for region in part.regions)) > 1
        }
        for part, called in zip(parts, services, strict=True)
    ]


def _cut(region: str, coverage: list[Coverage], threads: int, target: float) -> list[TaskScope]:
    """Split one region by kind; kinds without timings fit into any part that has room."""
    roots: dict[str, float] = {
        name: 0.0 for name, kind in sorted(registry().items()) if kind.each is None
    }
    for entry in coverage:
        kind = registry().get(entry.kind)
        if kind is not None:
            roots[root_of(kind).name] += _seconds(entry, threads, target)
    return [TaskScope((region,), tuple(sorted(found))) for found in _bins(roots, target)]


def _bins(seconds: Mapping[str, float], target: float) -> list[list[str]]:
    """Pack first-fit decreasing, which needs at most about 11/9 of the minimum number of bins."""
    bins: list[tuple[float, list[str]]] = []
    for name, length in sorted(seconds.items(), key=lambda entry: (-entry[1], entry[0])):
        for position, (filled, names) in enumerate(bins):
            if filled + length <= target:
                bins[position] = (filled + length, [*names, name])
                break
        else:
            bins.append((length, [name]))
    return [names for _, names in bins]
