"""Grace: nothing goes before it was selected long enough, and often enough, without a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import from_text, to_text
from ebbtide.config import Config, parse_config
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan, read_plan
from ebbtide.plan.approvals import Verdicts
from ebbtide.plan.basis import Basis, Decided
from ebbtide.plan.first_runs import definitions
from ebbtide.plan.grace import NO_WAITS, Wait, Waits, terms
from ebbtide.plan.planning import decide
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    NOW,
    default_edge,
    delete_edge,
    inventory,
    owns_edge,
    resource,
    volume,
)

EXPIRES = {"ebbtide:expires": "2020-01-01"}
HOUR = timedelta(hours=1)


def config(grace: str | None = None, runs: int | None = None, **sections: Any) -> Config:
    options = {"enabled": True, "grace": grace, "grace_runs": runs}
    return parse_config(yaml.safe_dump({"rules": {"expired": options}, **sections}))


BOTH = config("3h", 3)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def read_at(moment: datetime, one: Resource) -> Resource:
    """Return a resource as a complete reading has it."""
    return replace(one, last_seen=moment, watched_until=moment)


@dataclass
class Runs:
    """The runs of a deployment, each of which remembers the waits of the one before."""

    config: Config = field(default_factory=lambda: BOTH)
    waits: Waits = NO_WAITS

    def decide(
        self,
        hours: float,
        world: Iterable[Resource] | Inventory,
        *,
        publish: bool = True,
        **given: Any,
    ) -> Decided:
        now = at(hours)
        if not isinstance(world, Inventory):
            world = inventory([read_at(now, one) for one in world])
        basis = Basis(world, self.config, "run", "manifest", now, waits=self.waits, **given)
        decided = decide(basis)
        if publish:
            assert decided.waits is not None
            self.waits = decided.waits
        return decided

    def plan(self, hours: float, world: Iterable[Resource] | Inventory, **given: Any) -> Plan:
        return self.decide(hours, world, **given).plan


def gone(plan: Plan) -> set[str]:
    return {entry.subject.id for entry in plan.planned}


def waiting(plan: Plan) -> set[str]:
    return {entry.subject.id for entry in plan.reported if entry.grace is not None}


VOLUME = volume("vol-1", tags=EXPIRES)


def test_a_resource_waits_for_both_the_time_and_the_runs() -> None:
    runs = Runs()
    plan = runs.plan(0, [VOLUME])
    assert not plan.planned and not plan.undecided and not plan.refused
    (entry,) = plan.reported
    assert entry.grace is not None
    assert (entry.grace.since, entry.grace.ends) == (to_text(at(0)), to_text(at(3)))
    assert (entry.grace.runs, entry.grace.wanted, entry.grace.ending) == (1, 3, False)
    assert entry.stays == (
        f"in grace: selected by expired since {to_text(at(0))}; grace ends at {to_text(at(3))}, "
        "run 1 of 3"
    )
    assert waiting(runs.plan(1, [VOLUME])) == waiting(runs.plan(2, [VOLUME])) == {"vol-1"}
    # Three runs have selected it, but the time is not over; then it is.
    assert gone(runs.plan(2.9, [VOLUME])) == set()
    assert gone(runs.plan(3, [VOLUME])) == {"vol-1"}
    assert read_plan(plan.to_json()) == plan


def test_without_grace_nothing_waits_and_nothing_is_remembered() -> None:
    decided = Runs(config()).decide(0, [VOLUME], publish=False)
    assert gone(decided.plan) == {"vol-1"} and decided.waits is None


@pytest.mark.parametrize(("time", "count", "over"), [("3h", None, 3), (None, 3, 2), ("1h", 5, 4)])
def test_each_condition_counts_alone_and_the_longer_of_both(
    time: str | None, count: int | None, over: int
) -> None:
    runs = Runs(config(time, count))
    ends = [hour for hour in range(7) if gone(runs.plan(hour, [VOLUME]))]
    assert ends == list(range(over, 7))


def test_a_wait_ends_if_a_complete_run_does_not_select_the_resource() -> None:
    runs = Runs()
    for hour in range(3):
        runs.plan(hour, [VOLUME])
    runs.plan(3, [volume("vol-1")])
    assert runs.waits == {}
    assert waiting(runs.plan(4, [VOLUME])) == {"vol-1"}
    assert one_wait(runs).runs == 1 and from_text(one_wait(runs).since) == at(4)


def one_wait(runs: Runs, name: str = "vol-1") -> Wait:
    ((graph_id, waits),) = [one for one in runs.waits.items() if one[0].endswith(f"/{name}")]
    assert graph_id
    return next(iter(waits.values()))


KEPT: dict[str, dict[str, Any]] = {
    "protected": {"tags": {**EXPIRES, "ebbtide:protected": "true"}},
}


def test_what_is_protected_or_rejected_in_between_waits_anew() -> None:
    protected = replace(VOLUME, tags={**EXPIRES, "ebbtide:protected": "true"})
    runs = Runs()
    runs.plan(0, [VOLUME])
    assert runs.plan(1, [protected]).refused[0].code == "protected"
    assert runs.waits == {}
    runs.plan(2, [VOLUME])
    verdicts = Verdicts(rejected={VOLUME.graph_id: "rejected by owner"})
    assert runs.plan(3, [VOLUME], verdicts=verdicts).refused[0].code == "rejected"
    assert runs.waits == {}
    kept = Marks(protected={VOLUME.graph_id: "an automation keeps it"})
    runs.plan(4, [VOLUME])
    assert runs.plan(5, [VOLUME], marks=kept).refused[0].code == "protected"
    assert runs.waits == {}


CHANGES: dict[str, Resource] = {
    "fingerprint": replace(VOLUME, properties={**VOLUME.properties, "state": "in-use"}),
    "creation": replace(VOLUME, created=NOW - timedelta(days=3)),
    "a use": replace(VOLUME, properties={**VOLUME.properties, "last_used": "2026-11-22"}),
    "a tag that the rule reads": replace(VOLUME, tags={"ebbtide:expires": "2021-01-01"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_or_a_use_begins_the_wait_anew(change: str) -> None:
    runs = Runs()
    runs.plan(0, [VOLUME])
    runs.plan(1, [VOLUME])
    runs.plan(2, [CHANGES[change]])
    assert one_wait(runs).runs == 1 and from_text(one_wait(runs).since) == at(2)


def test_a_later_use_begins_anew_and_one_that_is_no_longer_told_does_not() -> None:
    def used(day: str | None) -> Resource:
        return replace(VOLUME, properties={**VOLUME.properties, "last_used": day})

    runs = Runs()
    runs.plan(0, [used("2026-01-01")])
    runs.plan(1, [used(None)])
    runs.plan(2, [used("2026-01-01")])
    assert one_wait(runs).runs == 3
    runs.plan(3, [used("2026-01-02")])
    assert one_wait(runs).runs == 1


def test_other_options_of_the_rule_begin_the_wait_anew() -> None:
    runs = Runs()
    for hour in range(3):
        runs.plan(hour, [VOLUME])
    runs.config = config("1h", 3)
    assert waiting(runs.plan(3, [VOLUME])) == {"vol-1"} and one_wait(runs).runs == 1


def test_a_run_that_is_repeated_or_uses_an_old_snapshot_counts_once() -> None:
    runs = Runs(config(None, 2))
    world = inventory([read_at(at(0), VOLUME)])
    for hour in (0, 0, 0.5, 1):
        assert waiting(runs.plan(hour, world)) == {"vol-1"}
        assert one_wait(runs).runs == 1
    assert gone(runs.plan(1, [VOLUME])) == {"vol-1"}


def test_a_day_without_a_reading_begins_the_wait_anew() -> None:
    runs = Runs(config(None, 2))
    runs.plan(0, [VOLUME])
    assert waiting(runs.plan(25, [VOLUME])) == {"vol-1"}
    # Two starts of a daily schedule are not exactly a day apart.
    assert gone(runs.plan(49.1, [VOLUME])) == {"vol-1"}


def test_a_wait_outlives_doubts_and_unread_resources_but_does_not_count_them() -> None:
    runs = Runs()
    runs.plan(0, [VOLUME])
    before = runs.waits
    stale = inventory([replace(VOLUME, stale_since=at(0), last_seen=at(0), watched_until=at(0))])
    unread = replace(VOLUME, unread={"ec2:DescribeVolumes": "denied"})
    for world in (
        stale,
        [unread],
        [replace(VOLUME, tags=None)],
        inventory([read_at(at(1), VOLUME)], gaps={"aws_ec2_instance": "denied"}),
        inventory([replace(VOLUME, last_seen=at(0))], stale_since=to_text(at(0))),
        Inventory("111122223333", (), (), ()),
        # Read, but its kind was not read completely.
        inventory([replace(VOLUME, last_seen=at(1), watched_until=at(0))]),
    ):
        assert not gone(runs.plan(1, world))
        assert runs.waits == before
    # A day later, the wait of what could not be read has ended.
    runs.plan(25, stale)
    assert runs.waits == {}


def test_a_resource_that_is_gone_is_forgotten() -> None:
    runs = Runs()
    runs.plan(0, [VOLUME, volume("vol-2", tags=EXPIRES)])
    runs.plan(1, [volume("vol-2", tags=EXPIRES)])
    assert [name.rpartition("/")[2] for name in runs.waits] == ["vol-2"]


def test_another_rule_without_grace_deletes_at_once() -> None:
    both = {"expired": {"enabled": True, "grace": "7d"}, "volumes": {"enabled": True}}
    runs = Runs(parse_config(yaml.safe_dump({"rules": both})))
    plan = runs.plan(0, [VOLUME])
    assert gone(plan) == {"vol-1"} and plan.planned[0].rules == ("volumes",)
    assert one_wait(runs).runs == 1


def test_what_relies_on_a_resource_in_its_grace_waits_as_well() -> None:
    """A volume is attached to an instance: one rule selects both, the other one has a grace."""
    rules = {"expired": {"enabled": True}, "volumes": {"enabled": False}}
    job = {
        "name": "machines",
        "event": "post_collect",
        "search": "is(aws_ec2_instance)",
        "action": {"clean": {"reason": "old", "grace_runs": 2}},
    }
    runs = Runs(parse_config(yaml.safe_dump({"rules": rules, "jobs": [job]})))
    disk = volume("vol-1", tags=EXPIRES)
    machine = resource(
        "aws_ec2_instance", "i-1", properties={"instance_status": "stopped", "state": "stopped"}
    )

    def world(hours: float) -> Inventory:
        read = [read_at(at(hours), one) for one in (disk, machine)]
        return inventory(read, [delete_edge(disk, machine), default_edge(machine, disk)])

    made = CleanMarks("machines", "post_collect", "old", "", "manifest", (), (machine.graph_id,))
    marks = Marks((made,), ran=frozenset({"job:machines"}))
    plan = runs.plan(0, world(0), marks=marks)
    assert not plan.planned and waiting(plan) == {"vol-1", "i-1"}
    assert "in_grace" in next(one for one in plan.reported if one.subject.id == "vol-1").stays
    # The job did not run, so nothing is known; then it did.
    silent = runs.plan(0.5, world(0.5))
    assert not silent.planned and one_wait(runs, "i-1").runs == 1
    assert gone(runs.plan(1, world(1), marks=marks)) == {"vol-1", "i-1"}
    # It ran and did not select the machine.
    runs.plan(2, world(2), marks=Marks(ran=frozenset({"job:machines"})))
    assert runs.waits == {}


def test_what_goes_with_its_owner_has_the_grace_of_the_owner() -> None:
    stack = resource(
        "aws_cloudformation_stack",
        "s",
        tags=EXPIRES,
        properties={"stack_status": "CREATE_COMPLETE"},
    )
    table = resource("aws_dynamodb_table", "t")
    world = inventory([read_at(at(0), one) for one in (stack, table)], [owns_edge(stack, table)])
    plan = Runs().plan(0, world)
    assert not plan.planned and waiting(plan) == {one.subject.id for one in plan.reported}


def test_a_limited_run_deletes_what_waited_long_enough_and_counts_nothing() -> None:
    runs = Runs(config(None, 3))
    runs.plan(0, [VOLUME])
    runs.plan(1, [VOLUME])
    told = runs.plan(1.5, [VOLUME], limited=True, publish=False)
    assert waiting(told) == {"vol-1"} and told.reported[0].grace is not None
    assert told.reported[0].grace.runs == 2
    assert gone(runs.plan(2, [VOLUME])) == {"vol-1"}
    assert gone(runs.plan(2.5, [VOLUME], limited=True, publish=False)) == {"vol-1"}
    other = replace(VOLUME, created=NOW - timedelta(days=3))
    assert not gone(runs.plan(2.5, [other], limited=True, publish=False))


def test_grace_that_may_end_within_a_day_is_told() -> None:
    runs = Runs(config("7d", 30))
    for hour in range(0, 6 * 24, 12):
        plan = runs.plan(hour, [VOLUME])
        assert plan.reported[0].grace is not None
        # The first run does not know how fast runs follow each other: a time is what is known.
        assert not plan.reported[0].grace.ending
    # At two runs a day, the thirtieth is later than the time.
    assert not runs.plan(6 * 24 + 6, [VOLUME]).reported[0].grace.ending  # type: ignore[union-attr]
    short = Runs(config("7d"))
    assert [
        entry.grace.ending
        for hour in range(0, 7 * 24, 24)
        for entry in short.plan(hour, [VOLUME]).reported
        if entry.grace is not None
    ] == [False] * 6 + [True]


@pytest.mark.parametrize(
    ("time", "count", "told"),
    [
        ("3d", None, [False, False, True]),
        (None, 4, [False, False, True]),
        (None, 2, [True]),
        ("3d", 3, [False, False, True]),
    ],
)
def test_the_last_run_before_the_end_of_a_daily_schedule_tells_it(
    time: str | None, count: int | None, told: list[bool]
) -> None:
    runs, found = Runs(config(time, count)), []
    for day in range(5):
        # A daily schedule is late, and ever later.
        for entry in runs.plan(day * 24.2, [VOLUME]).reported:
            assert entry.grace is not None
            found.append(entry.grace.ending)
    assert found == told


def test_a_rule_without_an_hour_of_grace_is_a_mistake() -> None:
    for wrong in ({"grace": "0s"}, {"grace_runs": 1}, {"grace_runs": 0}, {"grace": "7"}):
        with pytest.raises(Exception, match="grace"):
            parse_config(yaml.safe_dump({"rules": {"expired": wrong}}))
    assert terms(BOTH).keys() == {"expired"}
    # Without grace, reports and approvals of earlier versions stay valid.
    assert definitions(config()) != definitions(BOTH)


# What a run sees of the volume, in the order of the oracle.
SEES = ("sure", "sure", "sure", "sure", "other", "doubt", "stale", "nothing", "kept", "again")


@dataclass
class Oracle:
    """Counts as simply as it can: the readings in a row since the last reset."""

    wanted_runs: int
    wanted_time: timedelta
    readings: list[datetime] = field(default_factory=list)
    form: str = ""
    last: tuple[str, datetime] | None = None

    def may_go(self, sees: str, now: datetime, read: datetime, form: str, *, counts: bool) -> bool:
        readings = list(self.readings)
        if readings and now - readings[-1] > timedelta(hours=24, minutes=15):
            readings = []
        if sees in ("nothing", "kept"):
            readings = []
        elif sees == "sure":
            if form != self.form:
                readings = []
            if not readings or (read > readings[-1] and counts):
                readings.append(read)
        if counts:
            self.readings, self.form = readings, form if sees == "sure" else self.form
        if sees != "sure" or not readings:
            return False
        enough = len(readings) >= self.wanted_runs
        return enough and readings[-1] - readings[0] >= self.wanted_time


steps = st.lists(
    st.tuples(
        st.sampled_from(SEES),
        st.sampled_from((1, 1, 1, 1, 5, 23, 25)),
        st.booleans() | st.just(True) | st.just(True),
    ),
    max_size=25,
)


@given(steps, st.integers(2, 4), st.integers(1, 30))
def test_nothing_goes_before_its_grace_is_over(
    taken: list[tuple[str, int, bool]], count: int, hours: int
) -> None:
    runs = Runs(config(f"{hours}h", count))
    oracle = Oracle(count, timedelta(hours=hours))
    now, read, form = 0.0, 0.0, 0
    for sees, pause, counts in taken:
        now += pause
        if sees == "other":
            form, sees = form + 1, "sure"
        if sees != "again" and sees != "stale":
            read = now
        shown = replace(VOLUME, properties={**VOLUME.properties, "attachments": [form]})
        world = seen(sees, shown, at(read))
        expected = oracle.may_go(
            "sure" if sees == "again" else sees, at(now), at(read), str(form), counts=counts
        )
        # Whoever repeats a run gets the same.
        twice = [runs.decide(now, world, limited=not counts, publish=False) for _ in range(2)]
        assert twice[0].plan == twice[1].plan and twice[0].waits == twice[1].waits
        assert bool(gone(twice[0].plan)) == expected, (sees, now)
        if counts:
            assert twice[0].waits is not None
            runs.waits = twice[0].waits


def seen(sees: str, one: Resource, read: datetime) -> Inventory:
    tags: Mapping[str, str] | None = one.tags
    found = read_at(read, one)
    match sees:
        case "stale":
            found = replace(found, stale_since=read)
        case "doubt":
            tags = None
        case "nothing":
            tags = {}
        case "kept":
            tags = {**EXPIRES, "ebbtide:protected": "true"}
    return inventory([replace(found, tags=tags)])
