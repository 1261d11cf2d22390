"""Each kind that must go before another is a part of it, or known to have a life of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from ebbtide.kinds import (
    always_part,
    dependent_kinds,
    kinds_of_parts,
    part_relations,
    parts_of,
    registry,
)
from tests.support.each_case import for_each
from tests.support.paths import REPOSITORY
from tools.yaml_files import read_yaml

DATA = REPOSITORY / "tests" / "data"
# What lives in a VPC and blocks its cleanup, under the reason for which a reviewer left it there.
LIVING = DATA / "living_in_a_vpc.json"
REVIEWED = DATA / "reviewed" / "not_parts.yaml"
VPC = "aws_vpc"
PAIRS = [(whole, part) for whole in sorted(registry()) for part in sorted(parts_of(whole))]


def living() -> list[str]:
    groups: dict[str, list[str]] = json.loads(LIVING.read_text())
    return [name for names in groups.values() for name in names]


def concerned() -> set[str]:
    """Kinds that name a VPC, or have to go before one or before a part of one."""
    found = {name for one in (VPC, *parts_of(VPC)) for name in dependent_kinds(one)}
    return found | {
        kind.name
        for kind in registry().values()
        if any(relation.kind == VPC for relation in kind.relations)
    }


def reviewed() -> Iterator[tuple[str, str]]:
    """Yield the pairs that are judged to be no parts, once per entry that names them."""
    entries = read_yaml(REVIEWED)
    for names in entries["none"].values():
        for whole in names:
            yield from ((whole, first) for first in dependent_kinds(whole))
    for wholes in entries["some"].values():
        for whole, names in wholes.items():
            yield from ((whole, first) for first in names)


def undecided() -> set[tuple[str, str]]:
    return {
        (whole, first)
        for whole in registry()
        for first in dependent_kinds(whole) - parts_of(whole).keys()
        if whole != VPC
    }


def test_every_kind_that_must_go_first_is_a_part_or_judged_to_be_none() -> None:
    missing = undecided() - set(reviewed())
    assert not missing, (
        "declare part='plain' or 'data' in the relation if the first has no use without the other, "
        f"else add it to {REVIEWED.name}: {sorted(missing)}"
    )


def test_reviewed_pairs_exist_once_and_are_no_parts() -> None:
    found = Counter(reviewed())
    assert {pair for pair, count in found.items() if count > 1} == set()
    assert set(found) <= undecided()
    entries = read_yaml(REVIEWED)["none"].values()
    assert not {name for names in entries for name in names if parts_of(name)}


def test_every_kind_in_the_way_of_a_vpc_goes_with_it_or_is_known_to_live() -> None:
    missing = concerned() - parts_of(VPC).keys() - set(living())
    assert not missing, f"declare Relation.part, else add it to {LIVING.name}: {sorted(missing)}"


def test_list_of_what_lives_in_a_vpc_has_each_kind_once_and_none_too_many() -> None:
    names = living()
    assert sorted(names) == sorted(set(names))
    assert set(names) <= concerned() - parts_of(VPC).keys()


def test_parts_of_a_vpc_have_no_parts_of_their_own() -> None:
    """The rule `vpcs` looks at nothing below them."""
    assert not {name for name in parts_of(VPC) if parts_of(name)}


@for_each("whole, part", PAIRS)
def test_a_part_goes_first_and_is_declared_in_one_way(whole: str, part: str) -> None:
    found = part_relations(whole, part)
    # A part lies below its whole in the graph, and AWS does not delete it along.
    assert all(one.deleted_before and one.reverse and not one.owned_by for one in found)
    assert len({one.part for one in found}) == 1
    # What cuts the relation would hide that it is a part; only VPCs are asked as a whole.
    assert whole == VPC or not any(one.severable for one in found)
    if not always_part(whole, part):
        assert all(one.path.isidentifier() and one.pattern is None for one in found)


def test_only_what_must_go_first_is_declared_as_a_part() -> None:
    for kind in registry().values():
        for relation in kind.relations:
            assert relation.deleted_before or not relation.part, (kind.name, relation.path)


def test_kinds_of_parts_are_those_of_the_pairs() -> None:
    assert kinds_of_parts() == {part for _, part in PAIRS}
