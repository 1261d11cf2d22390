"""What holds of every search over every estate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ebbtide.language import SearchError, check, kinds_relied_on
from ebbtide.language.relied_on import ways_between_kinds
from ebbtide.language.syntax import Limit, Query
from ebbtide.search import find
from ebbtide.search.evaluation import Evaluation, Match
from ebbtide.search.graph import SearchGraph
from ebbtide.search.knowing import is_uncertain
from ebbtide.search.ordering import cut, floating, ranks_are_known
from ebbtide.search.predicates import texts_of_term
from ebbtide.search.truth import Truth
from tests.support.effort import is_full, scaled
from tests.support.search_estate import NOW
from tests.support.search_worlds import World, clauses, ordered, queries, worlds

# Defects show in few of them; making one takes 50 ms.
ROUNDS = settings(
    max_examples=scaled(300) if is_full() else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def is_accepted(query: Query) -> bool:
    try:
        check(query)
    except SearchError:
        return False
    return True


def shown(found: Iterable[Match]) -> list[tuple[str, str | None]]:
    return [(match.line["graph_id"], match.tag) for match in found]


type Graded = list[tuple[Match, Truth]]


def with_all_loaded(query: Query, world: World, accounts: Iterable[str]) -> Graded:
    """The same query over one graph of these accounts, of which nothing was left out."""
    graph = SearchGraph(
        [one for account in accounts for one in world.read_lines(f"{account}/lines")],
        [one for account in accounts for one in world.read_lines(f"{account}/edges")],
    )
    return list(Evaluation(query, graph, world.snapshot().context(NOW)).graded())


def expected(query: Query, world: World) -> Graded:
    *before, last = query.parts
    in_one_order = last.sort or last.reverse or texts_of_term(last.term)
    if in_one_order or any(part.limit for part in before):
        return with_all_loaded(query, world, world.lines)
    # What surely comes too late in its own account is beyond the limit.
    limit = last.limit and Limit(last.limit.offset + last.limit.length)
    alone = replace(query, parts=(*before, replace(last, limit=limit)))
    found = [with_all_loaded(alone, world, [account]) for account in world.lines]
    context = world.snapshot().context(NOW)
    groups = [
        (one, ranks_are_known((match.line for match, _ in one), last, context)) for one in found
    ]
    floats = floating(last)
    return list(
        cut(
            groups,
            last.limit,
            lambda match: is_uncertain(match.line, context),
            lambda match: floats(match.line),
        )
    )


@pytest.mark.scaled
@ROUNDS
@given(worlds(), queries() | ordered())
def test_reading_only_what_is_needed_finds_what_reading_all_finds(
    world: World, query: Query
) -> None:
    assume(is_accepted(query))
    answer = find(query, world.snapshot(), NOW)
    sure = [match for match, truth in expected(query, world) if truth]
    possible = [match for match, truth in expected(query, world) if truth is None]
    assert shown(answer) == shown(sure)
    assert shown(one.match for one in answer.unknown) == shown(possible)


@pytest.mark.scaled
@ROUNDS
@given(worlds(), queries() | clauses(), st.data())
def test_what_could_not_be_read_never_adds_to_what_is_found_unless_it_is_evidence(
    world: World, query: Query, data: st.DataObject
) -> None:
    """Promise 1: whatever kind is missing, it matters only if kinds_relied_on names it."""
    assume(is_accepted(query))
    ways, _ = ways_between_kinds()
    kinds = world.kinds
    # Edges between kinds that no relation joins do not exist.
    edges = {
        account: [
            one for one in found if kinds[one["target"]] in ways.get(kinds[one["source"]], ())
        ]
        for account, found in world.edges.items()
    }
    world = World(world.lines, edges)
    needed = kinds_relied_on(query)
    missing = [name for name, kind in sorted(kinds.items()) if kind not in needed]
    assume(missing)
    gone = set(data.draw(st.lists(st.sampled_from(missing), min_size=1, unique=True)))
    before = {name for name, _ in shown(find(query, world.snapshot(), NOW))}
    after = {name for name, _ in shown(find(query, world.without(gone).snapshot(), NOW))}
    assert after <= before
