"""Resources that own each other end a plan in bounded time, and each is in one of its lists."""

from __future__ import annotations

import pytest

from ebbtide.plan import Plan
from tests.support.builders import inventory, owns_edge, planned, volume

EXPIRED = {"ebbtide:expires": "2020-01-01"}
PROTECTED = {**EXPIRED, "ebbtide:protected": "true"}


def plan_of_circle(length: int, **protected: bool) -> Plan:
    names = [f"vol-{number}" for number in range(length)]
    found = [volume(name, tags=PROTECTED if protected.get(name) else EXPIRED) for name in names]
    edges = [owns_edge(one, other) for one, other in zip(found, found[1:] + found[:1], strict=True)]
    return planned(inventory(found, edges))


@pytest.mark.parametrize("length", [2, 3, 5])
def test_owners_of_each_other_stay(length: int) -> None:
    """Nothing tells which of them would take the others along."""
    plan = plan_of_circle(length)
    assert (plan.planned, plan.undecided) == ((), ())
    assert [entry.code for entry in plan.refused] == ["owned"] * length


@pytest.mark.parametrize("kept", ["vol-0", "vol-1", "vol-2"])
def test_one_that_is_protected_keeps_its_circle(kept: str) -> None:
    plan = plan_of_circle(3, **{kept: True})
    assert plan.planned == ()
    assert len({entry.subject.id for entry in plan.refused}) == 3
