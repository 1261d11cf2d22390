"""Selects the jobs of a run: all jobs at its events, those with a cron only when they are due.

When a cron time passes, the job is armed. Its record in a later run uses up that time, and all
others up to the start of that run. A new job, or one with a new cron, counts from the start of the
first run that sees it; earlier times do not count.

A job that runs once is armed until a run has carried it out. If it changes, it is a new one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.config import Config, Job
from ebbtide.config.jobs import PROTECT_UNTIL
from ebbtide.deployment.events import HOOKABLE_EVENTS, events_of, is_after
from ebbtide.store.formats import require_format
from ebbtide.store.keys import SCHEDULE

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Stored

FORMAT = 1
# Attempts at a compare and swap before giving up.
ROUNDS = 5

# No time zone has ever changed its clocks by more at once.
_LARGEST_SHIFT = timedelta(hours=2)
# Up to when a job has run that runs once and has not run yet.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

type Entries = dict[str, dict[str, str]]


def due_jobs(
    bucket: Bucket, config: Config, steps: Collection[str], started: datetime
) -> dict[str, tuple[str, ...]]:
    """Return the names of the jobs to run by event, in the order of the configuration.

    `steps` are those of the run. Jobs that protect are named even if a run that deletes lacks their
    event. They never run then, and without their record nothing is deleted. Repeated calls for the
    same run return the same answer until one of the jobs has ended. Raises ConflictError if others
    keep changing the schedule.
    """
    entries = _renewed(bucket, config, started)
    due = [job for job in config.jobs if _is_due(job, entries, steps, started)]
    found = {
        event: tuple(job.name for job in due if job.event == event) for event in HOOKABLE_EVENTS
    }
    known = events_of(steps)
    return {event: names for event, names in found.items() if names or event in known}


def _is_wanted(job: Job, steps: Collection[str]) -> bool:
    """Return whether a run of these steps needs the result of a job."""
    if job.action.clean is not None and "cleanup_plan" not in steps:
        return False
    if job.event in events_of(steps):
        return True
    keeps = job.action.protect is not None and not is_after(job.event, PROTECT_UNTIL)
    return keeps and "cleanup" in steps


def _is_due(job: Job, entries: Entries, steps: Collection[str], started: datetime) -> bool:
    if not job.active or not _is_wanted(job, steps):
        return False
    if job.until is not None and started > job.until:
        return False
    if not is_scheduled(job):
        return True
    used = from_text(entries[job.name]["used_until"])
    if job.cron is None:
        return used == _NEVER
    return comes_true(job.cron, job.timezone, used, started)


def comes_true(cron: str, timezone: str, after: datetime, until: datetime) -> bool:
    """Return whether a cron expression names a moment with after < moment <= until.

    A time that is skipped when the clocks go forward happens right after the change. A time that
    occurs twice counts once, the first time.
    """
    zone = ZoneInfo(timezone)
    begin = after.astimezone(zone).replace(tzinfo=None) - _LARGEST_SHIFT
    moments = CronSim(cron, begin)
    moment = after
    while moment <= after:
        local: datetime | None = next(moments, None)
        # The expression names no day within the next 50 years.
        if local is None:
            return False
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment <= until


def use_up(bucket: Bucket, job: Job, started: datetime) -> None:
    """Record that a job has run for all times up to the start of its run.

    A function that is killed before that leaves the job armed: the repeated call in the same run,
    or else the next run, runs it again. Raises ConflictError if others keep changing the schedule.
    """
    for _ in range(ROUNDS):
        stored = _read(bucket)
        entry = None if stored is None else stored.value["jobs"].get(job.name)
        if stored is None or entry is None or from_text(entry["used_until"]) >= started:
            return
        entry["used_until"] = to_text(started)
        try:
            bucket.replace_json(SCHEDULE, stored.value, stored.etag)
            return
        except ConflictError:
            continue
    raise ConflictError(
        f"s3://{bucket.name}/{SCHEDULE} keeps changing: gave up after {ROUNDS} attempts"
    )


def _renewed(bucket: Bucket, config: Config, started: datetime) -> Entries:
    """Adapt the stored schedule to the configuration, and return it."""
    for _ in range(ROUNDS):
        stored = _read(bucket)
        known: Entries = {} if stored is None else stored.value["jobs"]
        entries = {
            job.name: _entry(job, known.get(job.name), started)
            for job in config.jobs
            if job.active and is_scheduled(job)
        }
        if entries == known:
            return entries
        try:
            _write(bucket, entries, stored)
            return entries
        except ConflictError:
            continue
    raise ConflictError(
        f"s3://{bucket.name}/{SCHEDULE} keeps changing: gave up after {ROUNDS} attempts"
    )


def is_scheduled(job: Job) -> bool:
    """Return whether the schedule remembers up to when a job has run."""
    return job.once or job.cron is not None


def _entry(job: Job, known: dict[str, str] | None, started: datetime) -> dict[str, str]:
    if job.once:
        text = job.model_dump_json(exclude={"active", "until"})
        schedule, since = {"once": sha256(text.encode()).hexdigest()}, _NEVER
    else:
        schedule, since = {"cron": str(job.cron), "timezone": job.timezone}, started
    if known is not None and schedule.items() <= known.items():
        return known
    return {**schedule, "used_until": to_text(since)}


def _read(bucket: Bucket) -> Stored | None:
    try:
        stored = bucket.read(SCHEDULE)
    except MissingError:
        return None
    require_format(stored.value, FORMAT, "schedule of the jobs")
    return stored


def _write(bucket: Bucket, entries: Entries, stored: Stored | None) -> None:
    value: dict[str, Any] = {"format": FORMAT, "jobs": entries}
    if stored is None:
        bucket.create_json(SCHEDULE, value)
    else:
        bucket.replace_json(SCHEDULE, value, stored.etag)
