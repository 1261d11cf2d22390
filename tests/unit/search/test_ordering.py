"""What is, may be and is not within a limit, and in which order it is known to be."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language import parse_search
from ebbtide.language.syntax import Limit
from ebbtide.search.node import Context
from ebbtide.search.ordering import cut, groups_of, ranks_are_known, sort_lines
from ebbtide.search.truth import Truth
from tests.support.search_estate import NOW, ago, priced, volume

TRUTHS = st.sampled_from([True, None])


@pytest.mark.parametrize(
    ("truths", "offset", "length", "expected"),
    [
        ([True, True, True], 0, 2, {0: True, 1: True}),
        ([True, True, True], 1, 1, {1: True}),
        ([True, True], 2, 3, {}),
        ([True, None], 0, 0, {}),
        ([None, None], 0, 0, {}),
        # The first may not match; then the second is the first.
        ([None, True, True], 0, 1, {0: None, 1: None}),
        ([None, True, True], 1, 1, {1: None, 2: None}),
        ([None, None, True], 0, 5, {0: None, 1: None, 2: True}),
    ],
)
def test_a_limit_keeps_what_is_surely_or_perhaps_within(
    truths: list[Truth], offset: int, length: int, expected: dict[int, Truth]
) -> None:
    groups = [(list(enumerate(truths)), True)]
    assert dict(cut(groups, Limit(length, offset))) == expected


def possible(truths: list[Truth], limit: Limit) -> list[set[int]]:
    """Return what the limit keeps in each world in which every unknown entry matches or not."""
    kept = []
    unknown = [number for number, truth in enumerate(truths) if truth is None]
    for world in range(2 ** len(unknown)):
        there = {one for place, one in enumerate(unknown) if world >> place & 1}
        matching = [n for n, truth in enumerate(truths) if truth is True or n in there]
        kept.append(set(matching[limit.offset : limit.offset + limit.length]))
    return kept


@given(truths=st.lists(TRUTHS, max_size=6), offset=st.integers(0, 3), length=st.integers(0, 4))
def test_what_is_surely_within_is_so_in_all_worlds_and_what_is_left_out_in_none(
    truths: list[Truth], offset: int, length: int
) -> None:
    limit = Limit(length, offset)
    found = dict(cut([(list(enumerate(truths)), True)], limit))
    worlds = possible(truths, limit)
    for number in range(len(truths)):
        inside = [number in world for world in worlds]
        matches = truths[number] is True
        if found.get(number) is True:
            # An entry that surely matches; the order tells the rest.
            assert all(inside) and matches
        if number not in found:
            assert not any(inside)


def test_of_a_group_without_an_order_any_may_be_the_first() -> None:
    groups = [([("a", True), ("b", True)], False), ([("c", True)], True)]
    assert dict(cut(groups, Limit(1))) == {"a": None, "b": None}
    assert dict(cut(groups, Limit(2))) == {"a": True, "b": True}
    assert dict(cut(groups, Limit(1, 2))) == {"c": True}
    assert dict(cut(groups, None)) == {"a": True, "b": True, "c": True}


def test_what_may_be_gone_may_leave_room_within_a_limit() -> None:
    groups = [([("stale", True), ("next", True), ("last", True)], True)]
    found = dict(cut(groups, Limit(1), lambda name: name == "stale"))
    assert found == {"stale": True, "next": None}


STALE = {"stale_since": ago(days=1)}


@pytest.mark.parametrize(
    ("sort", "change", "known"),
    [
        ("", {}, True),
        ("sort volume_size", {}, True),
        ("sort volume_size", STALE, False),
        # Equal sizes are sorted by name, which is a tag of volumes.
        ("sort volume_size", {"tags": None}, False),
        ("sort tags.owner", {"tags": None}, False),
        ("sort id", STALE, False),
        ("sort volume_size", {"unread": {"describe": "no"}}, False),
    ],
)
def test_an_order_is_known_if_all_values_that_it_rests_on_are(
    sort: str, change: dict[str, Any], *, known: bool
) -> None:
    (part,) = parse_search(f"is(volume) {sort}", now=NOW).parts
    lines: list[Any] = [volume("vol-1", 1, "here"), {**volume("vol-2", 2, "here"), **change}]
    assert ranks_are_known(lines, part, Context(NOW)) is known
    # One alone is always in order.
    assert ranks_are_known(lines[1:], part, Context(NOW))


def within(lines: list[Any], search: str) -> dict[str, Truth]:
    """Return which of these volumes are, or may be, within the limit of a search."""
    (part,) = parse_search(search, now=NOW).parts
    found = sort_lines([(line, True) for line in lines], lambda one: one[0], part, Context(NOW))
    groups = groups_of(found, lambda line: line, part, Context(NOW))
    return {line["id"]: truth for line, truth in cut(groups, part.limit)}


def sized(*sizes: int, unnamed: int) -> list[Any]:
    """Return volumes of these sizes; the tags of one of them, and so its name, are unknown."""
    lines = [volume(f"vol-{number}", size, "here") for number, size in enumerate(sizes)]
    lines[unnamed] = {**lines[unnamed], "tags": None}
    return lines


def test_an_unknown_name_matters_only_where_a_sort_leaves_a_tie() -> None:
    largest = "is(volume) sort volume_size desc limit 2"
    assert within(sized(1, 2, 3, unnamed=1), largest) == {"vol-2": True, "vol-1": True}
    assert within(sized(1, 2, 2, unnamed=1), largest) == {"vol-2": True, "vol-1": True}
    assert within(sized(2, 2, 3, unnamed=1), largest) == {
        "vol-2": True,
        "vol-0": None,
        "vol-1": None,
    }
    assert within(sized(2, 2, 2, unnamed=1), largest) == dict.fromkeys(("vol-0", "vol-1", "vol-2"))
    dearest = "is(volume) sort /price.monthly desc limit 1"
    costing = [{**line, "price": priced(1.0 + n)} for n, line in enumerate(sized(1, 1, unnamed=0))]
    assert within(costing, dearest) == {"vol-1": True}
    by_name = "is(volume) limit 1"
    assert within(sized(1, 2, unnamed=1), by_name) == dict.fromkeys(("vol-0", "vol-1"))


@given(
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=5),
    unnamed=st.sets(st.integers(0, 4)),
    length=st.integers(1, 3),
    offset=st.integers(0, 2),
)
def test_what_is_surely_within_is_so_whatever_the_names_are(
    sizes: list[int], unnamed: set[int], length: int, offset: int
) -> None:
    search = f"is(volume) sort volume_size limit {offset}, {length}"
    known = [volume(f"vol-{number}", size, "here") for number, size in enumerate(sizes)]
    lines: list[Any] = [
        {**line, "tags": None} if number in unnamed else line for number, line in enumerate(known)
    ]
    found = within(lines, search)
    places = [number for number in range(len(sizes)) if number in unnamed]
    for names in product("az", repeat=len(places)):
        named: list[Any] = list(known)
        for number, name in zip(places, names, strict=True):
            named[number] = {**known[number], "name": name}
        inside = {one for one, truth in within(named, search).items() if truth}
        assert {one for one, truth in found.items() if truth} <= inside <= found.keys()
