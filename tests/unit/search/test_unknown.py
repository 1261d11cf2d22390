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
from tests.support.effort import scaled
from tests.support.search_estate import NOW
from tests.support.search_gaps import Known, Situation, picking, situations
from tests.support.search_pointed import Searches, conditions
from tests.support.search_worlds import World, clauses, ordered, queries, worlds

SEARCHES = 6


def rounds(usual: int) -> settings:
    unhelpful = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=scaled(usual), deadline=None, suppress_health_check=unhelpful)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Situation, list[Query]]:
    """Draw an estate that is known in part, and searches about it."""
    situation = draw(situations())
    searches = Searches.about(situation, picking(draw))
    return situation, [searches.query() for _ in range(SEARCHES)]


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


def wrong(query: Query, snapshot: Snapshot, real: Iterable[World]) -> list[Any]:
    """Return what is surely found, or surely left out, and is not so in reality."""
    sure, unknown = answered(query, snapshot)
    kinds = {
        line["graph_id"] for entry in snapshot.entries for line in snapshot.resources(entry, None)
    }
    found = []
    for world in real:
        matching, undecided = answered(query, world.snapshot())
        # What is gone meanwhile is not there to be deleted or to be protected.
        there = world.kinds.keys() & kinds
        if lies := (sure & there) - matching:
            found.append(("does not match", lies, world))
        if lies := (there - sure - unknown) & (matching | undecided):
            found.append(("matches", lies, world))
    return found


@pytest.mark.scaled
@rounds(300)
@given(questions())
def test_what_is_found_or_left_out_is_so_in_reality(
    question: tuple[Situation, list[Query]],
) -> None:
    situation, searches = question
    seen, blind = situation.known.snapshot(), situation.known.snapshot(gaps=False)
    for query in filter(is_accepted, searches):
        assert wrong(query, seen, (*situation.lesser, *situation.others)) == []
        # Without a look at gaps, what is missing is absent, but what is there is still uncertain.
        assert wrong(query, blind, situation.lesser) == []


@pytest.mark.scaled
@rounds(60)
@given(situations())
def test_a_condition_on_an_unknown_field_is_unknown(situation: Situation) -> None:
    known = situation.known.world.kinds
    for kind in sorted({known[one] for one in situation.focus}):
        for condition in conditions(kind):
            query = Query((Part(And(IsKind((kind,)), condition)),))
            snapshot = situation.known.snapshot(gaps=False)
            assert wrong(query, snapshot, situation.lesser) == []


@pytest.mark.scaled
@rounds(200)
@given(worlds(), queries() | clauses() | ordered())
def test_nothing_is_unknown_of_what_was_read_but_unknown_values(world: World, query: Query) -> None:
    assume(is_accepted(query))
    whole = Known(world)
    answer, plain = find(query, whole.snapshot(), NOW), find(query, world.snapshot(), NOW)
    assert list(answer) == list(plain)
    assert answer.unknown == plain.unknown
