"""Whether a deletion may begin at a moment, by the calendar; pure, and right when clocks change.

Hours follow the clock on the wall: an hour that occurs twice is open twice. A freeze begins when
the clock first shows its start, and ends when it has shown its end for the last time.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ebbtide.base.clock import to_text
from ebbtide.config.calendar import (
    DAYS,
    MIDNIGHT,
    CalendarConfig,
    Freeze,
    Hours,
    minute,
    wall,
)
from ebbtide.kinds import concrete_kinds

# How far ahead an opening is looked for: a year, and what may be frozen around it.
HORIZON = timedelta(days=400)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
# The hours return every week; a change of the clocks may delay them by a day.
_WEEK = 8


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nothing may begin at a moment, and when that next changes; None: not within HORIZON."""

    reason: str
    opens: datetime | None

    @property
    def words(self) -> str:
        until = "for more than a year" if self.opens is None else f"until {to_text(self.opens)}"
        return f"closed {until}: {self.reason}"


def closed(calendar: CalendarConfig, at: datetime, account: str, kind: str) -> Closed | None:
    """Return why no deletion of a kind may begin in an account at a moment; None if one may."""
    reason, moment = "", at
    while moment <= at + HORIZON:
        found = _closed_at(calendar, moment, account, kind)
        if found is None:
            return Closed(reason, moment) if reason else None
        reason, moment = reason or found[0], found[1]
    return Closed(reason, None)


def never_opens(calendar: CalendarConfig, at: datetime) -> bool:
    """Return whether the calendar is closed for all accounts and kinds up to HORIZON."""
    everywhere = [one for one in calendar.freeze if not one.accounts and not one.kinds]
    found = closed(calendar.model_copy(update={"freeze": tuple(everywhere)}), at, "", "")
    return found is not None and found.opens is None


def _closed_at(
    calendar: CalendarConfig, at: datetime, account: str, kind: str
) -> tuple[str, datetime] | None:
    """Return what is in the way at a moment, and when that ends."""
    zone = calendar.zone
    for freeze in calendar.freeze:
        end = _ends(freeze, at, zone) if _is_about(freeze, account, kind) else None
        if end is not None:
            return f"frozen, {freeze.reason}", end
    if calendar.hours and not _is_open(calendar.hours, at, zone):
        return "outside the hours of deletions", _next_hours(calendar.hours, at, zone)
    return None


def _is_about(freeze: Freeze, account: str, kind: str) -> bool:
    if freeze.accounts and account not in freeze.accounts:
        return False
    return not freeze.kinds or kind in concrete_kinds(freeze.kinds)


def _ends(freeze: Freeze, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the freeze ends in which a moment is; None if it is in none."""
    for start, end in _occurrences(freeze, at.astimezone(zone).date()):
        if _first(zone, start) <= at:
            last = _last(zone, end)
            if at < last:
                return last
    return None


def _occurrences(freeze: Freeze, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the freezes around a day, as times that clocks show."""
    first = datetime.fromisoformat(freeze.start).date()
    match freeze.every:
        case None:
            yield wall(freeze.start), wall(freeze.until, end=True)
            return
        case "year":
            near = day.year - first.year
        case "month":
            near = 12 * (day.year - first.year) + day.month - first.month
        case "week":
            near = (day - first).days // 7
    for number in range(max(0, near - 1), near + 2):
        start = _later(freeze.start, freeze.every, number)
        end = _later(freeze.until, freeze.every, number, end=True)
        # A shorter month may leave nothing of it; then the day counts as a whole.
        yield start, end if end > start else datetime.combine(start.date() + _DAY, MIDNIGHT)


def _later(text: str, every: str, number: int, *, end: bool = False) -> datetime:
    moment = datetime.fromisoformat(text)
    if every == "week":
        moved = moment + timedelta(weeks=number)
    else:
        months = 12 * moment.year + moment.month - 1 + number * (12 if every == "year" else 1)
        year, month = divmod(months, 12)
        day = min(moment.day, monthrange(year, month + 1)[1])
        moved = moment.replace(year=year, month=month + 1, day=day)
    return wall(text, end=end) - moment + moved


def _first(zone: ZoneInfo, shown: datetime) -> datetime:
    """Return when the clock first shows a time, or something later."""
    moment = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if _shown(zone, moment) == shown else _skipped(zone, shown)


def _last(zone: ZoneInfo, shown: datetime) -> datetime:
    """Return when the clock shows a time for the last time, or something later."""
    moment = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return moment if _shown(zone, moment) == shown else _skipped(zone, shown)


def _shown(zone: ZoneInfo, moment: datetime) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _skipped(zone: ZoneInfo, shown: datetime) -> datetime:
    """Return when the clocks went forward over a time that they never showed."""
    before, after = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    return _change(zone, before, after)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second with the offset of `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _is_open(hours: tuple[Hours, ...], at: datetime, zone: ZoneInfo) -> bool:
    shown = _shown(zone, at)
    now = 60 * shown.hour + shown.minute
    return any(_covers(one, shown.weekday(), now) for one in hours)


def _covers(hours: Hours, weekday: int, now: int) -> bool:
    start, until = minute(hours.start), minute(hours.until)
    if until > start:
        return _is_on(hours, weekday) and start <= now < until
    return (_is_on(hours, weekday) and now >= start) or (
        _is_on(hours, (weekday - 1) % 7) and now < until
    )


def _is_on(hours: Hours, weekday: int) -> bool:
    return not hours.days or DAYS[weekday] in hours.days


def _next_hours(hours: tuple[Hours, ...], at: datetime, zone: ZoneInfo) -> datetime:
    """Return the next moment at which one of the hours begins, or the clocks change into them."""
    found = [
        moment
        for moment in (*_beginnings(hours, at, zone), *_changes(zone, at))
        if moment > at and _is_open(hours, moment, zone)
    ]
    # Nothing opens within a week only around a change of the clocks; then look again from there.
    return min(found, default=at + _WEEK * _DAY)


def _beginnings(hours: tuple[Hours, ...], at: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    today = at.astimezone(zone).date()
    for number in range(-1, _WEEK + 1):
        midnight = datetime.combine(today + number * _DAY, MIDNIGHT)
        for one in hours:
            shown = midnight + timedelta(minutes=minute(one.start))
            yield shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
            yield shown.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _changes(zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """Yield when the clocks change in the week after a moment."""
    for number in range(_WEEK):
        before = (at + number * _DAY).replace(microsecond=0)
        after = before + _DAY
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _change(zone, before, after)
