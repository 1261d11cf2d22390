"""Deletions by the calendar: what begins, what waits, and how many begin in a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.plan import Planned
from tests.support.builders import ACCOUNT, NOW
from tests.support.cleanup_runs import KIND, Cloud, KilledError, Script, name, planned, remaining
from tests.support.effort import scaled
from tests.unit.cleanup.test_estates import Estate, check, estates

HOUR = timedelta(hours=1)


def frozen(start: datetime, until: datetime, **rest: Any) -> dict[str, Any]:
    """Return a calendar with one freeze."""
    times = {"start": f"{start:%FT%H:%M}", "until": f"{until:%FT%H:%M}"}
    return {"freeze": [{**times, "reason": "release week", **rest}]}


@dataclass
class Timed(Cloud):
    """An account that notes when each call is made."""

    timed: list[tuple[datetime, str, str]] = field(default_factory=list)

    def _call(self, call: str, entry: Planned, answers: tuple[str, ...]) -> Any:
        self.timed.append((self.now, call, entry.subject.id))
        return super()._call(call, entry, answers)

    def called(self) -> list[str]:
        return [id for _, call, id in self.timed if call == "delete"]


def test_nothing_begins_in_a_freeze_and_the_next_run_goes_on() -> None:
    calendar = frozen(NOW - HOUR, NOW + HOUR)
    one = Timed({"a": Script(), "b": Script()}, calendar=calendar)
    entries = [planned("a"), planned("b", after=(name("a"),))]
    one.begin("run-1", *entries)
    assert one.finish() == timedelta()
    assert not one.timed
    until = to_text(NOW + HOUR)
    why = f"closed until {until}: frozen, release week"
    assert one.reasons() == {"a": why, "b": why}
    assert {progress.closed_until for progress in one.state.resources.values()} == {until}
    assert not one.memory()
    check(one)
    one.now += HOUR
    one.begin("run-2", *entries)
    one.finish()
    assert one.statuses() == {"a": "gone", "b": "gone"}


def test_what_has_begun_is_read_to_its_end_and_nothing_follows_it() -> None:
    ends = NOW + timedelta(minutes=5)
    one = Timed({"a": Script(seconds=600), "b": Script()}, calendar=frozen(ends, NOW + 3 * HOUR))
    entries = [planned("a"), planned("b", after=(name("a"),))]
    one.begin("run-1", *entries)
    one.finish()
    assert one.called() == ["a"]
    assert one.statuses() == {"a": "pending", "b": "skipped"}
    assert one.reasons()["b"].startswith("closed until ")
    one.now += HOUR
    one.begin("run-2", planned("b"))
    one.finish()
    assert one.statuses() == {"a": "gone", "b": "skipped"}
    one.now += 2 * HOUR
    one.begin("run-3", planned("b"))
    one.finish()
    assert one.called() == ["a", "b"]
    assert one.statuses() == {"b": "gone"}
    assert all(not ends <= at < NOW + 3 * HOUR for at, _, _ in one.timed)


def test_a_batch_of_calls_is_the_last_that_begins() -> None:
    ids = [f"r{number}" for number in range(100)]
    one = Timed(dict.fromkeys(ids, Script()), calendar=frozen(NOW + HOUR, NOW + 2 * HOUR))

    def tick_on(step: str) -> None:
        if step == "after delete r0":
            one.now += HOUR

    one.kill = tick_on
    one.begin("run-1", *map(planned, ids))
    one.finish()
    assert len(one.called()) == 32
    assert sorted(one.statuses().values()) == ["gone"] * 32 + ["skipped"] * 68
    check(one)


def test_a_call_that_may_have_been_made_is_not_repeated() -> None:
    one = Timed({"a": Script(seconds=90)}, calendar=frozen(NOW + HOUR, NOW + 9 * HOUR))

    def once(step: str) -> None:
        if step == "after delete a":
            one.kill = lambda _step: None
            one.now += HOUR
            raise KilledError(step)

    one.kill = once
    one.begin("run-1", planned("a"))
    one.finish()
    assert one.called() == ["a"]
    assert one.statuses() == {"a": "gone"}


def test_what_aws_deletes_along_is_frozen_as_well() -> None:
    calendar = frozen(NOW - HOUR, NOW + HOUR, kinds=["aws_ec2_volume"])
    one = Timed({"a": Script(), "b": Script()}, calendar=calendar)
    along = planned("b", action="goes_with", goes_with=name("a"), after=(name("a"),))
    subject = replace(along.subject, kind="aws_ec2_volume")
    one.begin("run-1", planned("a"), replace(along, subject=subject))
    one.finish()
    assert not one.timed
    assert one.statuses() == {"a": "skipped", "b": "skipped"}
    assert "deleting it would also delete" in one.reasons()["a"]


def test_other_kinds_and_accounts_are_not_frozen() -> None:
    for only in ({"kinds": ["aws_ec2_volume"]}, {"accounts": ["999999999999"]}):
        one = Timed({"a": Script()}, calendar=frozen(NOW - HOUR, NOW + HOUR, **only))
        one.begin("run-1", planned("a"))
        one.finish()
        assert one.statuses() == {"a": "gone"}
    one = Timed({"a": Script()}, calendar=frozen(NOW - HOUR, NOW + HOUR, kinds=[KIND]))
    one.begin("run-1", planned("a"))
    one.finish()
    assert one.statuses() == {"a": "skipped"}


@given(
    estates(most=8),
    st.sampled_from((-1, 0, 1, 3, 30)),
    st.sets(st.integers(0, 100), max_size=4),
)
def test_no_call_is_made_while_the_calendar_is_closed(
    estate: Estate, minutes: int, kills: set[int]
) -> None:
    start, until = NOW + timedelta(minutes=minutes), NOW + timedelta(hours=20)
    found, entries = estate
    one = Timed(found, calendar=frozen(start, until))
    steps = iter(range(10**9))

    def kill(step: str) -> None:
        if next(steps) in kills:
            raise KilledError(step)

    one.kill = kill
    for number, hours in enumerate((0, 10, 25, 40)):
        one.now = max(one.now, NOW + timedelta(hours=hours))
        one.settle()
        left = remaining(entries, one)
        one.begin(f"run-{number}", *left)
        one.finish()
        one.faults = [fault for fault in one.faults if "not the planned one" not in fault]
        if left:
            check(one)
    assert not [call for call in one.timed if start <= call[0] < until]
    assert all(minutes > 0 or at >= until for at, _, _ in one.timed)


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Draw a plan in which each waits only for earlier ones."""
    entries: list[Planned] = []
    for number in range(draw(st.integers(1, 9))):
        id, earlier = f"r{number}", [one.subject.graph_id for one in entries]
        roots = [one.subject.graph_id for one in entries if one.action == "delete"]
        monthly = draw(st.sampled_from((None, 0.0, 5.0, 40.0)))
        if roots and draw(st.integers(0, 5)) == 0:
            owner = draw(st.sampled_from(roots))
            along = {"action": "goes_with", "goes_with": owner, "after": (owner,)}
            entries.append(planned(id, monthly=monthly, **along))
            continue
        after = draw(st.sets(st.sampled_from(earlier), max_size=2)) if earlier else set()
        whole = draw(st.sampled_from((None, None, None, "w0")))
        # What AWS deletes along is never prepared.
        cut = {one for one in after if one in roots and draw(st.booleans())}
        rest = {
            "after": tuple(sorted(after - cut)),
            "prepared_after": tuple(sorted(cut)),
            "part_of": whole and name(whole),
        }
        entries.append(planned(id, monthly=monthly, **rest))
    return entries


def check_spread(entries: list[Planned], per_day: int, kills: set[int], seconds: int) -> None:
    """Run every five hours; no day begins more than it may, and in the end all is gone.

    A run may also be killed for good: then the next one takes over.
    """
    scripts = {one.subject.id: Script(seconds=seconds) for one in entries}
    one = Timed(scripts, calendar={"timezone": "Asia/Kolkata", "per_day": per_day})
    steps = iter(range(10**9))

    def kill(step: str) -> None:
        if next(steps) in kills:
            raise KilledError(step)

    one.kill = kill
    for number in range(6 * len(entries) + 6):
        left = remaining(entries, one)
        if not left:
            break
        one.begin(f"run-{number}", *left)
        if number % 3 == 1:
            end_early(one)
        else:
            one.finish()
        one.now += timedelta(hours=5)
        one.settle()
    assert not one.there
    assert not one.faults
    days = begun_by_day(one, entries)
    assert max(map(len, days.values())) <= per_day, days


def end_early(one: Cloud) -> None:
    """Let only one turn of a run work, as if somebody stopped it then."""
    try:
        one.tick()
    except KilledError:
        return


def begun_by_day(one: Timed, entries: list[Planned]) -> dict[date, set[str]]:
    """Return what has begun by day, with what AWS deletes along."""
    zone = timedelta(hours=5, minutes=30)
    found: dict[date, set[str]] = defaultdict(set)
    seen: dict[str, date] = {}
    for at, _, id in one.timed:
        seen.setdefault(id, (at + zone).date())
        found[(at + zone).date()].add(id)
    for entry in entries:
        if entry.goes_with is not None:
            found[seen[entry.goes_with.rpartition("/")[2]]].add(entry.subject.id)
    return found


def largest(entries: list[Planned]) -> int:
    """Return how many resources go together at most, and so must fit into a day."""
    tied: list[set[str]] = [{one.subject.graph_id} for one in entries]
    for one in entries:
        group = {one.subject.graph_id, one.goes_with, one.part_of} - {None}
        for other in [other for other in tied if not other.isdisjoint(group)]:
            tied.remove(other)
            group |= other
        tied.append({name for name in group if name is not None})
    # A part that waits for something outside, which waits for another part, ties that as well.
    return len(entries) if any(one.part_of for one in entries) else max(map(len, tied))


@settings(max_examples=scaled(25))
@given(
    plans(), st.integers(0, 4), st.sets(st.integers(0, 200), max_size=8), st.sampled_from((0, 90))
)
def test_no_day_begins_more_than_it_may_and_all_is_deleted_in_the_end(
    entries: list[Planned], more: int, kills: set[int], seconds: int
) -> None:
    check_spread(entries, largest(entries) + more, kills, seconds)


def test_a_run_that_is_killed_at_any_write_keeps_to_the_day() -> None:
    entries = [planned(f"r{number}") for number in range(3)]
    entries.append(planned("r3", after=(name("r0"), name("r1"))))
    for place in range(40):
        check_spread(entries, 2, {place}, 0)


def test_what_saves_most_goes_first_with_all_that_must_go_before() -> None:
    entries = [
        planned("cheap", monthly=1.0),
        planned("needed", monthly=0.0),
        planned("dear", monthly=90.0, after=(name("needed"),)),
        planned("unknown"),
    ]
    one = Timed(dict.fromkeys(("cheap", "needed", "dear", "unknown"), Script()))
    one.calendar = {"per_day": 2}
    one.begin("run-1", *entries)
    one.finish()
    assert one.called() == ["needed", "dear"]
    assert one.statuses() == {"needed": "gone", "dear": "gone"}
    # Another run of the same day begins nothing.
    one.now += HOUR
    one.begin("run-2", *remaining(entries, one))
    one.finish()
    assert one.called() == ["needed", "dear"]
    one.now += timedelta(days=1)
    one.begin("run-3", *remaining(entries, one))
    one.finish()
    assert one.called() == ["needed", "dear", "cheap", "unknown"]


def test_what_stays_after_all_keeps_nothing_from_its_turn() -> None:
    scripts = {"kept": Script(protected=True), "other": Script()}
    one = Timed(scripts, calendar={"per_day": 1})
    entries = [planned("kept", monthly=50.0), planned("other", monthly=1.0)]
    for number in range(2):
        one.begin(f"run-{number}", *remaining(entries, one))
        one.finish()
        one.now += HOUR
    assert one.called() == ["other"]


def test_a_whole_that_never_fits_is_told() -> None:
    entries = [planned(f"r{number}", part_of=name("w")) for number in range(3)]
    one = Timed({f"r{number}": Script() for number in range(3)}, calendar={"per_day": 2})
    one.begin("run-1", *entries)
    (told,) = one.bucket.read_json(one.keys.plan_summary)["accounts"]
    assert told["calendar"]["begins"] == []
    assert told["calendar"]["too_large"] == told["calendar"]["waiting"] == 3
    assert one.tick()["done"]
    assert not one.timed
    assert told["account"] == ACCOUNT


def test_what_aws_deletes_along_counts_for_the_day() -> None:
    along = planned("b", action="goes_with", goes_with=name("a"), after=(name("a"),))
    entries = [planned("a", monthly=9.0), along, planned("c"), planned("d")]
    one = Timed(dict.fromkeys("abcd", Script()), calendar={"per_day": 3})
    one.begin("run-1", *entries[:2])
    one.finish()
    assert one.statuses() == {"a": "gone", "b": "gone"}
    one.now += HOUR
    one.begin("run-2", *entries[2:])
    one.finish()
    assert one.called() == ["a", "c"]


def test_what_would_break_goes_in_the_same_batch() -> None:
    entries = [planned("topic", monthly=9.0, needed_by=(name("alarm"),)), planned("alarm")]
    one = Timed(dict.fromkeys(("topic", "alarm"), Script()), calendar={"per_day": 1})
    one.begin("run-1", *entries)
    one.finish()
    assert one.called() == ["alarm"]
    one.now += timedelta(days=1)
    one.begin("run-2", *remaining([replace(entries[0], needed_by=())], one))
    one.finish()
    assert one.called() == ["alarm", "topic"]
