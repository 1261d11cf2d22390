"""What is found although not all is known holds whatever the rest turns out to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ebbtide.config.scope import in_region
from ebbtide.kinds import registry
from ebbtide.language import SearchError, check
from ebbtide.language.relied_on import ways_between_kinds
from ebbtide.language.syntax import (
    All,
    And,
    FullText,
    Function,
    IsKind,
    Limit,
    Merge,
    Merged,
    Navigation,
    Not,
    Part,
    Predicate,
    Query,
    Term,
    With,
)
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from ebbtide.search import Snapshot, find
from ebbtide.verdict.gaps import SnapshotGaps
from tests.support.effort import scaled
from tests.support.search_estate import HOME, NOW, ago, edge
from tests.support.search_paths import path
from tests.support.search_worlds import (
    ANCESTRY,
    COMPARISONS,
    MERGE_PATHS,
    PATHS,
    World,
    clauses,
    ordered,
    queries,
    worlds,
)

ROUNDS = settings(
    max_examples=scaled(500),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

# What Ebbtide may know of a resource. `new` and `gone`: only reality has it, or does not.
SEEN = ["whole", "whole", "whole", "tags", "stale", "partly", "gone", "new"]
VALUES = st.sampled_from([None, 0, 2, 8, "8", "web", ["web", 2], [{"port": 22}]])
NAMES = st.sampled_from(["instance_status", "volume_size", "rules"])
CONDITIONS: st.SearchStrategy[Any] = st.one_of(
    st.just(All()),
    st.builds(Predicate, PATHS, COMPARISONS, VALUES),
    st.builds(Predicate, st.just(path("age")), st.sampled_from(["<", ">"]), st.just("30d")),
    st.just(FullText("web")),
    st.just(Function("has_key", path("tags"), ("owner",))),
)
TAGS = st.none() | st.dictionaries(st.just("owner"), st.sampled_from(["web", "x"]))


@dataclass(frozen=True)
class Knowledge:
    """What Ebbtide read of a world, and the kinds that it could not read completely."""

    world: World
    gaps: frozenset[tuple[str, str]]

    def snapshot(self) -> Snapshot:
        plain = self.world.snapshot()
        gaps = SnapshotGaps(plain.manifest, lambda entry: self.coverage(entry.account))
        return replace(plain, gaps=gaps)

    def coverage(self, account: str) -> list[Coverage]:
        return [
            Coverage(account, region, kind.name, self._state(account, region, kind.name))
            for region in (HOME, GLOBAL)
            for kind in registry().values()
            if in_region(kind, region)
        ]

    def _state(self, account: str, region: str, kind: str) -> str:
        return "denied" if region == HOME and (account, kind) in self.gaps else "complete"


@st.composite
def situations(draw: st.DrawFn) -> tuple[World, Knowledge]:
    """Draw a real world without unknown tags, and what may be known of it."""
    drawn = draw(worlds())
    real = World(
        {
            account: [{**one, "tags": one["tags"] or {}} for one in lines]
            for account, lines in drawn.lines.items()
        },
        {account: _possible(drawn, edges) for account, edges in drawn.edges.items()},
    )
    state = {name: draw(st.sampled_from(SEEN)) for name in sorted(real.kinds)}
    known = World(
        {
            account: [_known(draw, one, state[one["graph_id"]]) for one in lines]
            for account, lines in real.lines.items()
        },
        {account: _known_edges(draw, real, account, state) for account in real.edges},
    )
    hidden = {name for name, how in state.items() if how == "new"}
    gaps = frozenset(
        (account, one["kind"])
        for account, lines in real.lines.items()
        for one in lines
        if state[one["graph_id"]] not in ("whole", "tags")
    )
    gone = {name for name, how in state.items() if how == "gone"}
    return real.without(gone), Knowledge(known.without(hidden), gaps)


def _possible(world: World, edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out edges between kinds that no relation joins."""
    ways, _ = ways_between_kinds()
    kinds = world.kinds
    return [one for one in edges if kinds[one["target"]] in ways.get(kinds[one["source"]], ())]


def _known(draw: st.DrawFn, line: dict[str, Any], how: str) -> dict[str, Any]:
    if how == "tags":
        # Without tags, a resource is called by its id.
        return {**line, "tags": None, "name": line["id"]}
    if how in ("whole", "new"):
        return line
    before = {
        "tags": draw(TAGS),
        "name": draw(st.sampled_from(["web", "main", line["id"]])),
        "properties": draw(st.dictionaries(NAMES, VALUES, max_size=3)),
        "updated": draw(st.sampled_from([None, ago(days=5)])),
    }
    if how == "partly":
        return {**line, **before, "unread": {"describe": "AccessDenied"}}
    return {**line, **before, "stale_since": ago(days=1)}


def _known_edges(
    draw: st.DrawFn, real: World, account: str, state: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the edges as they were read: those of stale resources may have been others."""
    uncertain = {name for name, how in state.items() if how in ("stale", "partly", "gone")}
    lines = real.lines[account]
    pairs = [
        edge(source, target, type)
        for source in lines
        for target in lines
        for type in ("default", "delete")
        if {source["graph_id"], target["graph_id"]} & uncertain and source is not target
    ]
    fresh = [one for one in real.edges[account] if not {one["source"], one["target"]} & uncertain]
    choices = _possible(real, pairs)
    old = draw(st.lists(st.sampled_from(choices), max_size=4)) if choices else []
    unique = {(one["source"], one["target"], one["type"]): one for one in old}
    return [*fresh, *unique.values()]


@st.composite
def pointed(draw: st.DrawFn, world: World) -> Query:
    """Draw a search whose answer depends on a value of one resource or of its neighbour."""
    kinds = st.sampled_from(sorted(set(world.kinds.values())))
    kind, other = draw(kinds), draw(kinds)
    condition = draw(CONDITIONS)
    asked: Term = Not(condition) if draw(st.booleans()) else condition
    one, beside = IsKind((kind,)), IsKind((other,))
    way = Navigation(draw(st.sampled_from(["out", "in"])), 1, draw(st.sampled_from([1, 2, 250])))
    clause = With(draw(st.sampled_from(["==", ">", "!="])), 0, way, And(beside, asked))
    limit = draw(st.sampled_from([None, None, Limit(1), Limit(1, 1)]))
    merge = Merge("user", Query((Part(navigation=way), Part(beside))), draw(st.booleans()))
    merged = Predicate(draw(MERGE_PATHS), draw(COMPARISONS), draw(VALUES))
    forms = [
        Query((Part(And(one, asked), limit=limit),)),
        Query((Part(And(one, asked), limit=limit, navigation=way), Part(beside))),
        Query((Part(one, with_clause=clause),)),
        Query((Part(Merged(one, (merge,), merged)),)),
        Query((Part(And(one, Predicate(draw(ANCESTRY), "==", draw(VALUES)))),)),
    ]
    return draw(st.sampled_from(forms))


def names(found: Iterable[Any]) -> set[str]:
    return {match.line["graph_id"] for match in found}


def is_accepted(query: Query) -> bool:
    try:
        check(query)
    except SearchError:
        return False
    return True


@pytest.mark.scaled
@ROUNDS
@given(situations(), st.data())
def test_what_is_found_or_left_out_is_so_in_reality(
    situation: tuple[World, Knowledge], data: st.DataObject
) -> None:
    real, knowledge = situation
    assume(knowledge.world.kinds)
    others = queries() | clauses() | ordered()
    query = data.draw(pointed(knowledge.world) | pointed(knowledge.world) | others)
    assume(is_accepted(query))
    reality, answer = find(query, real.snapshot(), NOW), find(query, knowledge.snapshot(), NOW)
    matching, sure = names(reality), names(answer)
    undecided = names(one.match for one in reality.unknown)
    unknown = names(one.match for one in answer.unknown)
    # What is gone meanwhile is not there to be deleted or to be protected.
    there = real.kinds.keys() & knowledge.world.kinds.keys()
    assert sure & there <= matching
    assert (there - sure - unknown) & (matching | undecided) == set()


@pytest.mark.scaled
@ROUNDS
@given(worlds(), queries() | clauses() | ordered())
def test_nothing_is_unknown_of_what_was_read_but_unknown_values(world: World, query: Query) -> None:
    assume(is_accepted(query))
    whole = Knowledge(world, frozenset())
    answer, plain = find(query, whole.snapshot(), NOW), find(query, world.snapshot(), NOW)
    assert list(answer) == list(plain)
    assert answer.unknown == plain.unknown
