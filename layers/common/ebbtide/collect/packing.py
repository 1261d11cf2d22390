"""Cuts an account's slices into tasks that each take a few minutes; pure.

What a slice takes is what its kinds' calls took last time, added up and divided by the calls that
are made side by side. An account that fits is one task; else its slices are joined into as few
tasks as possible, and a slice that is too long by itself is cut by kinds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ebbtide.config.scope import root_of, services_of
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage

# So many kinds that were never begun are put into one task.
NEVER_BEGUN = 50


@dataclass(frozen=True, slots=True)
class TaskScope:
    """Some regions, or some kinds of one region; kinds None means all."""

    regions: tuple[str, ...]
    kinds: tuple[str, ...] | None = None


def slice_seconds(coverage: Iterable[Coverage], threads: int, target: float) -> dict[str, float]:
    """How long each region of an account takes, by what was read last time.

    A kind that ran out of time takes a task of its own.
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
        # It was never begun, so that nothing is known of it but that there was no time.
        return target / NEVER_BEGUN
    # More than the target, so that not even what takes no time is put beside it.
    return max(seconds, math.nextafter(target, math.inf))


def pack(
    regions: Sequence[str], coverage: Iterable[Coverage], threads: int, target: float
) -> list[TaskScope]:
    """The parts of an account, each as long as the target or shorter where that is possible.

    Every region, and in a region that is cut every kind, is in exactly one part.
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
    """For each part, the services that other parts of the same region call, too, and how many do.

    Parts are read side by side, and a service's rate is meant for all of them together.
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
    """Parts of one region by kinds; what nothing is known of fits into any that has room."""
    roots: dict[str, float] = {
        name: 0.0 for name, kind in sorted(registry().items()) if kind.each is None
    }
    for entry in coverage:
        kind = registry().get(entry.kind)
        if kind is not None:
            roots[root_of(kind).name] += _seconds(entry, threads, target)
    return [TaskScope((region,), tuple(sorted(found))) for found in _bins(roots, target)]


def _bins(seconds: Mapping[str, float], target: float) -> list[list[str]]:
    """First fit, the longest first: at most 11/9 of the fewest bins, and never one twice."""
    bins: list[tuple[float, list[str]]] = []
    for name, length in sorted(seconds.items(), key=lambda entry: (-entry[1], entry[0])):
        for position, (filled, names) in enumerate(bins):
            if filled + length <= target:
                bins[position] = (filled + length, [*names, name])
                break
        else:
            bins.append((length, [name]))
    return [names for _, names in bins]
