"""A walk in both directions is a walk in and a walk out, never a mixture of the two."""

from __future__ import annotations

import pytest

from tests.faults.search.answers import found

# The volume, its instance, and everything that contains the instance.
ABOVE = {"vol-root", "i-web", "subnet-1", "vpc-1", "tg-web", "us-east-1", "111122223333"}
START = "is(aws_ec2_volume) and id = vol-root"


@pytest.mark.parametrize(
    ("walk", "expected"),
    [
        ("<-->", {"i-web", "us-east-1"}),
        ("<-[0:1]->", {"vol-root", "i-web", "us-east-1"}),
        ("<-[0:]-", ABOVE),
        ("-[0:]->", {"vol-root"}),
        ("<-[2]-", {"subnet-1", "tg-web", "111122223333"}),
        ("-[2]->", set()),
        ("<-delete[1:1]default->", set()),
        ("<-[0:]->", ABOVE),
        ("<-[1:]->", ABOVE - {"vol-root"}),
        ("<-[2]->", {"subnet-1", "tg-web", "111122223333"}),
        ("<-default[0:]default->", ABOVE),
        ("<-[1:2]-> is(aws_ec2_instance)", {"i-web"}),
    ],
)
def test_a_walk_both_ways_reaches_what_either_walk_reaches(walk: str, expected: set[str]) -> None:
    assert set(found(f"{START} {walk}")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "is(volume) with(any, <-[1:2]-> is(instance) and name = CI-runner)",
        "is(volume) {user: <-[1:2]-> is(instance) and name = CI-runner} "
        "/user.reported.name = CI-runner",
    ],
)
def test_no_volume_is_of_an_instance_that_only_its_region_joins_it_to(text: str) -> None:
    assert found(text) == []
