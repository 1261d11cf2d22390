"""Aggregates: what is counted account by account adds up to what is counted at once."""

from __future__ import annotations

import re
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language import SearchError, parse_search
from ebbtide.language.syntax import AGGREGATES, Aggregate, AggregateFunction, Group, Path, Step
from ebbtide.search import aggregate
from ebbtide.search.aggregation import Tally
from ebbtide.search.node import Context
from tests.support.search_estate import NOW, line, snapshot

CONTEXT = Context(NOW)
SIZE, OWNER = Path((Step("volume_size"),)), Path((Step("tags"), Step("owner")))
EVERYTHING = Aggregate(
    (Group(OWNER, "owner"),),
    tuple(AggregateFunction(function, SIZE, name=function) for function in AGGREGATES),
)
VALUES = st.none() | st.booleans() | st.text("ab", max_size=1) | st.integers(-1000, 1000)
NODES = st.lists(st.tuples(st.sampled_from(["a", "b", None]), VALUES), max_size=30)


def node(owner: str | None, size: Any) -> dict[str, Any]:
    tags = {} if owner is None else {"owner": owner}
    return line("aws_ec2_volume", "vol", tags=tags, volume_size=size)


def tally(nodes: list[tuple[str | None, Any]]) -> Tally:
    counted = Tally(EVERYTHING, CONTEXT)
    for owner, size in nodes:
        counted.add(node(owner, size))
    return counted


@given(st.lists(NODES, max_size=5))
def test_partial_tallies_combine_into_the_whole(
    accounts: list[list[tuple[str | None, Any]]],
) -> None:
    combined = Tally(EVERYTHING, CONTEXT)
    for nodes in accounts:
        combined.combine(tally(nodes))
    whole = tally([one for nodes in accounts for one in nodes]).rows()
    found = combined.rows()
    assert [row["group"] for row in found] == [row["group"] for row in whole]
    for ours, theirs in zip(found, whole, strict=True):
        for function in AGGREGATES:
            assert ours[function] == pytest.approx(theirs[function], abs=1e-6)


@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_all_functions_mean_what_statistics_means(sizes: list[int]) -> None:
    (row,) = tally([("a", size) for size in sizes]).rows()
    assert row == {
        "group": {"owner": "a"},
        "sum": sum(sizes),
        "count": len(sizes),
        "min": min(sizes),
        "max": max(sizes),
        "avg": pytest.approx(statistics.mean(sizes)),
        "stddev": pytest.approx(statistics.pstdev(sizes), abs=1e-6),
        "variance": pytest.approx(statistics.pvariance(sizes), abs=1e-6),
    }


@given(NODES)
def test_each_node_counts_in_exactly_one_group(nodes: list[tuple[str | None, Any]]) -> None:
    rows = tally(nodes).rows()
    assert sum(row["count"] for row in rows) == sum(size is not None for _, size in nodes)
    assert len(rows) == len({owner for owner, _ in nodes})


def test_what_is_no_number_is_counted_but_not_added() -> None:
    (row,) = tally([("a", "big"), ("a", True), ("a", None), ("a", 3)]).rows()
    assert (row["count"], row["sum"], row["min"], row["avg"]) == (3, 3, 3, 3)


def test_groups_of_different_types_are_kept_apart() -> None:
    aggregate = Aggregate((Group(SIZE, "size"),), (AggregateFunction("sum", 1, name="n"),))
    counted = Tally(aggregate, CONTEXT)
    for size in (1, True, "1", None, [1], 1):
        counted.add(node(None, size))
    assert [(row["group"]["size"], row["n"]) for row in counted.rows()] == [
        (None, 1), (True, 1), (1, 2), ("1", 1), ([1], 1),
    ]  # fmt: skip


def test_division_by_zero_is_unknown() -> None:
    half = AggregateFunction("sum", SIZE, (("/", 0),), "n")
    counted = Tally(Aggregate((), (half,)), CONTEXT)
    counted.add(node(None, 5))
    assert counted.rows() == [{"group": {}, "n": 0}]


ROWS = (
    "aggregate(/ancestors.account.reported.name as account, kind: sum(1) as n, max(volume_size)):"
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("sort n desc", ["3", "1"]),
        ("sort /n", ["1", "3"]),
        ("sort account", ["1", "3"]),
        ("sort account desc limit 1", ["3"]),
        ("sort kind, n desc limit 1, 1", ["1"]),
        ("sort max_of_volume_size", ["3", "1"]),
        ("sort n reversed", ["3", "1"]),
        ("sort n limit 0", []),
    ],
)
def test_rows_are_sorted_reversed_and_cut_by_their_columns(order: str, expected: list[str]) -> None:
    query = parse_search(f"{ROWS} is(volume) {order}", now=NOW)
    assert [str(row["n"]) for row in aggregate(query, snapshot(), NOW)] == expected


def test_a_sort_by_fields_with_a_limit_chooses_what_is_counted() -> None:
    query = parse_search(f"{ROWS} is(volume) sort volume_size desc limit 1", now=NOW)
    assert [row["n"] for row in aggregate(query, snapshot(), NOW)] == [1]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("sort n, volume_size limit 1", "either its rows"),
        ("sort total desc", "unknown column 'total' of rows"),
        ("sort acount", "did you mean 'account'?"),
    ],
)
def test_a_sort_of_an_aggregate_names_columns(order: str, words: str) -> None:
    with pytest.raises(SearchError, match=re.escape(words)):
        parse_search(f"{ROWS} is(volume) {order}")
