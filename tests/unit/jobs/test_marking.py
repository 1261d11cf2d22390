"""What the actions clean and protect leave in the bucket, and what they leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConflictError
from ebbtide.config import Job
from ebbtide.jobs.marking import mark
from ebbtide.jobs.protections import ROUNDS
from ebbtide.matching.choosing import cleaned, protected
from ebbtide.matching.matches import Doubt, Matched, Matches
from ebbtide.store.keys import RunKeys, protected_key
from ebbtide.store.run import Run
from tests.support.builders import ACCOUNT, NOW, volume
from tests.support.small_cleanup import Memory
from tests.unit.jobs.test_jobs import configured

OTHER = "444455556666"
WHY = "its tags are unknown"
UNREAD_USE = "its last use was not read"
WEEK = timedelta(weeks=1)


def match(id: str, account: str = ACCOUNT, **change: Any) -> Matched:
    found = Matched.of(volume(id).to_line(), None)
    subject = replace(found.subject, graph_id=id, account=account)
    return replace(found, subject=subject, **change)


MATCHES = Matches(
    "manifest",
    [
        match("sure"),
        match("elsewhere", OTHER),
        match("ended", ended=True),
        match("ended-unread", ended=True, unread=True),
        match("unread", unread=True),
        match("stale", uncertain="it is stale"),
    ],
    ("aws_ec2_instance",),
    [
        Doubt(match("seen"), WHY),
        Doubt(match("unseen"), WHY, seen=False),
        Doubt(match("seen-ended", ended=True), WHY),
        Doubt(match("doubt-elsewhere", OTHER), WHY),
    ],
)


def job(action: dict[str, Any], **rest: Any) -> Job:
    name = rest.pop("name", "mine")
    given = {"name": name, "event": "post_collect", "search": "is(volume)", "action": action}
    return configured({**given, **rest}).jobs[0]


def clean_job() -> Job:
    return job({"clean": {"reason": "old"}})


def keep_job(expires: str | None = None, **rest: Any) -> Job:
    return job({"protect": {"reason": "mine", **({"expires": expires} if expires else {})}}, **rest)


class Bucket(Memory):
    """A bucket in which others change the protections first, `rivals` times."""

    name = "bucket"

    def __init__(self, rivals: int = 0) -> None:
        super().__init__()
        self.rivals = rivals

    def create_json(self, key: str, value: Any) -> str:
        self._be_late()
        return super().create_json(key, value)

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        self._be_late()
        return super().replace_json(key, value, etag)

    def _be_late(self) -> None:
        if self.rivals:
            self.rivals -= 1
            self.keep(f"rival-{self.rivals}", "rival", WEEK)

    def keep(self, resource: str, by: str, left: timedelta) -> None:
        known = self.protections()
        known.setdefault(resource, {})[by] = {
            "reason": "theirs",
            "until": to_text(NOW + left),
            "run_id": "before",
        }
        value = {"format": 1, "account": ACCOUNT, "resources": known}
        self.write_json(protected_key(ACCOUNT), value)

    def protections(self, account: str = ACCOUNT) -> dict[str, Any]:
        stored = self.find_json(protected_key(account))
        return {} if stored is None else stored["resources"]

    def until(self, account: str = ACCOUNT) -> dict[str, dict[str, str]]:
        return {
            name: {job: given["until"] for job, given in by_job.items()}
            for name, by_job in self.protections(account).items()
        }


def marked(bucket: Bucket, done: Job, matches: Matches = MATCHES) -> dict[str, int]:
    run = Run("run", "collect_and_cleanup", NOW, configured())
    return mark(bucket, run, done, matches)  # type: ignore[arg-type]


def test_only_what_surely_matches_and_lives_is_cleaned() -> None:
    chosen, doubted = cleaned(MATCHES)
    assert chosen == {ACCOUNT: ["sure", "stale"], OTHER: ["elsewhere"]}
    assert doubted == {
        ACCOUNT: {"unread": UNREAD_USE, "seen": WHY},
        OTHER: {"doubt-elsewhere": WHY},
    }


def test_all_that_may_match_and_lives_is_protected() -> None:
    chosen, doubted = protected(MATCHES)
    assert chosen == {
        ACCOUNT: ["sure", "unread", "stale", "seen", "unseen"],
        OTHER: ["elsewhere", "doubt-elsewhere"],
    }
    assert doubted == {ACCOUNT: {"seen": WHY, "unseen": WHY}, OTHER: {"doubt-elsewhere": WHY}}


def test_marks_of_a_job_that_cleans_hold_what_it_may_delete_and_no_protection() -> None:
    bucket = Bucket()
    assert marked(bucket, clean_job()) == {ACCOUNT: 2, OTHER: 1}
    assert bucket.read_json(RunKeys("run").marks(ACCOUNT, "mine")) == {
        "format": 1,
        "run_id": "run",
        "job": "mine",
        "event": "post_collect",
        "action": "clean",
        "reason": "old",
        "search": "is(volume)",
        "manifest": "manifest",
        "negates": ["aws_ec2_instance"],
        "resources": ["stale", "sure"],
        "doubts": {"seen": WHY, "unread": UNREAD_USE},
    }
    assert bucket.protections() == {}


def test_marks_of_a_job_that_protects_hold_all_that_it_may_mean() -> None:
    bucket = Bucket()
    assert marked(bucket, keep_job()) == {ACCOUNT: 5, OTHER: 2}
    marks = bucket.read_json(RunKeys("run").marks(ACCOUNT, "mine"))
    assert marks["resources"] == ["seen", "stale", "sure", "unread", "unseen"]
    assert (marks["action"], marks["reason"]) == ("protect", "mine")
    # Without `expires`, it does not outlast the run.
    assert bucket.protections() == {}


def test_doubts_alone_are_marked_as_well() -> None:
    bucket = Bucket()
    only = replace(MATCHES, found=[], doubts=MATCHES.doubts[:1])
    assert marked(bucket, clean_job(), only) == {ACCOUNT: 0}
    marks = bucket.read_json(RunKeys("run").marks(ACCOUNT, "mine"))
    assert (marks["resources"], marks["doubts"]) == ([], {"seen": WHY})


@pytest.mark.parametrize(
    ("cron", "lasting"),
    [
        (None, {"sure", "unread", "stale"}),
        # Nobody looks again in the next run.
        ("0 22 * * fri", {"sure", "unread", "stale", "seen", "unseen"}),
    ],
)
def test_a_doubt_is_protected_beyond_the_run_only_if_the_next_run_does_not_look_again(
    cron: str | None, lasting: set[str]
) -> None:
    bucket = Bucket()
    marked(bucket, keep_job("8d", **({"cron": cron} if cron else {})))
    assert set(bucket.protections()) == lasting
    until = to_text(NOW + timedelta(days=8))
    given = {"reason": "mine", "until": until, "run_id": "run"}
    assert bucket.protections()["sure"] == {"mine": given}
    assert bucket.until(OTHER)["elsewhere"] == {"mine": until}


def test_a_protection_is_prolonged_and_never_shortened() -> None:
    bucket = Bucket()
    later, sooner = timedelta(weeks=9), timedelta(hours=1)
    bucket.keep("sure", "mine", later)
    bucket.keep("stale", "mine", sooner)
    marked(bucket, keep_job("1w"))
    until = bucket.until()
    assert until["sure"] == {"mine": to_text(NOW + later)}
    assert until["stale"] == {"mine": to_text(NOW + WEEK)}


def test_protections_by_others_stay_until_they_expire() -> None:
    bucket = Bucket()
    bucket.keep("sure", "theirs", WEEK)
    bucket.keep("another", "theirs", WEEK)
    bucket.keep("expired", "theirs", -WEEK)
    marked(bucket, keep_job("2w"))
    until = bucket.until()
    assert until["sure"] == {"theirs": to_text(NOW + WEEK), "mine": to_text(NOW + 2 * WEEK)}
    assert until["another"] == {"theirs": to_text(NOW + WEEK)}
    assert "expired" not in until


@pytest.mark.parametrize("rivals", [1, ROUNDS - 1])
def test_what_others_protect_at_the_same_time_is_not_lost(
    rivals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ebbtide.jobs.protections.sleep", lambda _seconds: None)
    bucket = Bucket(rivals)
    only = replace(MATCHES, found=[match("sure")], doubts=[])
    marked(bucket, keep_job("1w"), only)
    assert set(bucket.protections()) == {"sure", *(f"rival-{n}" for n in range(rivals))}


def test_protections_that_keep_changing_fail_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ebbtide.jobs.protections.sleep", lambda _seconds: None)
    bucket = Bucket(ROUNDS)
    only = replace(MATCHES, found=[match("sure")], doubts=[])
    with pytest.raises(ConflictError, match=rf"protected.*gave up after {ROUNDS} attempts"):
        marked(bucket, keep_job("1w"), only)
    assert "sure" not in bucket.protections()
