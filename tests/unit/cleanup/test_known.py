"""What the snapshot of a plan knows of it, and when what is found now is still the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.cleanup.known import Known, Past, properties_digest
from ebbtide.cleanup.scene import Scene, remembered
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, Planned
from tests.support.builders import ACCOUNT, NOW, REGION, default_edge, instance, resource, volume
from tests.support.memory_store import MemoryStore

ONE, OTHER, USER = volume("vol-1"), volume("vol-2"), instance("i-1")
REGION_NODE = resource("aws_region", REGION)
LATER = to_text(NOW)


def known(
    resources: Iterable[Resource],
    edges: Iterable[Edge] = (),
    *,
    kinds: frozenset[str] = frozenset(),
    account: str = ACCOUNT,
) -> Known:
    """Return what a snapshot knows of a plan that deletes the volume ONE."""
    store: Any = MemoryStore()
    entry = AccountEntry(account, "sandbox", "run", "resources", "edges", "changes", "coverage")
    store.write_json("m", Manifest("run", LATER, None, (entry,)).to_json())
    store.write_json("resources", [one.to_line() for one in resources])
    store.write_json("edges", [one.to_line() for one in edges])
    planned = (Planned(ONE.subject, "delete", ("rule",), "why"),)
    return Known(store, Plan("run", ACCOUNT, "m", "", 3, (REGION,), planned), kinds)


def test_edges_are_those_that_begin_or_end_at_planned_resources() -> None:
    from_it, to_it = default_edge(ONE, USER), default_edge(USER, ONE)
    found = known([ONE, OTHER, USER], [from_it, to_it, default_edge(USER, OTHER)]).edges
    assert found == [from_it.to_line(), to_it.to_line()]


def test_resources_are_the_planned_ones_and_containers() -> None:
    made = known([ONE, OTHER, USER, REGION_NODE])
    made.read()
    assert set(made.planned) == {ONE.graph_id}
    assert set(made.containers) == {REGION_NODE.graph_id}
    assert set(made.past) == {ONE.graph_id}


def test_the_history_of_further_kinds_is_kept() -> None:
    made = known([ONE, OTHER, USER], kinds=frozenset({"aws_ec2_instance"}))
    made.read()
    assert set(made.past) == {ONE.graph_id, USER.graph_id}


def test_a_snapshot_without_the_account_knows_nothing() -> None:
    made = known([ONE], [default_edge(ONE, USER)], account="444455556666")
    made.read()
    assert (made.planned, made.past, made.edges) == ({}, {}, [])


@pytest.mark.parametrize("name", ["last_used", "last_use_known_since", "usage"])
def test_last_use_is_no_change(name: str) -> None:
    line = ONE.to_line()
    used = {**line, "properties": {**line["properties"], name: "now"}}
    assert properties_digest(used) == properties_digest(line)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"name": "x"}, {"ended": True}, {"properties": {"volume_size": 9}}]
)
def test_anything_else_is_a_change(change: dict[str, Any]) -> None:
    line = ONE.to_line()
    assert properties_digest({**line, **change}) != properties_digest(line)  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("now", "comparable", "updated"),
    [
        (ONE, True, False),
        (replace(ONE, properties={**ONE.properties, "volume_size": 9}), True, True),
        (replace(ONE, properties={**ONE.properties, "volume_size": 9}), False, False),
        (replace(ONE, properties={**ONE.properties, "last_used": "now"}), True, False),
        (replace(ONE, tags={"new": ""}), True, True),
        (replace(ONE, tags=None), True, False),
    ],
)
def test_a_line_was_updated_now_if_it_has_changed(
    now: Resource, *, comparable: bool, updated: bool
) -> None:
    before = ONE.to_line()
    found = remembered(now.to_line(), Past.of(before), LATER, comparable=comparable)
    assert (found["updated"] == LATER) is updated
    assert ("unchanged_since" in found) is not updated
    assert found["first_seen"] == before["first_seen"]


def test_a_line_that_the_snapshot_did_not_have_was_first_seen_now() -> None:
    found = remembered(replace(ONE, created=None).to_line(), None, LATER)
    assert found["first_seen"] == found["last_seen"] == found["updated"] == LATER


def scene(one: Resource) -> Scene:
    return Scene(ACCOUNT, {one.graph_id: one.to_line()})


@pytest.mark.parametrize(
    ("listed", "same"),
    [
        (ONE, True),
        (OTHER, False),
        (replace(ONE, properties={"volume_size": 9}), False),
        (replace(ONE, ended=True), False),
        (replace(ONE, updated=NOW), False),
        (replace(ONE, created=NOW), False),
        (replace(ONE, tags={"new": ""}), False),
        (replace(ONE, name="new"), False),
        # Tags that were not listed do not matter, nor does a name that may be one of them.
        (replace(ONE, tags=None), True),
        (replace(ONE, tags=None, name="new"), True),
        (replace(ONE, tags=None, ended=True), False),
    ],
)
def test_a_scene_has_a_resource_only_with_the_same_content(listed: Resource, *, same: bool) -> None:
    assert scene(listed).has(ONE.to_line()) is same


def test_a_price_is_remembered_until_what_it_is_for_has_changed() -> None:
    price: Any = {"monthly": 8.0, "currency": "USD", "basis": "table 2026-09-19"}
    past = Past.of(replace(ONE, price=price).to_line())
    assert remembered(ONE.to_line(), past, LATER)["price"] == price
    larger = replace(ONE, properties={**ONE.properties, "volume_size": 800})
    assert "price" not in remembered(larger.to_line(), past, LATER)
    # What may only lack what a list tells is compared by its fingerprint.
    assert remembered(larger.to_line(), past, LATER, comparable=False)["price"] == price
