"""The next start of a schedule of EventBridge Scheduler.

The forms are those of the user guide of EventBridge Scheduler, "Schedule types".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = 6


def next_start(schedule: Mapping[str, Any], moment: datetime) -> datetime | None:
    """Return when a schedule fires next, as GetSchedule describes it; None if that is not known.

    A rate counts from the creation of the schedule.
    """
    expression = schedule["ScheduleExpression"]
    if found := _RATE.fullmatch(expression):
        every = timedelta(**{f"{found[2]}s": int(found[1])})
        begin: datetime | None = schedule.get("StartDate") or schedule.get("CreationDate")
        if begin is None or not every:
            return None
        passed = max((moment - begin) // every + 1, 0)
        return begin + passed * every
    if found := _CRON.fullmatch(expression):
        zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
        return _next_of_cron(found[1].split(), zone, moment)
    return None


def _next_of_cron(fields: list[str], zone: ZoneInfo, moment: datetime) -> datetime | None:
    from cronsim import CronSim, CronSimError

    if len(fields) != _FIELDS or fields[5] not in ("*", "?"):
        return None
    minute, hour, day, month, weekday, _ = fields
    text = f"{minute} {hour} {_any(day)} {month} {_weekdays(weekday)}"
    try:
        local = next(CronSim(text, moment.astimezone(zone).replace(tzinfo=None)), None)
    except CronSimError:
        return None
    return None if local is None else local.replace(tzinfo=zone).astimezone(UTC)


def _any(field: str) -> str:
    return "*" if field == "?" else field


def _weekdays(field: str) -> str:
    """Return the days of the week with names: AWS counts from 1 for Sunday, cron from 0."""
    return re.sub(r"(?<![#/\d])[1-7]", lambda found: _DAYS[int(found[0]) - 1], _any(field))
