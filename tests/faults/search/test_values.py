"""A comparison uses the type of the field, or the search is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.language import parse_search
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_term
from tests.faults.search.answers import found, found_or_refused, refusal
from tests.support.search_estate import NOW, ago, volume

ALL_VOLUMES = ["vol-new", "vol-old", "vol-root", "vol-big"]


def holds(text: str, node: dict[str, Any]) -> bool:
    (part,) = parse_search(text, now=NOW).parts
    return compile_term(part.term, Context(NOW))(node) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(volume) and ctime < 2026-09-01", ["vol-old", "vol-big"]),
        ('is(volume) and ctime > "2026-11-23T00:00:00Z"', ["vol-new"]),
        ("is(volume) and ctime < @NOW@", ALL_VOLUMES),
        ("is(volume) and age > 30d", ["vol-old", "vol-big"]),
    ],
)
def test_a_moment_is_compared_with_a_moment(text: str, expected: list[str]) -> None:
    assert found(text) == expected


AGO: list[tuple[str, list[str]]] = [
    ("is(volume) and ctime < 3d", ALL_VOLUMES),
    ("is(instance) and /metadata.expires < 3d", ["i-web"]),
    ("is(volume) and ctime < -30d", ["vol-old", "vol-big"]),
    ('is(volume) and ctime > "-3d"', ["vol-new"]),
    ("is(volume) and mtime < -30d", ["vol-old", "vol-big"]),
    ("is(volume) and ctime < -30d and mtime < -7d", ["vol-old", "vol-big"]),
    ("is(instance) and /metadata.expires < -2d", ["i-web"]),
    ("is(volume) and /metadata.first_seen < -99d", ALL_VOLUMES),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(instance) and /metadata.expires > -1d", []),
        ("is(volume) and /metadata.first_seen > -99d", []),
        *AGO,
    ],
)
def test_a_duration_is_a_moment_that_far_from_now(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_what_expires_in_a_century_is_not_below_a_duration_of_days() -> None:
    late = volume("vol-1", 8, "available", tags={"ebbtide:expires": "2126-01-01"})
    assert holds("/metadata.expires > 3d", late)
    assert not holds("/metadata.expires < 3d", late)


# Texts that nobody would read as a time.
NO_MOMENTS = ["tomorow", "yesterday", "2020-13-01", "2026-02-30", '"last week"', "soon", "x", "17"]


FIELDS = ["ctime", "mtime", "/metadata.expires", "/metadata.first_seen", "/metadata.last_seen"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"is(volume) and {field} < {word}", word.strip('"'))
        for field in FIELDS
        for word in NO_MOMENTS
    ],
)
def test_what_is_no_moment_is_refused_beside_one(text: str, word: str) -> None:
    message = refusal(text)
    assert message is not None
    assert word in message


ODD = ["01.12.2031", "12/31/2030", "1 year after the audit", ""]


@pytest.mark.parametrize(
    ("value", "operator"),
    [(value, operator) for value in ODD for operator in (">", ">=", "<", "<=")],
)
def test_a_text_that_is_no_moment_stands_in_no_order_with_one(value: str, operator: str) -> None:
    node = volume("vol-1", 8, "available", tags={"delete_after": value})
    assert not holds(f'tags.delete_after {operator} "2026-11-27"', node)
    assert not holds(f'not tags.delete_after {operator} "2026-11-27"', node)


def test_a_moment_in_a_tag_is_compared_as_a_moment() -> None:
    node = volume("vol-1", 8, "available", tags={"delete_after": ago(days=30)})
    assert holds('tags.delete_after < "2026-11-24"', node)
    assert not holds('tags.delete_after > "2026-11-24"', node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(aws_vpc) and is_default = false", ["vpc-1"]),
        ("is(volume) and volume_size > 400", ["vol-old", "vol-big"]),
        ('is(volume) and volume_size > "400"', ["vol-old", "vol-big"]),
        ("is(volume) and volume_status = available", ["vol-new", "vol-old"]),
    ],
)
def test_a_value_of_the_type_of_the_field_is_found(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ('is(aws_vpc) and is_default = "false"', ["vpc-1"]),
        ("is(aws_vpc) and is_default = False", ["vpc-1"]),
        ("is(aws_vpc) and is_default = no", ["vpc-1"]),
        ("is(volume) and volume_status = Available", ["vol-new", "vol-old"]),
    ],
)
def test_another_spelling_of_a_value_is_understood_or_refused(
    text: str, understood: list[str]
) -> None:
    assert found_or_refused(text) in (understood, None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("is(volume) and volume_size > 10gb", "10gb"),
        ("is(volume) and volume_size < big", "big"),
        ("is(aws_vpc) and is_default = maybe", "maybe"),
        ("is(volume) and volume_status = avaiable", "avaiable"),
    ],
)
def test_a_value_that_the_field_never_has_is_refused(text: str, word: str) -> None:
    message = refusal(text)
    assert message is not None
    assert word in message
