"""What of a plan begins in a day: never too much, never without what belongs to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.base.errors import ConfigError, PlanError
from ebbtide.config import parse_config
from ebbtide.config.calendar import CalendarConfig
from ebbtide.graph.ordering import tied
from ebbtide.plan import Planned
from ebbtide.plan.binding import sealed_summary
from ebbtide.plan.deletions import allowances
from ebbtide.plan.spreading import Allowance, batch_of, too_large
from ebbtide.plan.today import begun_today, notes, sentences, today_of, total_of
from ebbtide.store.keys import RunKeys
from tests.support.builders import ACCOUNT, NOW
from tests.support.cleanup_runs import Cloud, Script, name, planned
from tests.support.small_cleanup import Memory
from tests.unit.cleanup.test_calendar import plans


def is_open(_entry: Planned) -> str:
    return ""


def needs_of(entry: Planned, entries: list[Planned]) -> set[str]:
    """Return what must begin at the latest with a resource, said once more and slowly."""
    known = {one.subject.graph_id for one in entries}
    found = {*entry.after, *entry.prepared_after, *entry.needed_by, entry.goes_with}
    for one in entries:
        if one.goes_with == entry.subject.graph_id:
            found.add(one.subject.graph_id)
        whole = entry.part_of or entry.subject.graph_id
        if whole in (one.part_of, one.subject.graph_id):
            found.add(one.subject.graph_id)
    return {one for one in found if one in known}


@given(plans(), st.integers(0, 9), st.data())
def test_a_batch_has_all_that_its_resources_need_and_not_more_than_may_begin(
    entries: list[Planned], left: int, data: st.DataObject
) -> None:
    names = [one.subject.graph_id for one in entries]
    begun = frozenset(data.draw(st.sets(st.sampled_from(names))))
    shut = data.draw(st.sets(st.sampled_from(names), max_size=2))
    allowance = Allowance(9, left, begun)
    found = set(batch_of(entries, allowance, lambda one: "shut" * (one.subject.graph_id in shut)))
    assert len(found - begun) <= left
    assert not found & shut
    for entry in entries:
        if entry.subject.graph_id in found:
            assert needs_of(entry, entries) <= found
    # Whatever could still be added is too much for the day, or needs what is shut.
    for entry in entries:
        closure = {entry.subject.graph_id}
        for _ in entries:
            closure |= {
                need
                for one in entries
                if one.subject.graph_id in closure
                for need in needs_of(one, entries)
            }
        if not closure <= found:
            assert len((found | closure) - begun) > left or closure & shut


@given(plans())
def test_a_day_that_has_room_for_all_begins_all_in_the_same_order(entries: list[Planned]) -> None:
    found = batch_of(entries, Allowance(len(entries), len(entries)), is_open)
    assert list(found) == [one.subject.graph_id for one in entries]
    assert not too_large(entries, len(entries))


@given(
    st.dictionaries(
        st.sampled_from("abcdefg"), st.sets(st.sampled_from("abcdefgh"), max_size=3), max_size=7
    )
)
def test_names_that_need_each_other_share_a_group(needs: dict[str, set[str]]) -> None:
    reached = {name: {name} for name in needs}
    for _ in needs:
        for found in reached.values():
            found |= {one for other in list(found) for one in needs[other] if one in needs}
    groups = tied(needs)
    assert groups.keys() == needs.keys()
    for one in needs:
        for other in needs:
            together = other in reached[one] and one in reached[other]
            assert (groups[one] == groups[other]) == together
        assert groups[one] in needs


def test_a_long_chain_is_looked_at_once() -> None:
    entries = [planned("r0")]
    entries += [planned(f"r{n}", after=(name(f"r{n - 1}"),)) for n in range(1, 5000)]
    found = batch_of(entries, Allowance(7, 7), is_open)
    assert list(found) == [one.subject.graph_id for one in entries[:7]]


# What has begun in a day


def state(**resources: Any) -> dict[str, Any]:
    return {"dry_run": False, "resources": {name(id): one for id, one in resources.items()}}


def begun(at: datetime, status: str = "gone") -> dict[str, Any]:
    return {"status": status, "begun": to_text(at)}


def allowance_of(states: list[dict[str, Any]], per_day: int = 5) -> Allowance:
    bucket: Any = Memory()
    for number, one in enumerate(states):
        keys = RunKeys(f"run-{number}")
        bucket.write_json(keys.plan_summary, {"accounts": [{"account": ACCOUNT, "planned": 1}]})
        bucket.write_json(keys.cleanup(ACCOUNT, "state.json"), one)
    calendar = CalendarConfig(timezone="Europe/Berlin", per_day=per_day)
    runs = [f"run-{number}" for number in range(len(states))]
    return allowances(bucket, runs, calendar, NOW)(ACCOUNT)


def test_the_day_is_one_of_the_time_zone() -> None:
    # In Berlin, the day of NOW began at 23:00 UTC.
    before = datetime(2026, 11, 21, 22, 59, tzinfo=UTC)
    found = allowance_of([state(a=begun(before), b=begun(before + timedelta(minutes=1)))])
    assert found.left == 4


def test_what_is_tried_again_on_the_same_day_counts_once() -> None:
    hour = timedelta(hours=1)
    states = [state(a=begun(NOW - 2 * hour, "failed")), state(a=begun(NOW - hour, "deleting"))]
    found = allowance_of(states)
    assert (found.left, found.begun) == (4, {name("a")})
    assert found.tried[name("a")] == 1


def test_what_was_gone_and_begins_again_is_another_one() -> None:
    hour = timedelta(hours=1)
    found = allowance_of([state(a=begun(NOW - 2 * hour)), state(a=begun(NOW - hour))])
    assert (found.left, found.begun) == (3, frozenset())


def test_a_deletion_that_the_next_run_confirms_counts_once() -> None:
    found = allowance_of([state(a=begun(NOW, "pending")), state(a=begun(NOW, "gone"))])
    assert (found.left, found.begun) == (4, frozenset())


def test_dry_runs_and_what_never_began_count_nothing() -> None:
    dry = {**state(a=begun(NOW)), "dry_run": True}
    found = allowance_of([dry, state(b={"status": "skipped"})])
    assert found.left == 5


# What people are told


def summary_of(calendar: CalendarConfig, entries: list[Planned], left: int = 0) -> dict[str, Any]:
    allowance = None if calendar.per_day is None else Allowance(calendar.per_day, left)
    record = today_of(calendar, ACCOUNT, entries, allowance, NOW)
    accounts = [{"account": ACCOUNT, "calendar": record}]
    return {"accounts": accounts, "calendar": total_of([record], NOW)}


def test_what_waits_is_told_with_the_reason() -> None:
    calendar = CalendarConfig(per_day=2)
    entries = [planned("a", monthly=3.0), planned("b")]
    entries += [planned(f"w{number}", part_of=name("w")) for number in range(3)]
    summary = summary_of(calendar, entries, left=1)
    going = begun_today(summary, ACCOUNT, entries)
    assert [one.subject.id for one in going] == ["a"]
    found = notes(calendar, summary, ACCOUNT, entries)
    assert found[name("b")] == "waits for another day: cleanup.calendar.per_day is 2"
    assert found[name("w1")].startswith("never fits: 3 resources go together")
    assert found.keys() == {one.subject.graph_id for one in entries} - {name("a")}
    assert sentences(summary) == [
        "4 planned resources left for other days by cleanup.calendar.per_day; "
        "3 of these never fit into a day"
    ]


def test_what_is_closed_is_told_until_when() -> None:
    freeze = {"start": "2026-11-20", "until": "2026-11-23", "reason": "sales"}
    calendar = CalendarConfig.model_validate({"freeze": [freeze]})
    entries = [planned("a")]
    summary = summary_of(calendar, entries)
    why = "closed until 2026-11-24T00:00:00Z: frozen, sales"
    assert notes(calendar, summary, ACCOUNT, entries) == {name("a"): why}
    assert sentences(summary) == [f"1 planned resource could not begin: {why}"]
    assert summary["calendar"]["opens"] == "2026-11-24T00:00:00Z"
    # Without per_day, the cleanup gets all of it, and each tick decides.
    assert begun_today(summary, ACCOUNT, entries) == tuple(entries)


def test_a_summary_that_does_not_say_what_begins_is_an_error() -> None:
    one = Cloud({"a": Script()}, calendar={"per_day": 1})
    one.begin("run-1", planned("a"))
    summary = one.bucket.read_json(one.keys.plan_summary)
    del summary["calendar"], summary["accounts"][0]["calendar"]
    sealed = sealed_summary(summary)
    one.bucket.write_json(one.keys.plan_summary, sealed)
    one.summary_hash = sealed["hash"]
    with pytest.raises(PlanError, match="what begins today"):
        one.tick()


def test_without_a_calendar_nothing_is_told() -> None:
    summary = {"accounts": [{"account": ACCOUNT}]}
    assert sentences(summary) == []
    assert notes(CalendarConfig(), summary, ACCOUNT, [planned("a")]) == {}
    assert begun_today(summary, ACCOUNT, [planned("a")]) == (planned("a"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{per_day: 0}", "per_day: must be at least 1"),
        ("{spread: true}", "spread needs per_day"),
        ("{timezone: Mars/Olympus}", "unknown time zone"),
        ("{hours: [{start: '09:00', until: 17:00}]}", "must be a time in quotes"),
        ("{hours: [{start: '9:00', until: '17:00'}]}", "is not a time of a day"),
        ("{hours: [{start: '09:00', until: '09:00'}]}", "start and until are the same"),
        ("{freeze: [{start: 2026-12-20, until: 2026-12-19, reason: x}]}", "must be after start"),
        ("{freeze: [{start: 2026-12-20T10:00:00Z, until: 2026-12-29, reason: x}]}", "no offset"),
        ("{freeze: [{start: 20. Dec, until: 2026-12-29, reason: x}]}", "neither a date"),
        (
            "{freeze: [{start: 2026-12-20, until: 2026-12-26, reason: x, every: week}]}",
            "must be shorter than a week",
        ),
        ("{freeze: [{start: 2020-01-01, until: 2999-01-01, reason: x}]}", "never lets a deletion"),
    ],
)
def test_a_wrong_calendar_is_an_error_that_names_the_line(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match="line 2") as error:
        parse_config(f"cleanup:\n  calendar: {text}\n")
    assert problem in str(error.value)
