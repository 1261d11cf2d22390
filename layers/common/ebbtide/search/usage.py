"""How much resources were used in a span of time, from what CloudWatch said when they were read.

A day counts if any of it lies in the span.
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
    """From a time, until another; of these metrics."""

    start: datetime
    end: datetime
    metrics: frozenset[str]


def span_of(usage: Usage, now: datetime) -> Span:
    """The span that `with_usage` means; a duration is so long ago."""
    end = now if usage.end is None else moment_of(usage.end, now)
    return Span(moment_of(usage.start, now), end, frozenset(usage.metrics))


def usage_of(properties: Mapping[str, Any], span: Span | None) -> dict[str, dict[str, float]]:
    """Least, mean and greatest daily value by metric; without a span, of all days.

    Whatever else AWS itself may call usage is none.
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
    # Not start + DAY, which the last day of all does not have.
    return start < span.end and start > span.start - DAY
