"""What a search reads, and no more."""

from __future__ import annotations

import pytest

from ebbtide.kinds import concrete_kinds
from ebbtide.language import parse_search
from ebbtide.search import Extent, explain, extent_of, find
from tests.support.search_estate import NOW, PRODUCTION, SANDBOX, Lines, snapshot

VOLUMES, INSTANCES = concrete_kinds(["volume"]), concrete_kinds(["instance"])
DEFAULT, DELETE = frozenset({"default"}), frozenset({"delete"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", Extent(None, edges=False)),
        ("is(volume)", Extent(VOLUMES, edges=False)),
        ("is(volume) or is(instance)", Extent(VOLUMES | INSTANCES, edges=False)),
        ("is(volume) or name = x", Extent(None, edges=False)),
        ("is(volume) and is(resource)", Extent(VOLUMES, edges=False)),
        ("is(volume) and not is(aws_ec2_volume)", Extent(VOLUMES, edges=False)),
        ("is(volume) <-- is(instance)", Extent(VOLUMES | INSTANCES, True, DEFAULT)),
        ("is(volume) -delete-> is(instance)", Extent(VOLUMES | INSTANCES, True, DELETE)),
        ("(edge_type=delete): is(volume) -->", Extent(None, True, DELETE)),
        ("is(volume) with(any, <-- is(instance))", Extent(VOLUMES | INSTANCES, True, DEFAULT)),
        ("is(volume) with(empty, <-delete-)", Extent(None, True, DELETE)),
        (
            "is(volume) {user: <-- is(instance)} /user.reported.name = x",
            Extent(VOLUMES | INSTANCES, True, DEFAULT),
        ),
        (
            "is(volume) and /ancestors.instance.reported.name = x",
            Extent(VOLUMES | INSTANCES, True, DEFAULT, far=True),
        ),
        (
            "is(volume) and /ancestors.region.reported.name = us-east-1",
            Extent(VOLUMES, edges=False),
        ),
        (
            "is(volume) sort /ancestors.instance.reported.name",
            Extent(VOLUMES | INSTANCES, True, DEFAULT, far=True),
        ),
        (
            "is(volume) with(any, -delete-> /ancestors.instance.reported.name = x)",
            Extent(None, True, DEFAULT | DELETE, far=True),
        ),
        ("is(volume) <-[1:2]- is(instance)", Extent(VOLUMES | INSTANCES, True, DEFAULT, far=True)),
        (
            "(edge_type=delete): is(volume) {user: <-- is(instance)} --> is(volume)",
            Extent(VOLUMES | INSTANCES, True, DEFAULT | DELETE),
        ),
        ("is(volume) limit 1 <--", Extent(None, True, DEFAULT, whole=True)),
        ("is(volume) <-- is(instance) limit 1", Extent(VOLUMES | INSTANCES, True, DEFAULT)),
        (
            "aggregate(/ancestors.instance.reported.name as user: sum(1)): is(volume)",
            Extent(VOLUMES | INSTANCES, True, DEFAULT, far=True),
        ),
    ],
)
def test_a_search_reads(text: str, expected: Extent) -> None:
    assert extent_of(parse_search(text)) == expected


def test_edges_of_other_types_are_not_decoded() -> None:
    store = Lines()
    list(find(parse_search("is(volume) -delete-> is(instance)"), snapshot(store), NOW))
    # Four volumes, three instances, seven edges of the type delete.
    assert store.decoded == 14


def test_what_is_read_is_told_before() -> None:
    found = explain(parse_search("is(volume)"), snapshot())
    assert (found.accounts, found.objects, found.resources, found.edges) == (2, 2, 4, 0)
    kinds = ", ".join(sorted(VOLUMES))
    assert found.sentences() == [
        "reads 2 objects of 2 accounts",
        f"reads up to 4 resources ({kinds}), but no edges",
        "holds one account at a time in memory",
    ]
    whole = explain(parse_search("is(volume) limit 1 <--"), snapshot())
    assert whole.in_memory == 2
    one = explain(parse_search("is(volume) <--"), snapshot(accounts=[SANDBOX]))
    assert (one.accounts, one.objects, one.in_memory) == (1, 2, 1)
    assert PRODUCTION not in str(one)
