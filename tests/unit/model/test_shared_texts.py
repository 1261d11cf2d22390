"""What many lines repeat is kept once, so that a large account fits into memory."""

from __future__ import annotations

import json
from typing import Any

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from tests.support.builders import ACCOUNT, default_edge, volume


def read(line: Any) -> Any:
    """Return a line as it is read from a file: no text is the same object as another."""
    return json.loads(json.dumps(line))


def test_texts_and_times_of_equal_lines_are_the_same_objects() -> None:
    line = volume("vol-1").to_line()
    one, other = Resource.from_line(read(line)), Resource.from_line(read(line))
    assert one == other == volume("vol-1")
    for name in ("kind", "kinds", "account", "region", "created", "last_seen"):
        assert getattr(one, name) is getattr(other, name)
    assert one.name is one.id


def test_edges_share_the_names_of_the_resources() -> None:
    resources = [volume("vol-1"), volume("vol-2")]
    line = default_edge(*resources).to_line()
    inventory = Inventory(ACCOUNT, resources, [Edge.from_line(read(line))], ())
    (edge,) = inventory.edges_out(resources[0].graph_id)
    names = {id(name) for name in inventory.resources}
    assert {id(edge.source), id(edge.target), id(edge.declared_by)} <= names


def test_a_name_that_differs_from_the_id_is_kept() -> None:
    line = volume("vol-1", name="data").to_line()
    assert Resource.from_line(read(line)).name == "data"
