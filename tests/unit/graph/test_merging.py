"""What was read and what was known become one snapshot; what was not read is never lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.graph.edges import Identities, owner_edges, relation_edges, resolve, structure_edges
from ebbtide.graph.merged_lines import MergedAccount, carried_edges, is_changed, merge_lines
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Relation
from ebbtide.model.resource import GLOBAL, Edge, Reference, Resource
from tests.support.builders import ACCOUNT, REGION, instance, resource, volume

FIRST, SECOND, THIRD = ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z")
VOLUME = "aws_ec2_volume"


def fresh(*resources: Resource) -> list[dict[str, Any]]:
    lines = [entry.to_line() for entry in resources]
    for line in lines:
        line |= {"first_seen": None, "last_seen": None, "updated": None}
    return lines


def covered(state: str = "complete", kind: str = VOLUME) -> list[Coverage]:
    return [Coverage(ACCOUNT, REGION, kind, state)]


def merge(
    resources: list[Resource],
    previous: MergedAccount | None = None,
    state: str = "complete",
    at: str = FIRST,
) -> MergedAccount:
    known = previous.lines if previous else {}
    return merge_lines(fresh(*resources), known, covered(state), at)


def changes(merged: MergedAccount) -> list[tuple[str, str]]:
    return sorted((change["change"], change["graph_id"]) for change in merged.changes)


def test_a_new_resource_is_created() -> None:
    merged = merge([volume("vol-1")])
    (line,) = merged.lines.values()
    assert changes(merged) == [("created", line["graph_id"])]
    assert line["first_seen"] == line["last_seen"] == FIRST
    assert line["updated"] == line["created"]


def test_an_unchanged_resource_keeps_its_history() -> None:
    before = merge([volume("vol-1")])
    after = merge([volume("vol-1")], before, at=SECOND)
    (line,) = after.lines.values()
    assert changes(after) == []
    assert (line["first_seen"], line["last_seen"]) == (FIRST, SECOND)
    assert line["updated"] == line["created"]


def test_a_changed_resource_is_updated_with_before_and_after() -> None:
    before = merge([volume("vol-1", "in-use")])
    after = merge([volume("vol-1")], before, at=SECOND)
    (change,) = after.changes
    assert change["change"] == "updated"
    assert change["before"]["properties"]["volume_status"] == "in-use"
    assert change["after"]["properties"]["volume_status"] == "available"
    assert change["after"]["updated"] == SECOND


def test_a_missing_resource_is_deleted_where_all_was_read() -> None:
    before = merge([volume("vol-1")])
    after = merge([], before, at=SECOND)
    assert after.lines == {}
    assert [change["change"] for change in after.changes] == ["deleted"]


@pytest.mark.parametrize("state", ["denied", "throttled", "failed", "timed_out"])
def test_a_missing_resource_is_carried_over_where_not_all_was_read(state: str) -> None:
    before = merge([volume("vol-1")])
    after = merge([], before, state, SECOND)
    (line,) = after.lines.values()
    assert line["stale_since"] == SECOND
    assert line["last_seen"] == FIRST
    assert after.changes == []
    assert merge([], after, state, THIRD).lines[line["graph_id"]]["stale_since"] == SECOND


def test_what_can_be_read_again_is_not_stale_any_more() -> None:
    stale = merge([], merge([volume("vol-1")]), "denied", SECOND)
    (line,) = merge([volume("vol-1")], stale, at=THIRD).lines.values()
    assert line["stale_since"] is None
    assert (line["first_seen"], line["last_seen"]) == (FIRST, THIRD)


def test_what_left_the_scope_is_dropped_and_not_called_deleted() -> None:
    before = merge([volume("vol-1")])
    after = merge_lines([], before.lines, covered(kind="aws_ec2_snapshot"), SECOND)
    assert (after.lines, after.changes) == ({}, [])


def test_tags_that_could_not_be_read_are_no_change_but_stay_unknown() -> None:
    before = merge([volume("vol-1", tags={"a": "b"})])
    after = merge([volume("vol-1", unknown_tags=True)], before, at=SECOND)
    (line,) = after.lines.values()
    assert line["tags"] is None
    assert after.changes == []


def test_names_that_change_all_the_time_make_no_update() -> None:
    one = resource("aws_ec2_subnet", "subnet-1", properties={"available_ip_address_count": 1})
    other = resource("aws_ec2_subnet", "subnet-1", properties={"available_ip_address_count": 2})
    assert not is_changed(one.to_line(), other.to_line())


STATES = st.sampled_from(["complete", "unavailable", "denied", "failed"])
RUNS = st.lists(st.tuples(st.sets(st.sampled_from("abcd")), STATES), min_size=1, max_size=6)


@given(RUNS)
def test_over_any_runs_nothing_vanishes_unless_it_was_proved_to_be_gone(
    runs: list[tuple[set[str], str]],
) -> None:
    merged: MergedAccount | None = None
    expected: set[str] = set()
    for number, (names, state) in enumerate(runs):
        at = f"2026-11-22T{number:02}:00:00Z"
        merged = merge([volume(name) for name in sorted(names)], merged, state, at)
        proved = state in ("complete", "unavailable")
        expected = names if proved else expected | names
        assert {line["id"] for line in merged.lines.values()} == expected
        stale = {line["id"] for line in merged.lines.values() if line["stale_since"]}
        assert stale == (set() if proved else expected - names)


@given(RUNS)
def test_created_and_deleted_changes_add_up_to_the_snapshot(
    runs: list[tuple[set[str], str]],
) -> None:
    merged: MergedAccount | None = None
    alive: set[str] = set()
    for number, (names, state) in enumerate(runs):
        at = f"2026-11-22T{number:02}:00:00Z"
        merged = merge([volume(name) for name in sorted(names)], merged, state, at)
        for change in merged.changes:
            if change["change"] == "created":
                assert change["graph_id"] not in alive
                alive.add(change["graph_id"])
            elif change["change"] == "deleted":
                alive.remove(change["graph_id"])
        assert alive == set(merged.lines)


def lines(*resources: Resource) -> dict[str, Any]:
    return {entry.graph_id: entry.to_line() for entry in resources}


def test_a_volume_waits_for_its_instance() -> None:
    disk, machine = volume("vol-1"), instance("i-1")
    world = lines(disk, machine)
    edges, unresolved = resolve(
        [Reference(disk.graph_id, 0, "i-1"), Reference(disk.graph_id, 0, "i-2")],
        world,
        Identities(world.values()),
    )
    assert Edge(disk.graph_id, machine.graph_id, "delete", disk.graph_id) in edges
    assert Edge(machine.graph_id, disk.graph_id, "default", disk.graph_id) in edges
    assert len(edges) == 2
    assert unresolved == 1


def test_the_own_region_comes_before_global_and_others() -> None:
    here, there = volume("vol-1"), volume("vol-1", region="eu-central-1")
    found = Identities([here.to_line(), there.to_line()])
    assert found.find(VOLUME, "id", "vol-1", "eu-central-1") == there.to_line()
    assert found.find(VOLUME, "id", "vol-1", "ap-south-1") is None
    assert Identities([there.to_line()]).find(VOLUME, "id", "vol-1", REGION) == there.to_line()


def test_what_has_ended_makes_nothing_wait() -> None:
    disk, machine = volume("vol-1"), instance("i-1", "terminated")
    relation = Relation("x", "aws_ec2_instance", deleted_after=True, owned_by=True)
    edges = list(relation_edges(relation, disk.to_line(), machine.to_line()))
    assert [edge.type for edge in edges] == ["default"]


def test_everything_hangs_at_its_region_and_account() -> None:
    account = resource("aws_account", ACCOUNT, region=GLOBAL)
    region = resource("aws_region", REGION)
    disk = volume("vol-1")
    found = {
        (edge.source, edge.target)
        for edge in structure_edges(lines(account, region, disk).values())
    }
    assert found == {
        (account.graph_id, region.graph_id),
        (region.graph_id, disk.graph_id),
    }


def test_a_stack_owns_what_its_tag_names() -> None:
    stack = resource("aws_cloudformation_stack", "web", arn="arn:stack/web")
    queue = resource("aws_sqs_queue", "q", tags={"aws:cloudformation:stack-id": "arn:stack/web"})
    world = lines(stack, queue)
    edges = list(owner_edges(world.values(), Identities(world.values())))
    assert [(edge.source, edge.target, edge.type) for edge in edges] == [
        (stack.graph_id, queue.graph_id, "owns")
    ]


def test_only_edges_of_what_could_not_be_read_are_carried_over() -> None:
    merged = MergedAccount({}, stale={"a"})
    previous = [
        Edge("a", "b", "default", "a").to_line(),
        Edge("c", "a", "delete", "a", severable=True).to_line(),
        Edge("a", "d", "default", "d").to_line(),
    ]
    assert set(carried_edges(previous, merged)) == {
        Edge("a", "b", "default", "a"),
        Edge("c", "a", "delete", "a", severable=True),
    }


def unread(**rest: Any) -> Resource:
    return resource(VOLUME, "vol-1", unread={"describe_more": "AccessDenied: no"}, **rest)


def test_what_was_known_of_a_resource_outlives_a_reading_of_only_a_part() -> None:
    before = merge([volume("vol-1")])
    after = merge([unread()], before, at=SECOND)
    (known,) = before.lines.values()
    (line,) = after.lines.values()
    assert line["properties"] == known["properties"] != {}
    assert (line["stale_since"], line["last_seen"]) == (SECOND, SECOND)
    assert line["unread"] == {"describe_more": "AccessDenied: no"}
    assert changes(after) == []
    again = merge([unread()], after, at=THIRD)
    (line,) = again.lines.values()
    assert (line["properties"], line["stale_since"]) == (known["properties"], SECOND)


def test_edges_of_a_resource_of_which_only_a_part_was_read_are_carried_over() -> None:
    before = merge([volume("vol-1")])
    after = merge([unread()], before, at=SECOND)
    (name,) = after.lines
    edge = Edge(name, "other", "default", name)
    assert list(carried_edges([edge.to_line()], after)) == [edge]


def test_a_resource_that_was_never_read_completely_is_what_its_list_told() -> None:
    first = merge([unread(properties={"name": "a"})])
    after = merge([unread(properties={"name": "b"})], first, at=SECOND)
    (line,) = after.lines.values()
    assert (line["properties"], line["stale_since"]) == ({"name": "b"}, None)
    whole = merge([volume("vol-1")], after, at=THIRD)
    (line,) = whole.lines.values()
    assert "unread" not in line
    assert line["stale_since"] is None
