"""What is found although not all is known holds whatever the rest turns out to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ebbtide.language import SearchError, check
from ebbtide.language.syntax import And, IsKind, Part, Query
from ebbtide.search import Snapshot, find
from tests.support.effort import is_full, scaled
from tests.support.search_estate import NOW
from tests.support.search_gaps import Known, Situation, picking, situations
from tests.support.search_pointed import Searches, conditions
from tests.support.search_worlds import World, clauses, ordered, queries, worlds

# A failure shows a whole estate.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

# The resources of an estate, those that match a search, and those that may.
type Reality = tuple[set[str], set[str], set[str]]


def rounds(usual: int) -> settings:
    unhelpful = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=scaled(usual) if is_full() else usual // 16,
        deadline=None,
        suppress_health_check=unhelpful,
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[Situation, list[Query]]:
    """Draw an estate that is known in part, and searches about it."""
    situation = draw(situations())
    return situation, Searches.about(situation, picking(draw)).some()


def names(found: Iterable[Any]) -> set[str]:
    return {match.line["graph_id"] for match in found}


def is_accepted(query: Query) -> bool:
    try:
        check(query)
    except SearchError:
        return False
    return True


def answered(query: Query, snapshot: Snapshot) -> tuple[set[str], set[str]]:
    """Return what surely matches, and what may match."""
    answer = find(query, snapshot, NOW)
    sure = names(answer)
    return sure, names(one.match for one in answer.unknown)


def realities(query: Query, worlds: Iterable[World]) -> list[Reality]:
    return [(set(world.kinds), *answered(query, world.snapshot())) for world in worlds]


def wrong(query: Query, known: Known, real: Iterable[Reality], *, gaps: bool) -> list[Any]:
    """Return what is surely found, or surely left out, and is not so in reality."""
    sure, unknown = answered(query, known.snapshot(gaps=gaps))
    found = []
    for kinds, matching, undecided in real:
        # What is gone meanwhile is not there to be deleted or to be protected.
        there = kinds & known.world.kinds.keys()
        found.append(((sure & there) - matching, "does not match"))
        found.append(((there - sure - unknown) & (matching | undecided), "matches"))
    return [(lies, truth) for lies, truth in found if lies]


@pytest.mark.scaled
@rounds(240)
@given(questions())
def test_what_is_found_or_left_out_is_so_in_reality(
    question: tuple[Situation, list[Query]],
) -> None:
    situation, searches = question
    for query in filter(is_accepted, searches):
        lesser = realities(query, situation.lesser)
        real = [*lesser, *realities(query, situation.others)]
        assert wrong(query, situation.known, real, gaps=True) == []
        # Without a look at gaps, what is missing is absent, but what is there is still uncertain.
        assert wrong(query, situation.known, lesser, gaps=False) == []


@pytest.mark.scaled
@rounds(40)
@given(situations())
def test_a_condition_on_an_unknown_field_is_unknown(situation: Situation) -> None:
    kinds = situation.known.world.kinds
    for kind in sorted({kinds[one] for one in situation.focus}):
        for condition in conditions(kind):
            query = Query((Part(And(IsKind((kind,)), condition)),))
            real = realities(query, (*situation.lesser, *situation.others))
            assert wrong(query, situation.known, real, gaps=False) == []


@pytest.mark.scaled
@rounds(150)
@given(worlds(), queries() | clauses() | ordered())
def test_nothing_is_unknown_of_what_was_read_but_unknown_values(world: World, query: Query) -> None:
    assume(is_accepted(query))
    whole = Known(world)
    answer, plain = find(query, whole.snapshot(), NOW), find(query, world.snapshot(), NOW)
    assert list(answer) == list(plain)
    assert answer.unknown == plain.unknown
