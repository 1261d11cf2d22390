"""How values compare with the literals of a search."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language.syntax import Path, Predicate, Step
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_known
from ebbtide.search.values import has_keys, in_subnet, of_elements, sort_key
from ebbtide.search.values import test_of as relation
from tests.support.builders import NOW, resource
from tests.support.each_case import for_each

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab1", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner),
    max_leaves=5,
)
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "=~", "!~", "in", "not in")


@for_each(
    "value, operator, literal, holds",
    [
        # A missing property (resoto.md 9.2).
        (None, "!=", "x", True),
        (None, "==", None, True),
        (None, "!=", None, False),
        (None, "<", 5, False),
        (None, "<=", 5, False),
        (None, ">", 5, False),
        (None, "=~", ".*", False),
        (None, "!~", "x", True),
        (None, "==", False, False),
        (None, "in", ["x"], False),
        (None, "in", [None], True),
        (None, "not in", ["x"], True),
        # Types are kept apart, but for texts that are numbers.
        (True, "==", 1, False),
        (1, "==", True, False),
        (0, "==", False, False),
        (False, "==", False, True),
        (1.0, "==", 1, True),
        ("123456789012", "==", 123456789012, True),
        ("8", "==", 8, True),
        (8, "==", "8", True),
        (8, "==", "eight", False),
        ("10", ">", 9, True),
        ("x", ">", 9, None),
        (10, ">", "9", True),
        ("10", ">", "9", True),
        ("x", ">", "9", None),
        (True, ">", 0, None),
        (8, ">", "a", None),
        ({"a": 1}, "<", 5, None),
        (5, "<", None, False),
        (5, "<", True, None),
        # An array is any of its elements.
        (["x"], "==", "x", True),
        (["x"], "!=", "x", False),
        (["x"], "!=", "y", True),
        ([], "==", "x", False),
        ([], "!=", "x", True),
        ([1, "2"], "==", 2, True),
        ([True], "==", True, True),
        (["a", "b"], "in", ["b", "c"], True),
        (["a", "b"], "not in", ["b", "c"], False),
        ([443, 22], "<", 80, True),
        (["x", 22], "<", 80, True),
        (["x", 443], "<", 80, None),
        ([443], "<", 80, False),
        ([None], "==", None, False),
        ([1, 2], "==", [1, 2], True),
        ({"a": 1}, "==", {"a": 1}, True),
        # Texts and patterns.
        ("running", "==", "running", True),
        ("Running", "==", "running", False),
        ("CI-runner", "=~", "^ci-.*", True),
        ("my-ci-runner", "=~", "ci-", True),
        (443, "=~", "^44", True),
        (["ci"], "=~", "ci", True),
        (["ci"], "!~", "ci", False),
        (["x"], "!~", "ci", True),
        ({"a": "ci"}, "=~", "ci", None),
        (True, "!~", "ci", None),
        ("b", ">", "a", True),
        # Times.
        ("2026-11-25T10:00:00Z", ">", "2026-11-24", True),
        ("2026-11-25T10:00:00Z", "<", "2026-11-25T11:00:00+00:00", True),
        ("2026-11-25T10:00:00.5Z", ">", "2026-11-25T10:00:00Z", True),
        ("2026-11-25T10:00:00Z", "==", "2026-11-25T12:00:00+02:00", True),
        ("never", "<", "2026-11-25", None),
        ("01.12.2031", ">=", "2026-11-25", None),
        ("", "<", "2026-11-25", None),
        (5, "<", "2026-11-25", None),
        (None, "<", "2026-11-25", False),
        ("2026-11-25", "<", "tomorrow", None),
        # Membership.
        ("a", "in", ["a", "b"], True),
        (8, "in", ["8", "x"], True),
        ("a", "not in", ["a"], False),
        ("a", "in", "a", True),
    ],
)
def test_a_value_stands_in_a_relation(
    value: Any, operator: Any, literal: Any, holds: bool | None
) -> None:
    assert relation(operator, literal)(value) is holds


@given(VALUES, VALUES)
def test_opposite_operators_are_opposite(value: Any, literal: Any) -> None:
    assert relation("==", literal)(value) is not relation("!=", literal)(value)
    assert relation("in", [literal])(value) is not relation("not in", [literal])(value)
    # A list is above a number and below it if one element is above, and another one below.
    for low, high in (("<", ">="), ("<=", ">")) if not isinstance(value, list) else ():
        assert not (relation(low, literal)(value) and relation(high, literal)(value))  # type: ignore[arg-type]


@given(VALUES, st.sampled_from(OPERATORS), VALUES)
def test_every_relation_answers_yes_or_no_or_unknown(
    value: Any, operator: Any, literal: Any
) -> None:
    if operator in ("=~", "!~"):
        literal = "a"
    answer = relation(operator, literal)(value)
    assert answer in (True, False) or (answer is None and operator not in ("==", "!=", "in"))


@given(st.lists(VALUES, max_size=6))
def test_all_values_can_be_sorted(values: list[Any]) -> None:
    found = sorted(values, key=sort_key)
    assert sorted(map(str, found)) == sorted(map(str, values))


@for_each(
    "quantifier, value, holds",
    [
        ("all", [1, 2], True),
        ("all", [1, 5], False),
        ("all", [], True),
        ("any", [5, 1], True),
        ("any", [], False),
        ("none", [5, 6], True),
        ("none", [5, 1], False),
        ("none", [], True),
        ("all", None, False),
        ("none", None, False),
        ("any", 1, False),
        ("any", [1, "x"], True),
        ("any", [5, "x"], None),
        ("all", [1, "x"], None),
        ("all", [5, "x"], False),
        ("none", [1, "x"], False),
        ("none", [5, "x"], None),
    ],
)
def test_quantifiers_ask_the_elements(quantifier: Any, value: Any, holds: bool | None) -> None:
    assert of_elements(quantifier, relation("<", 3))(value) is holds


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ("10.1.2.3", True),
        ("11.1.2.3", False),
        (["11.1.2.3", "10.0.0.1"], True),
        ("::1", False),
        (["11.1.2.3", "10.1.2"], None),
        ("10.1.2", None),
        (None, False),
        (167772161, None),
    ],
)
def test_addresses_lie_in_a_subnet(value: Any, inside: bool | None) -> None:
    assert in_subnet("10.0.0.0/8")(value) is inside


def test_all_keys_must_be_there() -> None:
    assert has_keys(["a", "b"])({"a": None, "b": 1})
    assert not has_keys(["a", "b"])({"a": 1})
    assert not has_keys(["a"])(None)
    assert not has_keys(["a"])(["a"])


PROPERTIES = [None, "gp3", "GP3", "1", 1, True, ["gp3"], ["x", 2], [None], {"a": 1}, "", "gp3-old"]


@for_each(
    "operator, literal",
    [
        ("in", ["gp3", "io1"]),
        ("in", ["gp3", "1"]),
        ("in", ["gp3", 1]),
        ("not in", ["gp3"]),
        ("=~", "^gp"),
        ("=~", "(g|x)p+3$"),
        ("!~", "^gp"),
        ("==", "gp3"),
        (">", 0),
    ],
)
@for_each("value", PROPERTIES)
def test_shorter_ways_to_compare_a_property_say_the_same(
    operator: Any, literal: Any, value: Any
) -> None:
    line = resource("aws_ec2_volume", "vol", properties={"volume_type": value}).to_line()
    term = Predicate(Path((Step("volume_type"),)), operator, literal)
    found = compile_known(term, Context(NOW))(line)
    assert found == relation(operator, literal)(value)
    assert found is None or isinstance(found, bool)
