"""Every relation that affects a deletion, with every gap that hides its other end."""

from __future__ import annotations

import pytest

from ebbtide.kinds import registry
from tests.faults.safety.cells import KNOWN, UNREAD, Pair, World, alone, is_planned, pairs

# Over 600 pairs of kinds, each under a dozen readings.
pytestmark = pytest.mark.full

# Rules do not select opt-in kinds, so nothing else could be shown to keep them.
PAIRS = [pair for pair in pairs() if not registry()[pair.target].opt_in]
FIRST = [pair for pair in PAIRS if pair.form == "first"]


def unsafe(pairs: list[Pair], fault: str) -> list[str]:
    reading = {**UNREAD, **KNOWN}[fault]
    return [str(pair) for pair in pairs if is_planned(reading(World(pair)))]


def test_there_are_relations_of_every_form() -> None:
    assert {pair.form for pair in PAIRS} == {"first", "owner", "owned"}
    assert len(FIRST) > 500


def test_a_target_without_neighbours_is_planned() -> None:
    """Otherwise the cells below would prove nothing."""
    targets = {pair.target: pair for pair in PAIRS}.values()
    assert [str(pair) for pair in targets if not is_planned(alone(World(pair)))] == []


@pytest.mark.parametrize("fault", [*UNREAD, *KNOWN])
def test_what_may_have_to_go_first_keeps_a_resource(fault: str) -> None:
    assert unsafe(FIRST, fault) == []
