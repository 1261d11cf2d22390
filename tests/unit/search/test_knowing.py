"""Which values of a resource are known, by how well it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebbtide.kinds import registry
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection
from ebbtide.search.knowing import (
    is_doubtful,
    is_protection,
    is_uncertain,
    known_at,
    known_document,
)
from ebbtide.search.marks import TAGS_ONLY
from ebbtide.search.node import Context
from ebbtide.search.truth import NOT_KNOWN
from tests.support.search_estate import NOW, SANDBOX, ago, volume
from tests.support.search_paths import path

Change = Callable[[dict[str, Any]], dict[str, Any]]

# How a resource was read, and whether it is uncertain by that.
STATES: dict[str, tuple[dict[str, Any], dict[str, str], bool]] = {
    "certain": ({}, {}, False),
    "untagged": ({"tags": None}, {}, False),
    "stale": ({"stale_since": ago(days=1)}, {}, True),
    "partly": ({"unread": {"describe_volume_status": "denied"}}, {}, True),
    "old account": ({}, {SANDBOX: ago(days=1)}, True),
}
UNCERTAIN = frozenset(name for name, state in STATES.items() if state[2])
ALL, CERTAIN = frozenset(STATES), frozenset(STATES) - UNCERTAIN
TAGGED = CERTAIN - {"untagged"}


def node(state: str, **change: Any) -> tuple[ResourceLine, Context]:
    given, stale, _ = STATES[state]
    line: Any = {**volume("vol-1", 8, "in-use", created=ago(days=9)), **given, **change}
    return line, Context(NOW, stale=stale)


@pytest.mark.parametrize("state", STATES)
def test_a_resource_is_uncertain_in_each_of_three_ways(state: str) -> None:
    line, context = node(state)
    assert is_uncertain(line, context) is (state in UNCERTAIN)
    assert is_doubtful(line, context) is (state not in TAGGED)


def test_another_account_of_which_only_an_older_graph_is_known_does_not_matter() -> None:
    line, _ = node("certain")
    assert not is_uncertain(line, Context(NOW, stale={"444455556666": ago(days=1)}))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("id", ALL),
        ("kind", ALL),
        ("account", ALL),
        ("region", ALL),
        ("cloud", ALL),
        ("ctime", ALL),
        ("age", ALL),
        ("zone", CERTAIN),
        ("volume_size", CERTAIN),
        ("mtime", CERTAIN),
        ("tags", TAGGED),
        ("tags.owner", TAGGED),
        ("/reported.id", ALL),
        ("/reported.tags.owner", TAGGED),
        ("/reported.volume_size", CERTAIN),
        # A property of the resource may have this name.
        ("/reported.account", CERTAIN),
        ("/reported", frozenset()),
        ("/metadata", frozenset()),
        ("/metadata.first_seen", ALL),
        ("/metadata.last_seen", ALL),
        ("/metadata.stale_since", ALL),
        ("/metadata.expires", TAGGED),
        ("/metadata.protected", TAGGED),
        ("/metadata.protected_reason", TAGGED),
        ("/metadata.state", CERTAIN),
        ("/usage.cpu_utilization.avg", CERTAIN),
        ("/ancestors.account.reported.name", ALL),
        ("/ancestors.zone.reported.name", CERTAIN),
        ("/desired.clean", ALL),
    ],
)
def test_a_value_is_known_if_it_never_changes_or_was_read(text: str, known: frozenset[str]) -> None:
    found = set()
    for state in STATES:
        line, context = node(state)
        if known_at(path(text), context)(line):
            found.add(state)
    assert found == known


@pytest.mark.parametrize("text", ["ctime", "age"])
def test_a_birth_that_nobody_has_read_is_unknown_of_what_is_uncertain(text: str) -> None:
    known = set()
    for state in STATES:
        line, context = node(state, created=None)
        if known_at(path(text), context)(line):
            known.add(state)
    assert known == CERTAIN


def test_a_merge_that_takes_the_place_of_the_zone_is_known() -> None:
    line, context = node("stale")
    merged = replace(context, overriding=frozenset({"ancestors.zone"}))
    assert known_at(path("/ancestors.zone.reported.name"), merged)(line)


def test_a_name_is_unknown_if_it_may_be_a_tag_that_could_not_be_read() -> None:
    for label, known in ((True, CERTAIN), (False, TAGGED)):
        kind = sorted(name for name, one in registry().items() if (one.label is not None) is label)[
            0
        ]
        found = set()
        for state in STATES:
            line, context = node(state, kind=kind)
            if known_at(path("name"), context)(line):
                found.add(state)
        assert found == known


@pytest.mark.parametrize(
    ("protected", "known"), [(True, ALL), (False, TAGGED), (None, frozenset[str]())]
)
def test_a_protection_is_known_but_the_lack_of_one_needs_all_of_a_resource(
    protected: bool | None, known: frozenset[str]
) -> None:
    class Marks:
        def protection(self, _: ResourceLine) -> Protection:
            return Protection(protected, None)

        desired = ending = staticmethod(TAGS_ONLY.desired)

    for text in ("/metadata.protected", "/metadata.protected_reason"):
        found = set()
        for state in STATES:
            line, context = node(state)
            if known_at(path(text), replace(context, marks=Marks()))(line):
                found.add(state)
        assert found == known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/metadata.protected", True),
        ("/metadata.protected_reason", True),
        ("/metadata.expires", False),
        ("/metadata", False),
        ("/reported.protected", False),
        ("protected", False),
    ],
)
def test_only_two_paths_lead_to_a_protection(text: str, *, expected: bool) -> None:
    assert is_protection(path(text)) is expected


@pytest.mark.parametrize("state", STATES)
def test_a_document_has_only_values_that_are_known(state: str) -> None:
    line, context = node(state)
    document = known_document(line, context)
    reported, metadata = document["reported"], document["metadata"]
    assert reported["id"] == "vol-1"
    assert (reported["volume_size"] is NOT_KNOWN) is (state in UNCERTAIN)
    assert (reported["tags"] is NOT_KNOWN) is (state not in TAGGED)
    assert metadata["first_seen"] is not NOT_KNOWN
    assert (metadata["protected"] is NOT_KNOWN) is (state not in TAGGED)
    assert (document.get("usage") is NOT_KNOWN) is (state in UNCERTAIN)
    assert (document["ancestors"].get("zone") is NOT_KNOWN) is (state in UNCERTAIN)
