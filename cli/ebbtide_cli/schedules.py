"""The next start of a schedule of EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ebbtide.config.schedules import next_of_cron, rate_of


def next_start(schedule: Mapping[str, Any], moment: datetime) -> datetime | None:
    """Return when a schedule fires next, as GetSchedule describes it; None if that is not known.

    A rate counts from the creation of the schedule.
    """
    expression = schedule["ScheduleExpression"]
    every = rate_of(expression)
    if every is None:
        zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
        return next_of_cron(expression, zone, moment)
    begin: datetime | None = schedule.get("StartDate") or schedule.get("CreationDate")
    if begin is None:
        return None
    passed = max((moment - begin) // every + 1, 0)
    try:
        return begin + passed * every
    except OverflowError:
        return None
