"""Every relation that affects a deletion, with every gap that hides its other end."""

from __future__ import annotations

import pytest

from ebbtide.kinds import dependent_kinds
from tests.faults.known import known_fault
from tests.faults.safety.cells import KNOWN, UNREAD, Pair, World, alone, is_planned, pairs

# Over 600 pairs of kinds, each under a dozen readings.
pytestmark = pytest.mark.full

PAIRS = pairs()
FIRST = [pair for pair in PAIRS if pair.form == "first"]
OWNERSHIP = [pair for pair in PAIRS if pair.form != "first"]
FAULTS = {
    "owned": known_fault("safety 1.1: what an owner carries is no evidence"),
    "owner": known_fault("safety 1.1: that an owner is missing needs no evidence"),
}


def unsafe(pairs: list[Pair], fault: str) -> list[str]:
    reading = {**UNREAD, **KNOWN}[fault]
    return [str(pair) for pair in pairs if is_planned(reading(World(pair)))]


def test_there_are_relations_of_every_form() -> None:
    assert {pair.form for pair in PAIRS} == {"first", "owner", "owned"}
    assert len(FIRST) > 500
    assert len(OWNERSHIP) > 90


def test_a_target_without_neighbours_is_planned() -> None:
    """Otherwise the cells below would prove nothing."""
    targets = {pair.target: pair for pair in PAIRS}.values()
    assert [str(pair) for pair in targets if not is_planned(alone(World(pair)))] == []


@pytest.mark.parametrize("fault", [*UNREAD, *KNOWN])
def test_what_may_have_to_go_first_keeps_a_resource(fault: str) -> None:
    assert unsafe(FIRST, fault) == []


@pytest.mark.parametrize("fault", KNOWN)
def test_an_owner_or_an_owned_resource_that_is_known_keeps_a_resource(fault: str) -> None:
    assert unsafe(OWNERSHIP, fault) == []


def ownership_cells() -> list[object]:
    """Return all ownership pairs; those whose neighbour is not a dependent are known faults."""
    return [
        pytest.param(
            pair,
            id=str(pair),
            marks=() if pair.neighbour in dependent_kinds(pair.target) else FAULTS[pair.form],
        )
        for pair in OWNERSHIP
    ]


@pytest.mark.parametrize("pair", ownership_cells())
def test_an_owner_or_an_owned_resource_that_was_not_read_keeps_a_resource(pair: Pair) -> None:
    planned = [fault for fault, reading in UNREAD.items() if is_planned(reading(World(pair)))]
    assert planned == []
