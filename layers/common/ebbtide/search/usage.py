"""Summarize the use of resources in a span of time, from the CloudWatch values of the collection.

A day counts if any part of it is in the span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ebbtide.base.durations import moment_of
from ebbtide.language.syntax import Usage

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, and the metrics to summarize."""

    start: datetime
    end: datetime
    metrics: frozenset[str]


def span_of(usage: Usage, now: datetime) -> Span:
    """Return the span of a `with_usage`; a duration means that long before `now`."""
    end = now if usage.end is None else moment_of(usage.end, now)
    return Span(moment_of(usage.start, now), end, frozenset(usage.metrics))


def usage_of(properties: Mapping[str, Any], span: Span | None) -> dict[str, dict[str, float]]:
    """Return min, avg and max of the daily values by metric; without a span, of all days.

    A property `usage` of another form comes from AWS's own answer, and is ignored.
    """
    series = properties.get("usage")
    if not isinstance(series, Mapping):
        return {}
    found = {}
    for metric, days in series.items():
        if not isinstance(days, Mapping) or (span is not None and metric not in span.metrics):
            continue
        values = [
            value
            for day, value in days.items()
            if type(value) in (int, float) and (span is None or _is_within(day, span))
        ]
        if values:
            average = sum(values) / len(values)
            found[metric] = {"min": min(values), "avg": average, "max": max(values)}
    return found


def _is_within(day: str, span: Span) -> bool:
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return False
    # start + DAY would overflow on the last day of the year 9999.
    return start < span.end and start > span.start - DAY
