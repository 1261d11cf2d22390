"""Answers that are easily wrong: of odd data, and where it matters what was read for them."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.language import SearchError, parse_search
from ebbtide.search import Snapshot, aggregate, find
from ebbtide.search.document import node_document
from ebbtide.search.fields import compile_field
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_term
from ebbtide.search.values import equals
from tests.support.search_estate import NOW, line, snapshot, volume, vpc, web
from tests.support.search_paths import path

CONTEXT = Context(NOW)
# Halves of surrogate pairs, and numbers beyond 64 bits, are in the snapshot as they came.
HALF = "\ud800"


def ids(text: str, where: Snapshot | None = None) -> list[str]:
    query = parse_search(text, now=NOW)
    return [match.line["id"] for match in find(query, where or snapshot(), NOW)]


def holds(text: str, node: dict[str, Any]) -> bool:
    (part,) = parse_search(text, now=NOW).parts
    return compile_term(part.term, CONTEXT)(node) is True


# --- edges and kinds that are needed ---


def test_edge_types_of_a_search_do_not_hold_for_its_merges() -> None:
    text = "(edge_type=delete): is(volume) {user: <-- is(instance)} /user.reported.name = web"
    assert ids(text) == ["vol-root"]


def test_a_sort_looks_up_the_ancestors_that_it_names() -> None:
    places = "is(aws_ec2_security_group, aws_ec2_instance) and account = sandbox"
    ordered = f"{places} sort /ancestors.aws_ec2_subnet.reported.name, id"
    assert ids(ordered) == ["sg-closed", "sg-open", "i-ci", "i-web"]
    assert ids(f"{ordered} limit 1") == ["sg-closed"]
    assert "vpc-1" in ids(f"{ordered} limit 1 <--")


def test_a_with_clause_looks_up_the_ancestors_that_it_names() -> None:
    text = "is(aws_ec2_subnet) with({}, --> is(instance) and /ancestors.aws_vpc.reported.name = {})"
    assert ids(text.format("any", "main")) == ["subnet-1"]
    assert ids(text.format("empty", "main")) == []
    assert ids(text.format("empty", "other")) == ["subnet-1"]


def test_with_usage_holds_in_the_with_clauses_of_its_part_and_for_what_its_merge_attaches() -> None:
    few = "/usage.cpu_utilization.avg < 5"
    neighbours = f"is(aws_ec2_subnet) with(any, --> is(instance) and {few})"
    assert ids(neighbours) == []
    assert ids(f"with_usage(3d, cpu_utilization) {neighbours}") == ["subnet-1"]
    merge = "is(volume) {{user: <-- {} is(instance)}} /user.usage.cpu_utilization.avg < 5"
    assert ids(merge.format("")) == []
    assert ids(merge.format("with_usage(3d, cpu_utilization)")) == ["vol-root"]


# --- merges ---


def test_a_merge_may_have_a_name_of_several_words() -> None:
    text = "is(volume) {used.by: <-- is(instance)} /used.by.reported.name = web"
    assert ids(text) == ["vol-root"]


def test_a_merge_is_what_its_name_stands_for_even_if_there_are_such_ancestors() -> None:
    text = "is(instance) {ancestors.aws_vpc: --> is(volume)} /ancestors.aws_vpc.reported.id = "
    assert ids(text + "vol-root") == ["i-web"]
    assert ids(text + "vpc-1") == []
    rows = aggregate(
        parse_search(
            "aggregate(/ancestors.aws_vpc.reported.id as id: sum(1) as n): "
            "is(instance) and name = web {ancestors.aws_vpc: --> is(volume)}"
        ),
        snapshot(),
        NOW,
    )
    assert rows == [{"group": {"id": "vol-root"}, "n": 1}]


def test_full_text_stands_in_the_resource_itself_and_not_in_what_a_merge_attached() -> None:
    assert ids('is(volume) {user: <-- is(instance)} "m5.xlarge"') == []
    assert ids('is(volume) and (name = x or /ancestors.aws_vpc.reported.id != y) and "main"') == []


# --- odd data ---


@pytest.mark.parametrize("name", ["account", "region", "zone", "cloud"])
def test_a_property_may_have_the_name_of_an_ancestor(name: str) -> None:
    node = volume("vol-1", 1, "here") | {"properties": {name: "mine", "id": "other"}}
    assert compile_field(path(f"/reported.{name}"), CONTEXT).get(node) == "mine"
    assert compile_field(path(name), CONTEXT).get(node) != "mine"


@pytest.mark.parametrize("level", ["cloud", "account", "region", "zone"])
def test_an_ancestor_has_an_id_and_a_name_and_nothing_else(level: str) -> None:
    node = volume("vol-1", 1, "here", availability_zone="us-east-1a")
    for name in ("id", "name"):
        assert compile_field(path(f"{level}.{name}"), CONTEXT).get(node)
    assert compile_field(path(f"{level}.kind"), CONTEXT).get(node) is None


@pytest.mark.parametrize(
    ("literal", "equal", "others"),
    [
        (1.5, [1.5, "1.5", [0, 1.5]], [1, "1", True, None, ["1"]]),
        (1.0, [1, 1.0, "1.0"], [True, 1.5, "1", None]),
        (1, [1, 1.0, "1", ["1"]], [True, 1.5, "1.5", None]),
        (True, [True, [True]], [1, 1.0, "True", None]),
        (["a"], [["a"], [["a"], "b"]], ["a", [], ["b"], ["a", "b"], None]),
    ],
)
def test_a_value_equals_a_literal_of_its_kind_or_an_element_that_does(
    literal: Any, equal: list[Any], others: list[Any]
) -> None:
    test = equals(literal)
    assert [value for value in equal if test(value) is not True] == []
    assert [value for value in others if test(value)] == []


@pytest.mark.parametrize("odd", [HALF, 2**70])
def test_full_text_is_found_beside_what_is_hard_to_encode(odd: Any) -> None:
    node = volume("vol-1", 1, "here", odd=odd)
    assert holds('"here"', node)
    assert not holds('"there"', node)


def test_half_a_character_is_looked_for_like_any_text() -> None:
    text = '"\\ud800"'
    assert holds(text, volume("vol-1", 1, HALF))
    assert not holds(text, volume("vol-1", 1, "here"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("K\u212a", "kk"),
        (1e-7, "1e-07"),
        (1e16, "1e+16"),
        ("\x7f", "\x7f"),
        ('a"b\\c', 'a"b\\c'),
        ("Äpfel", "äpfel"),
        ("10.0.0.1", "0.0.1"),
    ],
)
def test_full_text_is_found_however_it_is_encoded(value: Any, text: str) -> None:
    from ebbtide.language.texts import write_text

    assert holds(write_text(text), volume("vol-1", 1, "x", odd=value))


@pytest.mark.parametrize("used", [{"a": 1}, 5, "never", "9999-12-31T23:59:59-05:00", True])
def test_a_last_use_that_is_no_time_is_unknown(used: Any) -> None:
    node = volume("vol-1", 1, "x", last_used=used)
    assert holds("last_access == null", node)
    assert not holds("last_access > 1d", node)
    node_document(node, CONTEXT)


def test_a_time_beyond_all_times_is_a_text() -> None:
    late = "9999-12-31T23:59:59-05:00"
    node = volume("vol-1", 1, "x", kms_key_id=late, tags={"ebbtide:expires": late})
    assert holds(f'kms_key_id == "{late}"', node)
    assert not holds('kms_key_id > "2026-01-01"', node)
    assert not holds('not kms_key_id > "2026-01-01"', node)
    assert holds("/metadata.expires == null", node)
    with pytest.raises(SearchError):
        parse_search(f'with_usage("{late}", cpu_utilization) is(instance)')


@pytest.mark.parametrize(
    "usage", ["high", {"cpu": "high"}, {"cpu": {"today": 5}}, {"cpu": {"x": "y"}}]
)
def test_what_aws_calls_usage_breaks_no_search(usage: Any) -> None:
    node = volume("vol-1", 1, "x", usage=usage)
    assert not holds("with_usage(3d, cpu_utilization) /usage.cpu_utilization.avg < 5", node)
    node_document(node, CONTEXT)


def test_usage_that_was_not_read_is_null() -> None:
    assert holds("/usage == null and usage == null", vpc)
    assert holds("/usage != null", web)


def test_texts_that_only_python_takes_for_numbers_are_none() -> None:
    for text in ("1_0", " 10", "10 ", "\u0661\u0660"):
        assert not holds("volume_status >= 10", volume("vol-1", 1, text))
        with pytest.raises(SearchError):
            parse_search(f'is(volume) and volume_size == "{text}"')


def test_one_of_several_times_is_the_time_however_it_is_written() -> None:
    node = line("aws_vpc", "vpc-1", created=to_text(NOW))
    assert holds('ctime in ["2026-11-25T14:00:00+02:00"]', node)
    assert not holds('ctime not in ["2026-11-24", "2026-11-25T14:00:00+02:00"]', node)


# --- sections as a whole ---


def test_a_whole_section_is_what_the_document_has() -> None:
    assert holds(
        "has_key(/reported, volume_size) and not has_key(/reported, iops)", volume("v", 1, "")
    )
    assert holds("/metadata != null and has_key(/metadata, expires)", vpc)
    assert holds("/ancestors.account != null and /ancestors.region.reported != null", vpc)
    assert not holds("/ancestors.account == null", vpc)
    assert holds("has_key(/ancestors.account.reported, id)", vpc)


@pytest.mark.parametrize(
    "text",
    [
        "/ancestors == null",
        "is(aws_vpc) and /descendants == null",
        "account.tags.owner == null",
        "/ancestors.account.reported.tags.owner == null",
        "/ancestors.region.name == x",
        "/metadata.protectd != true",
        "not /usage.cpu_utilisation.avg > 5",
        "/usage.cpu_utilization.mean > 5",
        "age =~ 3d",
        "group_ip_permissions[*].{is(volume)}",
        'group_ip_permissions[*].{"text"}',
        "group_ip_permissions[*].{id(x)}",
        "group_ip_permissions[*].{/metadata.protected = true}",
        "is(volume) {reported: <-- is(instance)}",
        "is(volume) {ancestors.account: <-- is(instance)}",
        "is(volume) {descendants: <-- is(instance)}",
    ],
)
def test_what_would_always_be_null_or_fail_later_is_refused_at_once(text: str) -> None:
    with pytest.raises(SearchError):
        parse_search(text, now=NOW)


# --- aggregates ---


def rows(text: str) -> list[dict[str, Any]]:
    return aggregate(parse_search(text, now=NOW), snapshot(), NOW)


def test_a_function_adds_all_elements_of_an_array_and_counts_a_resource_once() -> None:
    ports = "group_ip_permissions[*].to_port"
    assert rows(
        f"aggregate(sum({ports}) as sum, max({ports} * 2) as most, count({ports}) as n): "
        "is(aws_ec2_security_group, aws_vpc)"
    ) == [{"group": {}, "sum": 443 + 1024 + 443 + 22, "most": 2048, "n": 2}]
    assert rows(
        "aggregate(sum(/users.reported.instance_cores) as cores): "
        "is(aws_ec2_subnet) {users[]: --> is(instance)}"
    ) == [{"group": {}, "cores": 6}]


def test_numbers_too_large_to_reckon_with_are_none() -> None:
    huge = "1" + "0" * 400
    text = f"aggregate(avg(volume_size * {huge}) as a, sum(volume_size * 1e308 * 1e308) as b, "
    (found,) = rows(f"{text} stddev(volume_size * {huge}) as c): is(volume)")
    assert found == {"group": {}, "a": None, "b": 0, "c": None}


def test_a_template_writes_values_as_a_search_does() -> None:
    (row,) = rows('aggregate("{is_default} {owner_id} {name}" as x: sum(1) as n): is(network)')
    assert row["group"] == {"x": "false null main"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(aws_ec2_volume) with(any, <-- is(region)) with(any, <-- is(instance))", ["vol-root"]),
        (
            "is(aws_ec2_volume) with(any, <-- is(region)) with(empty, <-- is(instance)) sort id",
            ["vol-big", "vol-new", "vol-old"],
        ),
        ("is(aws_ec2_volume) with(any, <-- is(instance)) with(empty, <-- is(region))", []),
    ],
)
def test_a_node_must_match_each_with_clause(text: str, expected: list[str]) -> None:
    assert ids(text) == expected
