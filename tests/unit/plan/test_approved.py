"""Which stored decisions count for the plan of an account; time goes on while a run waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.plan import Plan, make_plan
from ebbtide.plan import approved as module
from ebbtide.plan.approvals import LARGEST, Verdicts
from ebbtide.plan.approved import MOST_WARNINGS, find_decisions, read_verdicts
from ebbtide.plan.binding import sealed_summary
from ebbtide.plan.published import Published
from ebbtide.store.keys import APPROVALS, PUBLISHED_PLANS, RunKeys
from ebbtide.store.run import Run
from tests.support.builders import ACCOUNT, NOW, ids, inventory, volume
from tests.support.decisions import decide
from tests.support.small_cleanup import Memory

HOUR = timedelta(hours=1)
CONFIG = """
rules: {expired: {enabled: true}}
cleanup: {enabled: true, dry_run: false, approval: always}
"""
VOLUMES = [volume(f"vol-{number}", tags={"expiration": "1d"}) for number in (1, 2)]


class Bucket(Memory):
    """A bucket in memory whose reads are counted."""

    name = "bucket"

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.bytes_read = 0

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.objects if key.startswith(prefix)]

    def read_bytes(self, key: str, most: int) -> bytes:
        self.reads.append(key)
        found = self.objects[key][1:-1].replace('\\"', '"').encode()[:most]
        self.bytes_read += len(found)
        return found


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Return a bucket with the held plan of `run-1`; the time is an hour after it."""
    monkeypatch.setattr(module, "now", lambda: NOW + HOUR)
    found = Bucket()
    plan = plan_of("run-1", Verdicts())
    keys = RunKeys("run-1")
    found.write_json(keys.plan(ACCOUNT), plan.to_json())
    accounts = [{"account": ACCOUNT, "hash": plan.hash, "planned": 2}]
    found.write_json(
        keys.plan_summary, sealed_summary({"created": to_text(NOW), "accounts": accounts})
    )
    return found


def run_of(run_id: str = "run-2", config: str = CONFIG) -> Run:
    return Run(run_id, "collect_and_cleanup", NOW + HOUR / 2, parse_config(config))


def plan_of(run_id: str, verdicts: Verdicts | None) -> Plan:
    return make_plan(
        inventory(VOLUMES),
        parse_config(CONFIG),
        run_id=run_id,
        manifest="m",
        now=NOW,
        verdicts=verdicts,
    )


def released(bucket: Any, run: Run | None = None, account: str = ACCOUNT) -> set[str]:
    plan = plan_of("run-2", read_verdicts(run or run_of(), account, bucket))
    return ids(plan.carried_out(only_approved=True))


def test_an_approval_of_the_stored_plan_counts(bucket: Any) -> None:
    decide(bucket, "run-1")
    assert released(bucket) == {"vol-1", "vol-2"}
    assert released(bucket, account="444455556666") == set()


def test_the_time_of_planning_counts_and_not_only_the_start_of_the_run(bucket: Any) -> None:
    decide(bucket, "run-1", until=NOW + HOUR - timedelta(seconds=1))
    assert released(bucket) == set()
    decide(bucket, "run-1", until=NOW + HOUR + timedelta(seconds=1))
    assert released(bucket) == {"vol-1", "vol-2"}


def test_what_has_ended_is_not_even_read(bucket: Any) -> None:
    for minutes in range(10):
        decide(bucket, "run-1", until=NOW + timedelta(minutes=minutes))
    last = decide(bucket, "run-1")
    assert released(bucket) == {"vol-1", "vol-2"}
    assert bucket.reads == [last.key]


def test_never_reads_no_decision(bucket: Any) -> None:
    decide(bucket, "run-1")
    config = CONFIG.replace("always", "never")
    assert read_verdicts(run_of(config=config), ACCOUNT, bucket) is None
    assert bucket.reads == []


@pytest.mark.parametrize(
    ("started", "status", "left"),
    [
        pytest.param(HOUR / 4, "gone", {"vol-2"}, id="deleted since"),
        pytest.param(-HOUR, "gone", {"vol-1", "vol-2"}, id="deleted before"),
        pytest.param(HOUR / 4, "failed", {"vol-1", "vol-2"}, id="not deleted"),
    ],
)
def test_what_was_deleted_since_the_plan_is_not_covered_again(
    bucket: Any, started: timedelta, status: str, left: set[str]
) -> None:
    decide(bucket, "run-1")
    bucket.write_json(PUBLISHED_PLANS, Published({"between": to_text(NOW + started)}).to_json())
    resources = {VOLUMES[0].graph_id: {"status": status}}
    state = {"dry_run": False, "resources": resources}
    bucket.write_json(RunKeys("between").cleanup(ACCOUNT, "state.json"), state)
    assert released(bucket) == left
    bucket.write_json(RunKeys("between").cleanup(ACCOUNT, "state.json"), {**state, "dry_run": True})
    assert released(bucket) == {"vol-1", "vol-2"}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"planned": [{"subject": 1}]}, id="no plan"),
        pytest.param({"account": "444455556666"}, id="another account's"),
        pytest.param({"resource_count": 9}, id="altered"),
        pytest.param({"format": 9}, id="another format"),
    ],
)
def test_a_damaged_plan_is_told_and_approves_nothing(bucket: Any, damage: dict[str, Any]) -> None:
    found = decide(bucket, "run-1")
    key = RunKeys("run-1").plan(ACCOUNT)
    bucket.write_json(key, {**bucket.read_json(key), **damage})
    verdicts = read_verdicts(run_of(), ACCOUNT, bucket)
    assert verdicts is not None and not verdicts.approved
    assert [found.key in one for one in verdicts.warnings] == [True]


def test_a_huge_object_is_no_decision(bucket: Any) -> None:
    bucket.write_text(f"{APPROVALS}x/20990101T000000Z/{'0' * 64}.json", "x" * 200_000)
    verdicts = read_verdicts(run_of(), ACCOUNT, bucket)
    assert verdicts is not None and "longer than 100,000 bytes" in verdicts.warnings[0]


def test_no_more_of_a_huge_object_is_read_than_a_decision_may_be_long(bucket: Any) -> None:
    for number in range(3):
        bucket.write_text(f"{APPROVALS}x/20990101T000000Z/{number:064}.json", "x" * 5_000_000)
    assert sum(found.standing == "ignored" for found in find_decisions(bucket, NOW)) == 3
    assert bucket.bytes_read == 3 * (LARGEST + 1)


def test_a_decision_of_the_largest_size_is_read_in_full(bucket: Any) -> None:
    bucket.write_text(f"{APPROVALS}x/20990101T000000Z/{'0' * 64}.json", "x" * LARGEST)
    (found,) = find_decisions(bucket, NOW)
    assert "altered" in found.why, "its size is no reason"


def test_bytes_that_are_no_text_are_no_decision(bucket: Any) -> None:
    key = f"{APPROVALS}x/20990101T000000Z/{'0' * 64}.json"
    bucket.write_text(key, "x")
    bucket.read_bytes = lambda *_: b"\xff"
    (found,) = find_decisions(bucket, NOW)
    assert (found.standing, "cannot be read" in found.why) == ("ignored", True)


def test_of_many_warnings_a_plan_keeps_few(bucket: Any) -> None:
    for number in range(MOST_WARNINGS + 5):
        bucket.write_text(f"{APPROVALS}{number}", "")
    verdicts = read_verdicts(run_of(), ACCOUNT, bucket)
    assert verdicts is not None and len(verdicts.warnings) == MOST_WARNINGS + 1
    assert verdicts.warnings[-1] == "and 5 more are ignored"


def test_a_run_does_not_approve_its_own_plan(bucket: Any) -> None:
    decide(bucket, "run-1")
    assert released(bucket, run_of("run-1")) == set()
