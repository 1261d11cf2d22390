"""How many neighbours a resource has is unknown while it, or one of them, may have changed."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.language import parse_search
from ebbtide.search.evaluation import Evaluation
from ebbtide.search.graph import SearchGraph
from ebbtide.search.node import Context
from ebbtide.search.truth import Truth
from tests.support.search_estate import NOW, ago, edge, instance, volume

STALE = {"stale_since": ago(days=1)}
UNREAD = {"unread": {"describe_volumes": "denied"}}
# Makes the whole evaluation careful, and is nobody's neighbour.
ODD: dict[str, Any] = {**volume("vol-odd", 1, "here"), **STALE}


def truth_of(clause: str, own: dict[str, Any], *neighbours: dict[str, Any]) -> Truth:
    """Return whether a volume fulfils a with-clause about the instances that use it."""
    node: Any = {**volume("vol-1", 1, "here"), **own}
    users: list[Any] = [
        {**instance(f"i-{number}", "running", 1, "x"), **change}
        for number, change in enumerate(neighbours)
    ]
    graph = SearchGraph([node, ODD, *users], [edge(user, node) for user in users])
    text = f"is(aws_ec2_volume) and id = vol-1 with({clause}, <-- is(aws_ec2_instance))"
    answers = Evaluation(parse_search(text, now=NOW), graph, Context(NOW)).graded()
    return next((truth for _, truth in answers), False)


@pytest.mark.parametrize("own", [STALE, UNREAD], ids=["stale", "partly read"])
@pytest.mark.parametrize("clause", ["any", "empty", "count > 1", "count == 0", "count == 2"])
@pytest.mark.parametrize("users", [0, 1, 2])
def test_what_may_have_changed_may_have_any_neighbours(
    own: dict[str, Any], clause: str, users: int
) -> None:
    assert truth_of(clause, own, *[{}] * users) is None


@pytest.mark.parametrize(
    ("clause", "answers"),
    [
        ("any", [False, True, True]),
        ("empty", [True, False, False]),
        ("count > 1", [False, False, True]),
        ("count == 0", [True, False, False]),
        ("count == 2", [False, False, True]),
    ],
)
def test_neighbours_of_what_is_certain_count(clause: str, answers: list[bool]) -> None:
    assert [truth_of(clause, {}, *[{}] * users) for users in range(3)] == answers


@pytest.mark.parametrize("change", [STALE, UNREAD], ids=["stale", "partly read"])
@pytest.mark.parametrize(
    ("clause", "alone", "beside"),
    [
        ("any", None, True),
        ("empty", None, False),
        ("count > 1", False, None),
        ("count == 0", None, False),
        ("count == 2", False, None),
    ],
)
def test_a_neighbour_that_may_have_gone_may_count(
    change: dict[str, Any], clause: str, alone: Truth, beside: Truth
) -> None:
    """`beside`: there is another one, which is certain."""
    assert truth_of(clause, {}, change) is alone
    assert truth_of(clause, {}, change, {}) is beside
