"""Which jobs a run carries out, and when a scheduled one is used up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConflictError, JobError
from ebbtide.config import Config, Job
from ebbtide.deployment.events import WORKFLOWS
from ebbtide.deployment.inputs import JobRequest
from ebbtide.jobs.records import ended, job_of, record_key, recorded
from ebbtide.jobs.schedule import ROUNDS, due_jobs, use_up
from ebbtide.store.keys import SCHEDULE
from ebbtide.store.run import Run
from tests.support.builders import NOW
from tests.support.small_cleanup import Memory
from tests.unit.jobs.test_jobs import configured

CLEAN = {"clean": {"reason": "old"}}
KEEP = {"protect": {"reason": "mine", "expires": "8d"}}
TELL = {"notify": {"event": "volumes.old"}}
HOUR = timedelta(hours=1)
NOON = "0 12 * * *"  # the time NOW
ONE = "0 13 * * *"


class Bucket(Memory):
    """A bucket in which others replace the schedule first, `rivals` times."""

    name = "bucket"
    rivals = 0

    def create_json(self, key: str, value: Any) -> str:
        self._be_late(key, value)
        return super().create_json(key, value)

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        self._be_late(key, self.read_json(key))
        return super().replace_json(key, value, etag)

    def _be_late(self, key: str, value: Any) -> None:
        if self.rivals:
            self.rivals -= 1
            self.write_json(key, value)

    def used_until(self, job: str) -> str:
        used: str = self.read_json(SCHEDULE)["jobs"][job]["used_until"]
        return used


def entry(name: str, action: dict[str, Any], event: str, **rest: Any) -> dict[str, Any]:
    return {"name": name, "event": event, "search": "is(volume)", "action": action, **rest}


def due(config: Config, workflow: str, hours: int = 0, bucket: Bucket | None = None) -> set[str]:
    steps = WORKFLOWS[workflow]
    found = due_jobs(bucket or Bucket(), config, steps, NOW + hours * HOUR)  # type: ignore[arg-type]
    return {name for names in found.values() for name in names}


ALL = configured(
    entry("clean", CLEAN, "post_collect"),
    entry("clean-plan", CLEAN, "cleanup_plan"),
    entry("keep", KEEP, "post_collect"),
    entry("keep-last", KEEP, "cleanup"),
    entry("keep-late", KEEP, "post_cleanup"),
    entry("tell", TELL, "post_collect"),
    entry("tell-cleanup", TELL, "post_cleanup"),
    entry("paused", TELL, "post_collect", active=False),
)


@pytest.mark.parametrize(
    ("workflow", "expected"),
    [
        (
            "collect_and_cleanup",
            {"clean", "clean-plan", "keep", "keep-last", "keep-late", "tell", "tell-cleanup"},
        ),
        # A job that cleans is of no use without a plan.
        ("collect", {"keep", "tell"}),
        # Without the record of a job that protects, nothing is deleted.
        ("cleanup", {"clean-plan", "keep", "keep-last", "keep-late", "tell-cleanup"}),
    ],
)
def test_a_run_has_the_jobs_whose_result_it_needs(workflow: str, expected: set[str]) -> None:
    assert due(ALL, workflow) == expected


def test_a_scheduled_job_is_due_once_per_time_and_only_after_it() -> None:
    config, bucket = configured(entry("keep", KEEP, "post_collect", cron=ONE)), Bucket()
    job = config.jobs[0]
    assert due(config, "collect", 0, bucket) == set()
    assert due(config, "collect", 2, bucket) == {"keep"}
    # It stays armed until its record uses it up.
    assert due(config, "collect", 3, bucket) == {"keep"}
    use_up(bucket, job, NOW + 3 * HOUR)  # type: ignore[arg-type]
    assert bucket.used_until("keep") == to_text(NOW + 3 * HOUR)
    assert due(config, "collect", 4, bucket) == set()
    assert due(config, "collect", 26, bucket) == {"keep"}


def test_an_earlier_run_does_not_give_a_time_back() -> None:
    config, bucket = configured(entry("keep", KEEP, "post_collect", cron=ONE)), Bucket()
    due(config, "collect", 0, bucket)
    use_up(bucket, config.jobs[0], NOW + 5 * HOUR)  # type: ignore[arg-type]
    use_up(bucket, config.jobs[0], NOW + 2 * HOUR)  # type: ignore[arg-type]
    assert bucket.used_until("keep") == to_text(NOW + 5 * HOUR)


def test_a_job_without_an_entry_is_not_used_up() -> None:
    config, bucket = configured(entry("keep", KEEP, "post_collect", cron=ONE)), Bucket()
    use_up(bucket, config.jobs[0], NOW)  # type: ignore[arg-type]
    assert bucket.objects == {}
    due(configured(entry("other", KEEP, "post_collect", cron=ONE)), "collect", 0, bucket)
    before = bucket.read_json(SCHEDULE)
    use_up(bucket, config.jobs[0], NOW)  # type: ignore[arg-type]
    assert bucket.read_json(SCHEDULE) == before


def test_a_new_time_zone_counts_from_its_first_run() -> None:
    bucket = Bucket()
    before = configured(entry("keep", KEEP, "post_collect", cron=NOON))
    after = configured(entry("keep", KEEP, "post_collect", cron=NOON, timezone="Asia/Tokyo"))
    due(before, "collect", -1, bucket)
    assert due(before, "collect", 1, bucket) == {"keep"}
    assert due(after, "collect", 1, bucket) == set()
    assert bucket.used_until("keep") == to_text(NOW + HOUR)


@pytest.mark.parametrize("rivals", [1, ROUNDS - 1, ROUNDS])
def test_a_schedule_that_others_change_is_tried_again_a_few_times(rivals: int) -> None:
    config, bucket = configured(entry("keep", KEEP, "post_collect", cron=ONE)), Bucket()
    due(config, "collect", 0, bucket)
    bucket.rivals = rivals
    if rivals < ROUNDS:
        use_up(bucket, config.jobs[0], NOW + HOUR)  # type: ignore[arg-type]
        assert bucket.used_until("keep") == to_text(NOW + HOUR)
    else:
        with pytest.raises(ConflictError, match=f"gave up after {ROUNDS} attempts"):
            use_up(bucket, config.jobs[0], NOW + HOUR)  # type: ignore[arg-type]


# The record.


def run(*jobs: dict[str, Any]) -> Run:
    return Run("run", "collect_and_cleanup", NOW, configured(*jobs))


def request(event: str, job: str) -> JobRequest:
    return JobRequest(run_id="run", event=event, job=job)


def test_a_job_is_found_by_its_name_and_its_event() -> None:
    one = run(entry("keep", KEEP, "post_collect"), entry("tell", TELL, "post_collect"))
    assert job_of(one, request("post_collect", "tell")).name == "tell"
    for event, name in (("post_cleanup", "tell"), ("post_collect", "other")):
        with pytest.raises(JobError, match=f"run run has no job {name} at {event}"):
            job_of(one, request(event, name))


def record(error: str | None = None, acted: int = 1) -> dict[str, Any]:
    return {"job": "keep", "matched": 3, "acted": acted, "undecided": 1, "error": error}


def test_the_first_record_counts() -> None:
    bucket, one = Bucket(), run(entry("keep", KEEP, "post_collect"))
    job = one.config.jobs[0]
    assert recorded(bucket, one, job, record()) == record()  # type: ignore[arg-type]
    assert recorded(bucket, one, job, record(acted=9)) == record()  # type: ignore[arg-type]
    assert bucket.read_json(record_key(one, job)) == record()


@pytest.mark.parametrize(
    ("action", "error", "used"),
    [
        (KEEP, None, True),
        (TELL, None, True),
        (TELL, "it broke", True),
        # What it would have protected is unknown until a run has looked.
        (KEEP, "it broke", False),
    ],
)
def test_a_time_is_used_up_unless_a_protection_failed(
    action: dict[str, Any], error: str | None, *, used: bool
) -> None:
    one, bucket = run(entry("keep", action, "post_collect", cron=ONE)), Bucket()
    job: Job = one.config.jobs[0]
    due(one.config, "collect_and_cleanup", -1, bucket)
    if error is None:
        answer = ended(bucket, one, job, record())  # type: ignore[arg-type]
        assert answer == {
            "outcome": "done", "job": "keep", "matched": 3, "acted": 1, "undecided": 1
        }  # fmt: skip
    else:
        with pytest.raises(JobError, match="job keep: it broke"):
            ended(bucket, one, job, record(error))  # type: ignore[arg-type]
    assert bucket.used_until("keep") == to_text(NOW if used else NOW - HOUR)


# Jobs that end.

ONCE = {"once": True}
SET = {"tag": {"update": {"owner": "me"}}}


def ends(config: Config, bucket: Bucket, *, error: str | None = None) -> None:
    """End the first job with a record."""
    one = Run("run", "collect", NOW, config)
    job = config.jobs[0]
    if error is None:
        ended(bucket, one, job, record())  # type: ignore[arg-type]
    else:
        with pytest.raises(JobError):
            ended(bucket, one, job, record(error))  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [KEEP, TELL])
def test_a_job_that_runs_once_is_due_until_a_run_has_carried_it_out(action: dict[str, Any]) -> None:
    config, bucket = configured(entry("keep", action, "post_collect", **ONCE)), Bucket()
    for hours in (0, 1):
        assert due(config, "collect", hours, bucket) == {"keep"}
    ends(config, bucket, error="it broke")
    assert due(config, "collect", 2, bucket) == {"keep"}
    ends(config, bucket)
    assert due(config, "collect", 3, bucket) == set()
    assert due(config, "collect", 999, bucket) == set()


def test_another_job_of_the_same_name_runs_again() -> None:
    config, bucket = configured(entry("keep", KEEP, "post_collect", **ONCE)), Bucket()
    due(config, "collect", 0, bucket)
    ends(config, bucket)
    later = configured(entry("keep", KEEP, "post_collect", **ONCE, until="2030-01-01T00:00:00Z"))
    assert due(later, "collect", 1, bucket) == set()
    other = {"protect": {"reason": "another", "expires": "8d"}}
    assert due(configured(entry("keep", other, "post_collect", **ONCE)), "collect", 1, bucket)


@pytest.mark.parametrize(
    ("cleanup", "used"),
    [
        ({"enabled": True, "dry_run": False}, True),
        ({"enabled": True, "dry_run": True}, False),
        ({"enabled": False, "dry_run": False}, False),
    ],
)
def test_tags_that_may_not_be_set_yet_stay_pending(cleanup: dict[str, bool], *, used: bool) -> None:
    job = entry("keep", SET, "post_collect", **ONCE)
    config = Config.model_validate({"cleanup": cleanup, "jobs": [job]})
    bucket = Bucket()
    due(config, "collect", 0, bucket)
    ends(config, bucket)
    assert (due(config, "collect", 1, bucket) == set()) is used


@pytest.mark.parametrize("more", [{}, ONCE])
def test_no_run_after_its_end_runs_a_job(more: dict[str, Any]) -> None:
    until = to_text(NOW + 2 * HOUR)
    config, bucket = configured(entry("tell", TELL, "post_collect", until=until, **more)), Bucket()
    assert due(config, "collect", 2, bucket) == {"tell"}
    assert due(config, "collect", 3, bucket) == set()
