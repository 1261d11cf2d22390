"""Each relation says what the other resource is to it: by an order, or by a strength with a reason.

Without an order, nothing but this decision tells a plan whether the other must stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest

from ebbtide.model.kind import Decision, Kind, Relation
from tests.support.gathering import EVERY

MAX_WHY = 80
STRENGTHS = frozenset(get_args(get_type_hints(Decision)["strength"]))


def ordered(relation: Relation) -> bool:
    """Say whether one of the two must go first, or goes along with the other."""
    return any((relation.deleted_after, relation.deleted_before, relation.owns, relation.owned_by))


def undecided(kind: Kind) -> Iterator[str]:
    """Name the relations that have neither an order nor a strength with a reason."""
    for relation in kind.relations:
        if not ordered(relation) and not (relation.strength and relation.why):
            yield f"{kind.name} | {relation.path} | {relation.kind}"


def twice_decided(kind: Kind) -> Iterator[str]:
    """Name the relations that have both."""
    for relation in kind.relations:
        if ordered(relation) and (relation.strength or relation.why):
            yield f"{kind.name} | {relation.path} | {relation.kind}"


def faults_of(why: str) -> Iterator[str]:
    """Say what keeps a reason from completing "it is needed because ..."."""
    if why[:1].isupper():
        yield "starts with a capital letter"
    if why.endswith("."):
        yield "ends with a full stop"
    if len(why) > MAX_WHY:
        yield f"has {len(why)} characters, more than {MAX_WHY}"
    if why != " ".join(why.split()):
        yield "has superfluous spaces"


def test_no_relation_is_undecided() -> None:
    found = [line for kind in EVERY.kinds() for line in undecided(kind)]
    assert not found, "give each a strength and a why:\n" + "\n".join(found)


def test_a_relation_with_an_order_has_no_strength() -> None:
    assert [line for kind in EVERY.kinds() for line in twice_decided(kind)] == []


def test_strengths_are_those_of_the_vocabulary() -> None:
    used = {relation.strength for kind in EVERY.kinds() for relation in kind.relations}
    assert used == {"", *STRENGTHS}


def test_reasons_are_written_alike() -> None:
    reasons = {relation.why for kind in EVERY.kinds() for relation in kind.relations} - {""}
    faults = [f"{why!r} {fault}" for why in sorted(reasons) for fault in faults_of(why)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        ("The alarm could notify nobody", "starts with a capital letter"),
        ("the alarm could notify nobody.", "ends with a full stop"),
        ("the alarm could  notify nobody", "has superfluous spaces"),
        ("a" * 81, "has 81 characters, more than 80"),
    ],
)
def test_what_is_wrong_with_a_reason_is_said(why: str, fault: str) -> None:
    assert list(faults_of(why)) == [fault]


def test_one_relation_is_not_needed_and_something_else() -> None:
    """A path that means two things is split, so that each part has a strength of its own."""
    both = [
        (kind.name, relation.path, relation.kind)
        for kind in EVERY.kinds()
        for relation in kind.relations
        for other in kind.relations
        if (other.path, other.kind, other.by, other.pattern)
        == (relation.path, relation.kind, relation.by, relation.pattern)
        and other.strength != relation.strength
    ]
    assert both == []


def test_no_optional_kind_needs_anything() -> None:
    """It is not read by default, so all that it could need would be undecided by default."""
    optional = [kind for kind in EVERY.kinds() if kind.optional]
    assert optional
    assert [
        f"{kind.name} | {relation.path} | {relation.kind}"
        for kind in optional
        for relation in kind.relations
        if relation.strength == "needed"
    ] == []
