"""A walk in both directions is a walk in and a walk out, never a mixture of the two."""

from __future__ import annotations

import pytest

from tests.faults.known import known_fault
from tests.faults.search.answers import found

FAULT = "collection F1: a walk both ways reaches the whole account: "
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
        pytest.param("<-[0:]->", ABOVE, marks=known_fault(f"{FAULT}any depth")),
        pytest.param(
            "<-[1:]->", ABOVE - {"vol-root"}, marks=known_fault(f"{FAULT}any depth but the start")
        ),
        pytest.param(
            "<-[2]->",
            {"subnet-1", "tg-web", "111122223333"},
            marks=known_fault(f"{FAULT}two steps"),
        ),
        pytest.param(
            "<-default[0:]default->", ABOVE, marks=known_fault(f"{FAULT}the type is given twice")
        ),
        pytest.param(
            "<-[1:2]-> is(aws_ec2_instance)", {"i-web"}, marks=known_fault(f"{FAULT}instances")
        ),
    ],
)
def test_a_walk_both_ways_reaches_what_either_walk_reaches(walk: str, expected: set[str]) -> None:
    assert set(found(f"{START} {walk}")) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "is(volume) with(any, <-[1:2]-> is(instance) and name = CI-runner)",
            marks=known_fault(f"{FAULT}in a with clause"),
        ),
        pytest.param(
            "is(volume) {user: <-[1:2]-> is(instance) and name = CI-runner} "
            "/user.reported.name = CI-runner",
            marks=known_fault(f"{FAULT}in a merge"),
        ),
    ],
)
def test_no_volume_is_of_an_instance_that_only_its_region_joins_it_to(text: str) -> None:
    assert found(text) == []
