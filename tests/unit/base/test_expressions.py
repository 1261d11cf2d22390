"""Compiled expressions answer what jmespath answers."""

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError, ParseError

from ebbtide.base.expressions import compiled

NAMES = st.sampled_from(["a", "B", "c_d", '"e-f"'])
LITERALS = st.sampled_from(["'x'", "''", "`0`", "`1`", "`true`", "`false`", "`null`", "`[]`"])
LEAVES = NAMES | LITERALS | st.just("@")


def expressions() -> st.SearchStrategy[str]:
    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        two = st.tuples(inner, inner)
        return st.one_of(
            st.tuples(inner, NAMES).map(".".join),
            two.map(" | ".join),
            two.map("({0[0]} || {0[1]})".format),
            two.map("({0[0]} && {0[1]})".format),
            two.map("({0[0]} == {0[1]})".format),
            two.map("({0[0]} != {0[1]})".format),
            two.map("({0[0]} < {0[1]})".format),
            two.map("[{0[0]}, {0[1]}]".format),
            two.map("{{one: {0[0]}, two: {0[1]}}}".format),
            st.tuples(NAMES, inner).map("{0[0]}[?{0[1]}]".format),
            st.tuples(NAMES, inner, NAMES).map("{0[0]}[?{0[1]}].{0[2]}".format),
            st.tuples(NAMES, NAMES).map("{0[0]}[].{0[1]}".format),
            inner.map("!({0})".format),
            inner.map("({0})[]".format),
            inner.map("({0})[0]".format),
            inner.map("values({0} || `{{}}`)".format),
            inner.map("not_null({0}, 'x')".format),
        )

    return st.recursive(LEAVES, more, max_leaves=6)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x", "y"]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "B", "c_d", "e-f"]), inner, max_size=3)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=20,
)


@given(expressions(), VALUES)
def test_every_expression_agrees_with_jmespath(expression: str, document: Any) -> None:
    try:
        expected = jmespath.search(expression, document)
    except (JMESPathError, TypeError) as error:
        # Such as a function that is given what it does not take.
        with pytest.raises(type(error)):
            compiled(expression)(document)
        return
    found = compiled(expression)(document)
    assert found == expected
    # 1 == True in Python, but not in what is written as JSON.
    assert repr(found) == repr(expected)


def test_what_is_no_jmespath_is_refused() -> None:
    with pytest.raises(ParseError):
        compiled("a..b")


def test_without_leaves_out_what_the_other_list_has() -> None:
    document = {"all": ["a", "b", "c"], "used": ["b"], "none": None}
    assert compiled("without(all, used)")(document) == ["a", "c"]
    assert compiled("without(all, none)")(document) == ["a", "b", "c"]
    assert compiled("without(none, used)")(document) is None


def test_holding_finds_what_names_a_value() -> None:
    clusters = [{"id": 1, "names": ["a"]}, {"id": 2, "names": ["b"]}, {"id": 3}]
    document = {"clusters": clusters, "name": "a"}
    assert compiled("holding(clusters, 'names', name)[].id")(document) == [1]
    assert compiled("holding(nothing, 'names', name)")(document) is None
