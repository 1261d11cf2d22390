"""What the indexes of a graph find is what reading every node finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language import parse_search
from ebbtide.search.evaluation import Evaluation
from ebbtide.search.graph import SearchGraph
from ebbtide.search.narrowing import narrowed
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_known
from tests.support.builders import NOW, resource

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3),
    st.sampled_from(["1", "2.5", "gp3", "2026-01-01", ""]),
    st.lists(st.one_of(st.integers(-3, 3), st.sampled_from(["gp3", "1"])), max_size=3),
)
TERMS = st.one_of(
    st.tuples(st.just("volume_size"), st.sampled_from(["<", "<=", ">", ">="]), st.integers(-3, 3)),
    st.tuples(st.just("volume_size"), st.sampled_from(["==", "!="]), st.integers(-3, 3)),
    st.tuples(st.just("volume_type"), st.just("=="), st.sampled_from(["io1", "gp3"])),
)


def graph_of(estate: list[dict[str, Any]]) -> SearchGraph:
    made = [
        resource("aws_ec2_volume", f"vol-{number}", properties=properties)
        for number, properties in enumerate(estate)
    ]
    return SearchGraph([one.to_line() for one in made])


def found(graph: SearchGraph, text: str) -> dict[str, Any]:
    evaluation = Evaluation(parse_search(text), graph, Context(NOW))
    return {match.line["graph_id"]: truth for match, truth in evaluation.graded()}


def read(graph: SearchGraph, text: str) -> dict[str, Any]:
    fulfils = compile_known(parse_search(text).parts[0].term, Context(NOW))
    lines = [line for line in graph.lines if line is not None]
    truths = {line["graph_id"]: fulfils(line) for line in lines}
    return {name: truth for name, truth in truths.items() if truth is not False}


@given(
    st.lists(st.fixed_dictionaries({"volume_size": VALUES, "volume_type": VALUES}), max_size=8),
    st.lists(TERMS, min_size=1, max_size=3),
)
def test_indexes_find_what_reading_every_node_finds(
    estate: list[dict[str, Any]], terms: list[tuple[str, str, Any]]
) -> None:
    conditions = " and ".join(f"{name} {operator} {value}" for name, operator, value in terms)
    text = f"is(aws_ec2_volume) and {conditions}"
    graph = graph_of(estate)
    expected = read(graph, text)
    # The second search has more indexes than the first.
    assert [found(graph, text), found(graph, text)] == [expected, expected]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("volume_size > 6", [7, 8, 9]),
        ("volume_size >= 6", [6, 7, 8, 9]),
        ("volume_size < 2", [0, 1]),
        ("volume_size <= 2", [0, 1, 2]),
        ("volume_type == gp3", [0, 2, 4, 6, 8]),
        ("volume_type == gp3 and volume_size > 6", [8]),
        ("volume_size >= 0 and volume_type == gp3", [0, 2, 4, 6, 8]),
        ("volume_size > 2 and volume_size < 5 and volume_type == gp2", [3]),
        ("volume_type == gp3 and volume_size > 20", []),
    ],
)
def test_what_indexes_answer_leaves_only_the_nodes_in_all_of_them(
    condition: str, expected: list[int]
) -> None:
    sizes = [{"volume_size": n, "volume_type": "gp2" if n % 2 else "gp3"} for n in range(10)]
    term = parse_search(f"is(aws_ec2_volume) and {condition}").parts[0].term
    graph = graph_of(sizes)
    narrowed(graph, term)  # only the second search has an index of numbers
    candidates, _ = narrowed(graph, term)
    assert sorted(candidates) == expected


def test_no_index_answers_for_what_may_have_changed() -> None:
    graph = graph_of([{"volume_size": 1}])
    line = {
        **resource("aws_ec2_volume", "vol-old", properties={"volume_size": 1}).to_line(),
        "stale_since": "2026",
    }
    graph.add([line])  # type: ignore[list-item]
    term = parse_search("is(aws_ec2_volume) and volume_size > 5").parts[0].term
    for _ in range(2):
        assert sorted(narrowed(graph, term)[0]) == [0, 1]
