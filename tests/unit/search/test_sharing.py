"""Several searches in one graph find what each of them finds alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebbtide.language.syntax import Query
from ebbtide.search import Snapshot, find
from ebbtide.search.sharing import SharedSnapshot
from tests.support.effort import is_full, scaled
from tests.support.search_estate import NOW
from tests.support.search_gaps import Situation, picking, situations
from tests.support.search_pointed import Searches
from tests.unit.search.test_unknown import is_accepted

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@st.composite
def questions(draw: st.DrawFn) -> tuple[Situation, list[Query]]:
    situation = draw(situations())
    return situation, Searches.about(situation, picking(draw)).some()


def found(query: Query, snapshot: Snapshot) -> list[Any]:
    answer = find(query, snapshot, NOW)
    sure = [match.line["graph_id"] for match in answer]
    return [sure, [(one.match.line["graph_id"], one.seen) for one in answer.unknown]]


@pytest.mark.scaled
@settings(
    max_examples=scaled(20) if is_full() else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(questions())
def test_a_search_finds_the_same_alone_and_beside_others(
    question: tuple[Situation, list[Query]],
) -> None:
    situation, searches = question
    accepted = list(filter(is_accepted, searches))
    whole: Any = situation.known.snapshot()
    for entry in whole.entries:
        alone = Snapshot(
            whole.store, whole.manifest, frozenset((entry.account,)), whole.marks, whole.gaps
        )
        shared = SharedSnapshot.of(
            whole.store,
            whole.manifest,
            entry.account,
            accepted,
            marks=whole.marks,
            gaps=whole.gaps,
        )
        for query in accepted:
            assert found(query, shared) == found(query, alone)
