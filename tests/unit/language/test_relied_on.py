"""Which kinds a search needs read completely, because it makes use of their absence."""

from __future__ import annotations

import pytest

from ebbtide.kinds import concrete_kinds, registry
from ebbtide.language import kinds_relied_on, parse_search

EVERYTHING = frozenset(registry())
INSTANCE = frozenset({"aws_ec2_instance"})
GROUP = "is(aws_alb_target_group)"
VOLUME = "is(aws_ec2_volume)"


@pytest.mark.parametrize(
    "text",
    [
        "all",
        f"{VOLUME} and not has_key(tags, owner) and name != x and tags.a == null",
        f"{VOLUME} and not (age > 3d) or name not in [a]",
        f"{GROUP} with(any, --> is(aws_ec2_instance))",
        f"{GROUP} with(count > 2, --> is(aws_ec2_instance))",
        f"{GROUP} with(count >= 2, --> is(aws_ec2_instance))",
        f"{GROUP} with(count != 0, --> is(aws_ec2_instance))",
        f"{GROUP} with(any, --> is(aws_ec2_instance) with(any, --> is(aws_ec2_volume)))",
        f"{GROUP} --> is(aws_ec2_instance) and name != x",
        f"{GROUP} {{x[]: --> is(aws_ec2_instance)}} /x[*].reported.name == a",
        f"{GROUP} {{x: --> is(aws_ec2_instance)}}",
        f"{GROUP} and /descendants.aws_ec2_instance.reported.name == a",
        "is(aws_vpc) and /descendants.aws_ec2_volume.reported.attachments[0].device == a",
        f"{VOLUME} and /ancestors.account.reported.name != a and account != b and region not in []",
        f"{VOLUME} and /metadata.protected != true and not /desired.clean == true",
        "aggregate(/ancestors.aws_vpc.reported.name: sum(1)): is(aws_ec2_instance)",
    ],
)
def test_what_must_be_there_needs_no_evidence(text: str) -> None:
    assert kinds_relied_on(parse_search(text)) == frozenset()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"{GROUP} with(empty, --> is(aws_ec2_instance))", INSTANCE),
        (f"{GROUP} with(empty, --> is(aws_ec2_instance) and name == x)", INSTANCE),
        (f"{GROUP} with(empty, --> is(instance))", concrete_kinds(["instance"])),
        (
            f"{GROUP} with(empty, --> is(aws_ec2_instance) or is(volume))",
            INSTANCE | concrete_kinds(["volume"]),
        ),
        (f"{GROUP} with(empty, --> is(aws_ec2_instance) or name == x)", EVERYTHING),
        (f"{GROUP} with(empty, --> not is(aws_ec2_instance))", EVERYTHING),
        (f"{GROUP} with(empty, -->)", EVERYTHING),
        (f"{GROUP} with(empty, --> is(resource) and is(aws_ec2_instance))", INSTANCE),
        *(
            (f"{GROUP} with(count {condition}, --> is(aws_ec2_instance))", INSTANCE)
            for condition in ("== 0", "== 2", "< 2", "<= 2", "!= 2")
        ),
        (
            f"{GROUP} with(any, --> is(aws_ec2_instance) with(empty, --> is(aws_ec2_volume)))",
            frozenset({"aws_ec2_volume"}),
        ),
        (
            f"{GROUP} with(empty, --> is(aws_ec2_instance) with(any, --> is(aws_ec2_volume)))",
            INSTANCE | {"aws_ec2_volume"},
        ),
        (f"{VOLUME} --> {GROUP} with(empty, --> is(aws_ec2_instance))", INSTANCE),
        *(
            (f"{GROUP} {{x[]: --> is(aws_ec2_instance)}} {condition}", INSTANCE)
            for condition in (
                "/x == null",
                "/x.reported.name != a",
                "/x.reported.name !~ a",
                "/x.reported.name not in [a]",
                "/x.reported.name in [a, null]",
                "/x[*].reported.name none == a",
                "/x[*].reported.name all == a",
                "not has_key(/x.reported.tags, a)",
                "not /x.reported.name == a",
                "not not /x.reported.name == a",
                "not (all and (all or /x.reported.name == a))",
                "/x[*].{reported.name != a}",
                "not /x[*].reported.{name == a}",
            )
        ),
        (f"{GROUP} {{x: --> is(aws_ec2_instance)}} /x.reported.name == a", INSTANCE),
        (f"{GROUP} {{x[]: --> is(aws_ec2_instance)}} /x[0].reported.name == a", INSTANCE),
        (
            f"{GROUP} {{x[]: --> is(aws_ec2_instance) limit 1}} /x[*].reported.name == a",
            INSTANCE,
        ),
        (
            f"{GROUP} {{x[]: --> is(aws_ec2_instance) --> is(aws_ec2_volume), "
            "y[]: --> is(aws_vpc)} /x == null",
            INSTANCE | {"aws_ec2_volume"},
        ),
        (
            f"{GROUP} {{x[]: --> is(aws_vpc) with(empty, --> is(aws_ec2_instance))}}",
            INSTANCE,
        ),
        (f"{GROUP} with(empty, -delete[0:2]-> is(aws_ec2_instance))", EVERYTHING),
        (f"(edge_type=delete): {GROUP} with(empty, -[0:2]-> is(aws_ec2_instance))", EVERYTHING),
        ("aggregate(sum(1)): " + f"{GROUP} with(empty, --> is(aws_ec2_instance))", INSTANCE),
    ],
)
def test_what_must_not_be_there_is_named(text: str, kinds: frozenset[str]) -> None:
    assert kinds_relied_on(parse_search(text)) == kinds


def test_a_walk_both_ways_relies_on_what_each_of_the_two_walks_does() -> None:
    text = f"{GROUP} with(empty, ARROW is(aws_ec2_instance))"
    forth, back, both = (
        kinds_relied_on(parse_search(text.replace("ARROW", arrow)))
        for arrow in ("-[0:2]->", "<-[0:2]-", "<-[0:2]->")
    )
    assert both == forth | back
    assert both < EVERYTHING


SUBNET = "is(aws_ec2_subnet)"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        # What lies behind a merge is missing as well if what it must have itself is.
        (
            f"{SUBNET} {{x: --> is(aws_ec2_instance) {{y: --> is(aws_ec2_volume)}}}} "
            "/x.y.reported.name != a",
            INSTANCE | {"aws_ec2_volume"},
        ),
        (
            f"{SUBNET} {{x[]: --> is(aws_ec2_instance) with(any, --> is(aws_ec2_volume))}} "
            "not /x[*].reported.name == a",
            INSTANCE | {"aws_ec2_volume"},
        ),
        (
            f"{SUBNET} {{x[]: with(any, --> is(aws_alb)) --> is(aws_ec2_instance)}} /x == null",
            INSTANCE | {"aws_alb"},
        ),
        # One that is missing lets another one in.
        (f"{VOLUME} sort name limit 1 --> {GROUP}", frozenset({"aws_ec2_volume"})),
        (f"{VOLUME} sort name limit 5", frozenset({"aws_ec2_volume"})),
        (
            f"{SUBNET} --> is(aws_ec2_instance) with(any, --> {VOLUME}) limit 1",
            INSTANCE | {"aws_ec2_subnet", "aws_ec2_volume"},
        ),
    ],
)
def test_what_must_be_there_for_something_else_to_count_is_named(
    text: str, kinds: frozenset[str]
) -> None:
    assert kinds_relied_on(parse_search(text)) == kinds


@pytest.mark.parametrize(
    "text",
    [
        # Ancestors that a neighbour must have.
        f"{SUBNET} with(empty, --> {VOLUME} and /ancestors.aws_ec2_instance.reported.id == a)",
        f"{SUBNET} with(any, --> {VOLUME} and /ancestors.aws_ec2_instance == null)",
        f"{SUBNET} {{x[]: --> {VOLUME} and /ancestors.aws_ec2_instance.reported.id == a}} "
        "/x == null",
        # The shortest way is longer where one on it is missing.
        f"{SUBNET} -[2]-> {VOLUME}",
        f"{SUBNET} with(any, -[2:]-> {VOLUME})",
        f"{SUBNET} {{x[]: -[2]-> {VOLUME}}} /x[*].reported.name == a",
        f"{VOLUME} sort /ancestors.aws_ec2_instance.reported.name limit 1",
    ],
)
def test_what_lies_on_the_way_to_what_counts_is_named(text: str) -> None:
    assert "aws_ec2_instance" in kinds_relied_on(parse_search(text))


def test_what_may_lie_between_is_named_as_well() -> None:
    kinds = kinds_relied_on(parse_search("is(aws_vpc) with(empty, -[1:]-> is(aws_ec2_volume))"))
    assert {"aws_ec2_volume", "aws_ec2_subnet", "aws_ec2_instance"} <= kinds
    assert kinds < EVERYTHING
    kinds = kinds_relied_on(parse_search("is(aws_ec2_volume) with(empty, <-[1:]- is(aws_vpc))"))
    assert {"aws_vpc", "aws_ec2_subnet", "aws_ec2_instance"} <= kinds
    assert kinds < EVERYTHING


@pytest.mark.parametrize(
    "condition",
    [
        "/ancestors.aws_vpc.reported.name != x",
        "/ancestors.aws_vpc == null",
        "not /ancestors.aws_vpc.reported.name == x",
        # Another one, of these or of what leads to them, might come first.
        "/ancestors.aws_vpc.reported.name == x",
        "/ancestors.aws_vpc.reported.is_default == true",
        "/ancestors.aws_vpc.price.monthly > 5",
        "has_key(/ancestors.aws_vpc.reported.tags, x)",
    ],
)
def test_ancestors_that_must_not_be_there_or_might_come_first_are_named(condition: str) -> None:
    kinds = kinds_relied_on(parse_search(f"is(aws_ec2_instance) and {condition}"))
    assert {"aws_vpc", "aws_ec2_subnet"} <= kinds < EVERYTHING


def test_descendants_that_must_not_be_there_are_named() -> None:
    kinds = kinds_relied_on(parse_search("is(aws_vpc) and /descendants.aws_ec2_volume == null"))
    assert {"aws_ec2_volume", "aws_ec2_instance"} <= kinds < EVERYTHING


def test_a_merge_stands_for_the_ancestor_whose_name_it_has() -> None:
    text = (
        "is(aws_ec2_volume) {ancestors.aws_vpc[]: <-- is(aws_ec2_instance)} "
        "/ancestors.aws_vpc != null"
    )
    assert kinds_relied_on(parse_search(text)) == INSTANCE


def test_each_of_several_clauses_relies_on_its_own_kinds() -> None:
    text = "is(aws_vpc) with(any, --> is(aws_ec2_subnet)) with(empty, --> is(aws_ec2_instance))"
    assert kinds_relied_on(parse_search(text)) == {"aws_ec2_instance"}
    text = (
        "is(aws_vpc) with(any, --> is(aws_ec2_subnet) with(any, -->) with(empty, --> is(volume)))"
    )
    assert "aws_ec2_volume" in kinds_relied_on(parse_search(text))
