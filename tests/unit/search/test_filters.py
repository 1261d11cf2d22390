"""Compiled terms find what a plain evaluation of the same tree over whole documents finds."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language.syntax import (
    All,
    And,
    ArrayContext,
    FullText,
    Function,
    HasId,
    IsKind,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Term,
)
from ebbtide.search import find
from ebbtide.search.document import node_document
from ebbtide.search.node import Context
from tests.support.search_estate import LINES, NOW, snapshot
from tests.support.search_paths import path

CONTEXT = Context(NOW, {"111122223333": "sandbox", "444455556666": "production"})
DOCUMENTS = [node_document(line, CONTEXT) for lines in LINES.values() for line in lines]


PATHS = st.sampled_from(
    [
        "name", "id", "kind", "tags.owner", "tags.team", "instance_cores", "instance_type",
        "volume_size", "volume_status", "load_balancer_arns", "load_balancer_arns[0]",
        "load_balancer_arns[*]", "load_balancer_arns[7]", "group_ip_permissions[*].from_port",
        "missing", "missing[*].deeper",
        "group_ip_permissions[*].ip_ranges[*].cidr_ip", "group_ip_permissions[1].to_port",
        "/reported.name", "/metadata.ended", "/metadata.protected", "/desired.clean", "/id",
        "/ancestors.region.reported.name", "tags", "is_default",
    ]
).map(path)  # fmt: skip
ELEMENTS = st.sampled_from(["from_port", "to_port", "ip_ranges[*].cidr_ip", "missing"]).map(path)
VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        2,
        4,
        22,
        443,
        500,
        "web",
        "payments",
        "running",
        "available",
        "4",
        "main",
    ]
)
COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def predicates(paths: st.SearchStrategy[Path]) -> st.SearchStrategy[Predicate]:
    quantifiers = st.sampled_from([None, None, "all", "any", "none"])
    return st.one_of(
        st.builds(Predicate, paths, COMPARISONS, VALUES, quantifiers),
        st.builds(
            Predicate, paths, st.sampled_from(["in", "not in"]), st.lists(VALUES, max_size=3)
        ),
        st.builds(
            Predicate, paths, st.sampled_from(["=~", "!~"]), st.sampled_from(["^i-", "WEB", "1"])
        ),
    )


def combined(leaves: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
        ),
        max_leaves=5,
    )


TERMS: st.SearchStrategy[Any] = combined(
    st.one_of(
        predicates(PATHS),
        st.just(All()),
        st.builds(
            IsKind,
            st.lists(
                st.sampled_from(["volume", "aws_vpc", "instance", "resource"]),
                min_size=1,
                max_size=2,
            ).map(tuple),
        ),
        st.sampled_from([document["id"] for document in DOCUMENTS]).map(lambda id: HasId((id,))),
        st.builds(FullText, st.sampled_from(["web", "PAY", "10.0", "nothing like it"])),
        st.sampled_from(["owner", ["owner", "expiration"], []]).map(
            lambda names: Function("has_key", path("tags"), (names,))
        ),
        st.builds(
            ArrayContext, st.just(path("group_ip_permissions[*]")), combined(predicates(ELEMENTS))
        ),
    )
)


def naive(term: Any, document: Any, relative: bool = False) -> bool | None:
    match term:
        case All():
            return True
        case And(left, right):
            return least([naive(left, document, relative), naive(right, document, relative)])
        case Or(left, right):
            return most([naive(left, document, relative), naive(right, document, relative)])
        case Not(inner):
            return opposite(naive(inner, document, relative))
        case IsKind(kinds):
            return any(kind in document["kinds"] for kind in kinds)
        case HasId(ids):
            return document["id"] in ids
        case FullText(text):
            own = {name: document[name] for name in ("id", "reported", "kinds")}
            own |= {"more": list(document["metadata"].values())}
            own["place"] = [document["ancestors"][level] for level in ("account", "region")]
            return any(said(words(text), words(str(value))) for value in flat(own))
        case Function(_, where, (names,)):
            (found,) = look_up(where, document, relative)
            wanted = names if isinstance(names, list) else [names]
            return isinstance(found, dict) and set(wanted) <= set(found)
        case ArrayContext(where, inner):
            return most([naive(inner, one, True) for one in look_up(where, document, relative)])
        case Predicate(where, operator, value, None):
            found = look_up(where, document, relative)
            return most([compare(operator, one, value) for one in found])
        case Predicate(where, operator, value, quantifier):
            found = look_up(where, document, relative)
            if not any(None in step.indexes for step in where.steps):
                (found,) = found
            if not isinstance(found, list):
                return False
            answers = [compare(operator, one, value) for one in found]
            if quantifier == "all":
                return least(answers)
            return most(answers) if quantifier == "any" else opposite(most(answers))
    raise AssertionError(term)


# In Kleene's logic, false is less than unknown, and unknown is less than true.
RANKS = [False, None, True]


def least(answers: list[bool | None]) -> bool | None:
    return RANKS[min(map(RANKS.index, answers), default=2)]


def most(answers: list[bool | None]) -> bool | None:
    return RANKS[max(map(RANKS.index, answers), default=0)]


def opposite(answer: bool | None) -> bool | None:
    return RANKS[2 - RANKS.index(answer)]


def words(text: str) -> list[str]:
    return [word for word in re.split(r"[ _@:/.;-]", text.lower()) if word]


def said(wanted: list[str], there: list[str]) -> bool:
    """Return whether words stand in a text one after another."""
    starts = range(len(there) - len(wanted) + 1)
    return bool(wanted) and any(there[start : start + len(wanted)] == wanted for start in starts)


def flat(value: Any) -> Any:
    if isinstance(value, dict):
        for entry in value.values():
            yield from flat(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from flat(entry)
    elif value is not None and not isinstance(value, bool):
        yield value


def look_up(where: Path, document: Any, relative: bool) -> list[Any]:
    found = [document if where.absolute or relative else document["reported"]]
    for step in where.steps:
        found = [one.get(step.name) if isinstance(one, dict) else NOTHING for one in found]
        for index in step.indexes:
            if index is None:
                found = [inner for one in found if isinstance(one, list) for inner in one]
            else:
                found = [
                    one[index] if isinstance(one, list) and index < len(one) else None
                    for one in found
                ]
    if any(None in step.indexes for step in where.steps):
        return [one for one in found if one is not NOTHING]
    return [None if one is NOTHING else one for one in found]


NOTHING = object()


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def compare(operator: str, value: Any, literal: Any) -> bool | None:
    if operator in ("!=", "not in", "!~"):
        positive = {"!=": "==", "not in": "in", "!~": "=~"}[operator]
        return opposite(compare(positive, value, literal))
    if operator == "in":
        return most([compare("==", value, one) for one in literal])
    if isinstance(value, list) and literal is not None:
        return most([compare(operator, one, literal) for one in value])
    if operator == "=~":
        if isinstance(value, (bool, dict)):
            return None
        return value is not None and re.search(literal, str(value), re.IGNORECASE) is not None
    if number(value) is not None and number(literal) is not None:
        pair: Any = (number(value), number(literal))
    elif (
        isinstance(value, str)
        and isinstance(literal, str)
        and (operator == "==" or number(literal) is None)
    ):
        pair = (value, literal)
    elif operator == "==":
        return type(value) is type(literal) and bool(value == literal)
    else:
        return False if None in (value, literal) else None
    one, other = pair
    return bool(
        {"==": one == other, "<": one < other, "<=": one <= other, ">": one > other,
         ">=": one >= other}[operator]
    )  # fmt: skip


@given(TERMS)
def test_filters_find_what_a_plain_evaluation_finds(term: Any) -> None:
    answer = find(Query((Part(term),)), snapshot(), NOW)
    found = {match.line["graph_id"] for match in answer}
    unknown = {one.match.line["graph_id"] for one in answer.unknown}
    truths = {document["id"]: naive(term, document) for document in DOCUMENTS}
    assert found == {name for name, truth in truths.items() if truth}
    assert unknown == {name for name, truth in truths.items() if truth is None}
