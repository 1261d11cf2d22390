"""What a search looks at, so that the cleanup reads it again before it deletes."""

from __future__ import annotations

import pytest

from ebbtide.language import parse_search
from ebbtide.search.looked_at import ANY_NAME, LookedAt, looked_at
from tests.support.search_estate import NOW

INSTANCE, VOLUME, SUBNET = "aws_ec2_instance", "aws_ec2_volume", "aws_ec2_subnet"


def asked(text: str) -> LookedAt:
    return looked_at(parse_search(text, now=NOW))


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("is(aws_ec2_volume)", set()),
        ("is(aws_ec2_volume) and volume_size > 3", {"volume_size"}),
        ("is(aws_ec2_volume) and /reported.volume_size > 3", {"volume_size"}),
        ("is(aws_ec2_volume) and /metadata.expires = null", {"metadata"}),
        ("is(aws_ec2_volume) and tags.owner = me sort ctime", {"tags", "ctime"}),
        ('is(aws_ec2_volume) and "me"', {ANY_NAME}),
        # The limit alone chooses among them; it looks at nothing else.
        ("is(aws_ec2_volume) limit 3", set()),
    ],
)
def test_a_search_of_one_resource_looks_at_nothing_else(text: str, own: set[str]) -> None:
    assert asked(text) == LookedAt(frozenset(), frozenset(), frozenset(own), frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "is(aws_ec2_instance) and name = web --> is(aws_ec2_volume)",
        "is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance))",
        "is(aws_ec2_volume) {user: <-- is(aws_ec2_instance)} /user.reported.name = null",
    ],
)
def test_neighbours_are_looked_at_whichever_way_the_search_asks(text: str) -> None:
    found = asked(text)
    assert found.kinds is not None and {INSTANCE, VOLUME} & found.kinds
    assert INSTANCE in found.kinds
    assert found.types == {"default"}
    assert not found.use


def test_what_lies_between_is_looked_at_too() -> None:
    found = asked("is(aws_vpc) -[1:2]-> is(aws_ec2_instance)")
    assert found.kinds is not None and {INSTANCE, SUBNET, "aws_vpc"} <= found.kinds


def test_any_kind_is_looked_at_if_the_search_names_none() -> None:
    assert asked("is(aws_ec2_volume) with(empty, <-- all)").kinds is None


@pytest.mark.parametrize(
    ("condition", "tags_matter"),
    [
        ("tags.owner = me", True),
        ("name = web", True),
        ("/metadata.expires = null", True),
        ('"web"', True),
        ("instance_status = running", False),
    ],
)
def test_tags_matter_if_a_search_asks_for_what_depends_on_them(
    condition: str, *, tags_matter: bool
) -> None:
    found = asked(f"is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance) and {condition})")
    assert (INSTANCE in found.tagged) is tags_matter


@pytest.mark.parametrize(
    "text",
    [
        'is(aws_ec2_instance) and "web" --> is(aws_ec2_volume)',
        'is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance) and not "web")',
        'is(aws_ec2_volume) {user: <-- is(aws_ec2_instance) and "web"} /user.reported.id = null',
        'is(aws_ec2_volume) and "web" with(any, <-- is(aws_ec2_instance))',
    ],
)
def test_a_full_text_may_be_found_in_a_tag_wherever_the_search_asks_for_it(text: str) -> None:
    assert INSTANCE in asked(text).tagged


@pytest.mark.parametrize("condition", ["atime < 3d", "/usage.cpu_utilization.avg < 5"])
def test_use_of_others_is_told_apart_from_the_use_of_the_resource_itself(condition: str) -> None:
    neighbour = f"is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance) and {condition})"
    assert asked(neighbour).use
    own = f"is(aws_ec2_instance) and {condition} with(empty, --> is(aws_ec2_volume))"
    assert not asked(own).use


def test_a_limit_before_the_last_part_looks_at_all_of_its_kind() -> None:
    found = asked("is(aws_ec2_instance) sort name limit 1 --> is(aws_ec2_volume)")
    assert found.kinds is not None and INSTANCE in found.kinds
    skipping = asked("is(aws_ec2_instance) sort name limit 1, 3")
    assert skipping.kinds is not None and INSTANCE in skipping.kinds
