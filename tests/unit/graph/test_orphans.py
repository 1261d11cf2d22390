"""The graph notes since when all owners of a resource are gone, without a gap."""

from __future__ import annotations

from typing import Any

from ebbtide.config import OwnersConfig
from ebbtide.graph.orphans import note_orphans
from ebbtide.model.resource import Resource
from tests.support.builders import REGION, full_coverage, resource

FIRST, SECOND, THIRD = "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"
GROUP = "aws_autoscaling_group"
LEFT = resource("aws_ec2_volume", "vol-1", tags={"aws:autoscaling:groupName": "web"})
OWNER = resource(GROUP, "web")

type Lines = dict[str, Any]


def run(started: str, before: Lines, *found: Resource, gap: str = "complete") -> Lines:
    lines = {one.graph_id: one.to_line() for one in found}
    coverage = full_coverage(gaps={GROUP: gap})
    note_orphans(lines, before, coverage, (REGION,), OwnersConfig(), started)
    return lines


def since(lines: Lines) -> str | None:
    return lines[LEFT.graph_id].get("orphaned_since")


def test_the_first_run_that_proves_it_counts() -> None:
    owned = run(FIRST, {}, LEFT, OWNER)
    left = run(SECOND, owned, LEFT)
    assert (since(owned), since(left), since(run(THIRD, left, LEFT))) == (None, SECOND, SECOND)


def test_a_run_that_could_not_look_for_the_owner_breaks_the_row() -> None:
    left = run(FIRST, {}, LEFT)
    unread = run(SECOND, left, LEFT, gap="denied")
    assert (since(unread), since(run(THIRD, unread, LEFT))) == (None, THIRD)


def test_an_owner_that_is_made_again_breaks_the_row() -> None:
    left = run(FIRST, {}, LEFT)
    again = run(SECOND, left, LEFT, OWNER)
    assert (since(again), since(run(THIRD, again, LEFT))) == (None, THIRD)


def test_what_was_carried_over_keeps_no_old_time() -> None:
    left = run(FIRST, {}, LEFT)
    stale = {LEFT.graph_id: {**left[LEFT.graph_id], "stale_since": SECOND}}
    note_orphans(stale, left, full_coverage(), (REGION,), OwnersConfig(), SECOND)
    assert since(stale) is None


def test_what_has_no_owner_is_no_orphan() -> None:
    free = resource("aws_ec2_volume", "vol-1", tags={"owner": "me"})
    assert since(run(FIRST, {}, free)) is None


def test_the_time_survives_the_way_through_the_bucket() -> None:
    left = run(FIRST, {}, LEFT)[LEFT.graph_id]
    assert Resource.from_line(left).to_line() == left
