"""Only the time between complete readings counts as watched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import from_text, to_text
from ebbtide.graph.merged_lines import Lines, merge_lines
from ebbtide.graph.watching import Naming, note_absences, note_watching
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import Resource
from tests.support.builders import ACCOUNT, GLOBAL, NOW, REGION, resource

VOLUME, ALARM, INSTANCE = "aws_ec2_volume", "aws_cloudwatch_alarm", "aws_ec2_instance"
ID = "i-0123456789abcdef0"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GAPS = ("denied", "throttled", "failed", "timed_out", "suspect", "skipped")


def fresh(kind: str = VOLUME, **rest: Any) -> Any:
    line = resource(kind, "x", **rest).to_line()
    for name in ("watched_since", "watched_until", "unchanged_since", "dangling"):
        line.pop(name, None)
    return line | {"first_seen": None, "last_seen": None, "updated": None, "stale_since": None}


class Runs:
    """Runs of one account with one resource, each at a time and with a state of its kind."""

    def __init__(self, kind: str = VOLUME) -> None:
        self.kind, self.now = kind, NOW
        self.lines: Lines = {}

    def run(
        self,
        after: timedelta = timedelta(),
        state: str = "complete",
        *,
        seen: bool | None = None,
        missed: bool = False,
        status: str = "available",
    ) -> Resource:
        self.now += after
        started = to_text(self.now)
        found = state == "complete" if seen is None else seen
        coverage = [Coverage(ACCOUNT, REGION, self.kind, state)]
        lines = [fresh(self.kind, properties={"volume_status": status})] if found else []
        before = self.lines
        self.lines = merge_lines(lines, before, coverage, started).lines
        states = {(one.region, one.kind): one for one in coverage}
        note_watching(self.lines.values(), before, states, started, missed=missed)
        (line,) = self.lines.values()
        return Resource.from_line(line)


def test_each_hourly_run_watches_an_hour() -> None:
    runs = Runs()
    assert runs.run().watched_for == timedelta()
    assert [runs.run(HOUR).watched_for for _ in range(3)] == [HOUR, 2 * HOUR, 3 * HOUR]


def test_daily_runs_watch_although_their_starts_jitter() -> None:
    runs = Runs()
    runs.run()
    for seconds in (90, -90, 600, -600):
        found = runs.run(DAY + timedelta(seconds=seconds))
    assert found.watched_for == 4 * DAY


@pytest.mark.parametrize("gap", GAPS)
def test_daily_runs_that_could_not_read_do_not_watch(gap: str) -> None:
    runs = Runs()
    runs.run()
    for _ in range(14):
        assert runs.run(DAY, gap).watched_for == timedelta()
    found = runs.run(HOUR)
    assert (found.watched_for, found.unchanged_for) == (timedelta(), timedelta())


@pytest.mark.parametrize("gap", GAPS)
def test_a_short_gap_neither_counts_nor_starts_again(gap: str) -> None:
    runs = Runs()
    runs.run()
    runs.run(10 * HOUR)
    assert runs.run(HOUR, gap).watched_for == 10 * HOUR
    assert runs.run(HOUR).watched_for == 10 * HOUR
    assert runs.run(HOUR).watched_for == 11 * HOUR


def test_what_was_seen_in_an_incomplete_reading_was_not_watched() -> None:
    runs = Runs()
    runs.run()
    for _ in range(5):
        runs.run(HOUR, "throttled", seen=True)
    assert runs.run(HOUR).watched_for == timedelta()


def test_a_run_that_could_not_merge_the_account_is_a_gap() -> None:
    runs = Runs()
    runs.run()
    assert runs.run(5 * HOUR, missed=True).watched_for == timedelta()


def test_a_long_time_without_a_run_starts_again() -> None:
    runs = Runs()
    runs.run()
    runs.run(20 * HOUR)
    found = runs.run(15 * DAY)
    assert (found.watched_for, found.unchanged_for) == (timedelta(), timedelta())
    assert runs.run(HOUR).watched_for == HOUR


def test_a_change_starts_only_what_is_unchanged_again() -> None:
    runs = Runs()
    runs.run()
    runs.run(5 * HOUR, status="in-use")
    found = runs.run(HOUR, status="in-use")
    assert (found.watched_for, found.unchanged_for) == (6 * HOUR, HOUR)


def test_a_change_seen_in_an_incomplete_reading_is_not_forgotten() -> None:
    runs = Runs()
    runs.run()
    runs.run(5 * HOUR)
    runs.run(HOUR, "throttled", seen=True, status="in-use")
    found = runs.run(HOUR, status="in-use")
    assert (found.watched_for, found.unchanged_for) == (5 * HOUR, timedelta())


@given(
    st.lists(
        st.tuples(
            st.integers(1, 60), st.sampled_from(["complete", "denied", "throttled", "in-use"])
        ),
        max_size=30,
    )
)
def test_only_watched_time_counts_whatever_happens_to_the_readings(
    steps: list[tuple[int, str]],
) -> None:
    runs = Runs()
    runs.run()
    watched = unchanged = timedelta()
    last, seamless = NOW, True
    status = "available"
    for hours, what in steps:
        state = "complete" if what == "in-use" else what
        flipped = what == "in-use"
        if flipped:
            status = "in-use" if status == "available" else "available"
        found = runs.run(hours * HOUR, state, status=status)
        if state != "complete":
            seamless = False
        else:
            span: timedelta = runs.now - last
            if span > DAY:
                watched = unchanged = timedelta()
            elif seamless:
                watched, unchanged = watched + span, unchanged + span
            if flipped:
                unchanged = timedelta()
            last, seamless = runs.now, True
        assert (found.watched_for, found.unchanged_for) == (watched, unchanged)


def named(
    before: Lines, at: datetime, states: dict[str, str], *, stale: bool = False
) -> tuple[Lines, bool]:
    """Return the lines after a reading in which an alarm names an instance that is not there."""
    line = fresh(ALARM)
    line["last_seen"] = to_text(at)
    if stale:
        (line,) = (dict(one) for one in before.values())
        line["stale_since"] = to_text(at)
    lines = {line["graph_id"]: line}
    coverage = {
        (region, kind): Coverage(ACCOUNT, region, kind, states.get(kind, "complete"))
        for kind, region in ((ALARM, REGION), (INSTANCE, REGION))
    }
    dangling = [] if stale else [Naming(line["graph_id"], INSTANCE, ID)]
    note_absences(lines, before, dangling, coverage, to_text(at))
    return lines, Resource.from_line(line).names_absent(INSTANCE, ID)


def test_a_name_is_absent_after_two_readings() -> None:
    first, sure = named({}, NOW, {})
    assert not sure
    second, sure = named(first, NOW + HOUR, {})
    assert sure
    assert from_text(next(iter(second.values()))["dangling"][INSTANCE][ID]) == NOW


@pytest.mark.parametrize("kind", [ALARM, INSTANCE])
@pytest.mark.parametrize("gap", ["denied", "throttled", "failed", "timed_out", "suspect"])
def test_a_reading_that_was_not_complete_proves_no_absence(kind: str, gap: str) -> None:
    first, _ = named({}, NOW, {kind: gap})
    second, sure = named(first, NOW + HOUR, {})
    assert not sure
    assert named(second, NOW + 2 * HOUR, {})[1]


def test_readings_need_not_follow_one_another() -> None:
    first, _ = named({}, NOW, {})
    second, _ = named(first, NOW + HOUR, {INSTANCE: "denied"})
    stale, _ = named(second, NOW + 2 * HOUR, {}, stale=True)
    assert named(stale, NOW + 3 * HOUR, {})[1]


def test_a_global_kind_is_looked_for_globally() -> None:
    line = fresh(ALARM)
    lines = {line["graph_id"]: line}
    states = {
        (REGION, ALARM): Coverage(ACCOUNT, REGION, ALARM, "complete"),
        (GLOBAL, "aws_iam_role"): Coverage(ACCOUNT, GLOBAL, "aws_iam_role", "denied"),
    }
    note_absences(lines, {}, [Naming(line["graph_id"], "aws_iam_role", "r")], states, to_text(NOW))
    assert "dangling" not in line
