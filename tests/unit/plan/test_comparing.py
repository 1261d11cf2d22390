"""Two plans differ in outcomes, rules, codes and blockers, not in the ages that reasons hold."""

from __future__ import annotations

import pytest

from ebbtide.model.resource import Subject
from ebbtide.plan.comparing import ORDER, Fate, changes, fates_of
from tests.support.builders import ALL_RULES, inventory, planned, volume

SUBJECT = Subject("1/r/k/x", "k", "x", "x", "1", "r", None)
GOES = Fate(SUBJECT, "planned", ("old",), "90d old")
REPORTED = Fate(SUBJECT, "reported", ("old",), "90d old")
REFUSED = Fate(SUBJECT, "refused", ("old",), "still used by y", "blocked", ("1/r/k/y",))
UNDECIDED = Fate(SUBJECT, "undecided", ("old",), "not read", "stale")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, GOES, "selected"),
        (REFUSED, GOES, "selected"),
        (REPORTED, GOES, "selected"),
        (GOES, None, "dropped"),
        (GOES, REFUSED, "dropped"),
        (GOES, REPORTED, "dropped"),
        (None, REPORTED, "reported"),
        (None, REFUSED, "refused"),
        (UNDECIDED, REFUSED, "refused"),
        (REFUSED, UNDECIDED, "undecided"),
        (REFUSED, None, "forgotten"),
        (GOES, Fate(SUBJECT, "planned", ("old", "job:x"), "90d old"), "changed"),
        (REFUSED, Fate(SUBJECT, "refused", ("old",), "kept", "protected"), "changed"),
        (REFUSED, Fate(SUBJECT, "refused", ("old",), "z", "blocked", ("1/r/k/z",)), "changed"),
        (GOES, Fate(SUBJECT, "planned", ("old",), "91d old"), None),
        (GOES, GOES, None),
    ],
)
def test_each_change_has_one_name(
    before: Fate | None, after: Fate | None, expected: str | None
) -> None:
    found = changes(
        {} if before is None else {SUBJECT.graph_id: before},
        {} if after is None else {SUBJECT.graph_id: after},
    )
    assert [one.change for one in found] == ([] if expected is None else [expected])
    for one in found:
        assert (one.subject, one.before, one.after) == (SUBJECT, before, after)


def test_changes_are_sorted_by_what_they_are_and_then_by_resource() -> None:
    def named(fate: Fate, name: str) -> tuple[str, Fate]:
        return name, fate

    before = dict([named(GOES, "b"), named(REFUSED, "a"), named(GOES, "d")])
    after = dict([named(GOES, "c"), named(UNDECIDED, "a")])
    found = [one.change for one in changes(before, after)]
    assert found == ["selected", "dropped", "dropped", "undecided"]
    assert found == sorted(found, key=ORDER.index)


def test_all_that_a_plan_names_has_a_fate() -> None:
    keep = volume("vol-2", tags={"expiration": "1d", "ebbtide:protected": "1"})
    plan = planned(inventory([volume("vol-1", tags={"expiration": "1d"}), keep]), ALL_RULES)
    found = {fate.subject.id: (fate.outcome, fate.code) for fate in fates_of([plan]).values()}
    assert found == {"vol-1": ("planned", ""), "vol-2": ("refused", "protected")}
