"""Walks find exactly the nodes whose shortest way from a start has an allowed length."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language.syntax import Navigation
from ebbtide.search.graph import SearchGraph
from ebbtide.search.navigation import walk_of

SIZE = 7
NODES = st.integers(0, SIZE - 1)
# Cycles included: edges of the type default may form some.
EDGES = st.sets(st.tuples(NODES, NODES, st.sampled_from(["default", "delete"])), max_size=14)
STARTS = st.sets(NODES, min_size=1, max_size=3)
DIRECTIONS = st.sampled_from(["out", "in", "both"])
DEPTHS = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda two: (min(two), max(two)))


def line(number: int) -> dict[str, Any]:
    return {"graph_id": str(number), "kind": "aws_vpc", "tags": {}, "stale_since": None}


def graph_of(edges: set[tuple[int, int, str]]) -> SearchGraph:
    found = [
        {"source": str(source), "target": str(target), "type": type}
        for source, target, type in sorted(edges)
    ]
    return SearchGraph(map(line, range(SIZE)), found)


def expected(
    edges: set[tuple[int, int, str]],
    starts: set[int],
    ways: list[tuple[str, str]],
    depths: tuple[int, int],
) -> set[int]:
    found = set()
    for direction, type in ways:
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(SIZE))
        graph.add_edges_from((source, target) for source, target, own in edges if own == type)
        if direction == "in":
            graph = graph.reverse()
        for start in starts:
            lengths = nx.single_source_shortest_path_length(graph, start)
            found |= {node for node, length in lengths.items() if depths[0] <= length <= depths[1]}
    return found


@given(EDGES, STARTS, DIRECTIONS, DEPTHS, st.sets(st.sampled_from(["default", "delete"])))
def test_a_walk_reaches_what_lies_within_its_depths(
    edges: set[tuple[int, int, str]],
    starts: set[int],
    direction: Any,
    depths: tuple[int, int],
    types: set[str],
) -> None:
    named = tuple(sorted(types))
    navigation = Navigation(direction, *depths, out_types=named, in_types=named)
    walk = walk_of(navigation, (), graph_of(edges))
    found = walk.reach(sorted(starts))
    # Both ways are two walks, neither of which turns.
    ways = [
        (way, type)
        for way in (("in", "out") if direction == "both" else (direction,))
        for type in named or ("default",)
    ]
    assert set(found) == expected(edges, starts, ways, depths)
    assert len(found) == len(set(found))
    for start in starts:
        assert set(walk.each(start)) == expected(edges, {start}, ways, depths)


@given(EDGES, STARTS, DEPTHS)
def test_different_types_in_and_out_are_two_ways(
    edges: set[tuple[int, int, str]], starts: set[int], depths: tuple[int, int]
) -> None:
    navigation = Navigation("both", *depths, out_types=("default",), in_types=("delete",))
    found = walk_of(navigation, (), graph_of(edges)).reach(sorted(starts))
    ways = [("in", "delete"), ("out", "default")]
    assert set(found) == expected(edges, starts, ways, depths)


@pytest.mark.parametrize(("types", "found"), [((), {1}), (("delete",), {2})])
def test_the_types_of_the_query_hold_where_a_navigation_names_none(
    types: tuple[str, ...], found: set[int]
) -> None:
    graph = graph_of({(0, 1, "default"), (0, 2, "delete")})
    assert set(walk_of(Navigation("out"), types, graph).reach([0])) == found


def test_nodes_that_were_not_loaded_are_passed_through() -> None:
    edges = [
        {"source": "a", "target": "b", "type": "default"},
        {"source": "b", "target": "c", "type": "default"},
    ]
    graph = SearchGraph([{**line(0), "graph_id": "a"}], edges)
    (start,) = graph.of_kinds(["aws_vpc"])
    walk = walk_of(Navigation("out", 1, 250), (), graph)
    assert walk.reach([start]) == [graph.number_of("b"), graph.number_of("c")]
    assert len(graph) == 1
