"""Sets and deletes the tags of a job's matches, through the cleaner role.

Setting a tag twice does no harm, so the next attempt after a kill repeats the whole job.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any

from ebbtide.aws import AccountSession, enter_account, own_session
from ebbtide.aws.tag_calls import MOST_ARNS, change_tags
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError, JobError
from ebbtide.config import Job, Tag
from ebbtide.deployment.inputs import JobRequest
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.records import ended, job_of, record_key, recorded, require_claim
from ebbtide.jobs.tag_choice import failures, found_key, may_tag
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# The time that a call with all its retries may take, and then writing the record.
RESERVE_SECONDS = 120.0
NO_TIME = "the function ran out of time; the next run tags what it still finds"

type Line = dict[str, Any]


def set_tags(
    request: JobRequest, bucket: Bucket, settings: Settings, deadline: Deadline
) -> dict[str, Any]:
    """Tag the matches that the job stored, and write its record; return its counts.

    Once there is a record, repeated calls return the same answer. Raises JobError with the record's
    error, and PlanError if another run has taken over.
    """
    run = read_run(bucket, request.run_id)
    job = job_of(run, request)
    record = bucket.find_json(record_key(run, job))
    if record is None:
        require_claim(bucket, run)
        record = recorded(bucket, run, job, _carry_out(bucket, run, job, settings, deadline))
    return ended(bucket, run, job, record)


def _carry_out(
    bucket: Bucket, run: Run, job: Job, settings: Settings, deadline: Deadline
) -> dict[str, Any]:
    tag = job.action.tag
    if tag is None or not may_tag(run):
        raise JobError(
            f"job {job.name} may not set tags: it needs the action tag, cleanup.enabled: true and "
            "cleanup.dry_run: false"
        )
    began = time.monotonic()
    record = bucket.read_json(found_key(run, job))
    tagging = _Tagging(run, tag, settings, deadline, lambda: require_claim(bucket, run))
    tagging.go_through(bucket.read_lines(record["matches"]))
    return {
        **record,
        "acted": sum(tagging.tagged.values()),
        "would_tag": 0,
        "accounts": dict(tagging.tagged),
        **failures([*tagging.left_out, *tagging.failed]),
        "seconds": round(record["seconds"] + time.monotonic() - began, 3),
        "error": _error(tagging),
    }


@dataclass(slots=True)
class _Tagging:
    """Sets the tags of one job; counts successes by account, and keeps the reason for the rest."""

    run: Run
    tag: Tag
    settings: Settings
    deadline: Deadline
    # Raises PlanError once another run has taken over.
    require_claim: Callable[[], None]
    tagged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left_out: list[tuple[Line, str]] = field(default_factory=list)
    failed: list[tuple[Line, str]] = field(default_factory=list)

    def go_through(self, lines: Iterable[Line]) -> None:
        by_account: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            if "left_out" in line:
                self.left_out.append((line, line["left_out"]))
            else:
                by_account[line["account"]].append(line)
        own = own_session(self.settings.account_id, self.settings.partition)
        for account, there in by_account.items():
            self._tag_account(own, account, there)

    def _tag_account(self, own: AccountSession, account: str, lines: list[Line]) -> None:
        settings, name = self.settings, f"ebbtide-tag-{self.run.run_id}"
        try:
            session = enter_account(own, account, settings.cleaner_role, settings.external_id, name)
        except AccessError as error:
            self._fail(lines, f"the account cannot be entered: {error}")
            return
        alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[Line]] = defaultdict(list)
        for line in lines:
            values = tuple(sorted(line.get("values", {}).items()))
            alike[line["place"], values].append(line)
        for (place, values), there in alike.items():
            # The values that are filled in are those that the function of jobs found and stored.
            update = {**self.tag.update, **dict(values)}
            for batch in batched(there, MOST_ARNS):
                self._tag_batch(session, place, update, batch)

    def _tag_batch(
        self, session: AccountSession, place: str, update: Mapping[str, str], batch: Sequence[Line]
    ) -> None:
        if self.deadline.remaining_seconds < RESERVE_SECONDS:
            self._fail(batch, NO_TIME)
            return
        self.require_claim()
        arns = list(dict.fromkeys(line["arn"] for line in batch))
        whys = change_tags(session, place, arns, update, self.tag.delete)
        for line in batch:
            if line["arn"] in whys:
                self.failed.append((line, whys[line["arn"]]))
            else:
                self.tagged[session.account] += 1

    def _fail(self, lines: Iterable[Line], why: str) -> None:
        self.failed += [(line, why) for line in lines]


def _error(tagging: _Tagging) -> str | None:
    """Return the job's error: None if any resource was tagged; the record names the failures."""
    if tagging.tagged or not tagging.failed:
        return None
    number, why = len(tagging.failed), tagging.failed[0][1]
    return f"none of {number} resources could be tagged; first failure: {why}"
