"""Which steps the declarations allow, and what a search that cleans must fulfil."""

from __future__ import annotations

from itertools import product

import pytest

from ebbtide.kinds import registry
from ebbtide.language import (
    SearchError,
    check_cleaning,
    check_steps,
    parse_search,
    step_faults,
)
from ebbtide.language.joining import reached, ways_of
from ebbtide.language.syntax import MAX_DEPTH, Direction, Navigation
from tests.support.effort import sampled

TYPES = ("default", "delete", "needed", "owns")


def faults(text: str) -> list[str]:
    return [message for message, _ in step_faults(parse_search(text))]


def declared() -> list[tuple[str, str, str]]:
    """Return each edge that a relation can make: its type, source kind and target kind."""
    found = []
    for kind in registry().values():
        for relation in kind.relations:
            there, back = (kind.name, relation.kind), (relation.kind, kind.name)
            found.append(("default", *(back if relation.reverse else there)))
            found += [("delete", *there)] if relation.deleted_after else []
            found += [("delete", *back)] if relation.deleted_before else []
            found += [("needed", *back)] if relation.strength == "needed" else []
            found += [("owns", *there)] if relation.owns else []
            found += [("owns", *back)] if relation.owned_by else []
    return sorted(set(found))


@pytest.mark.scaled
def test_each_declared_relation_may_be_walked_both_ways_and_in_clauses() -> None:
    for name, source, target in sampled(declared(), 12):
        assert faults(f"is({source}) -{name}-> is({target})") == []
        assert faults(f"is({target}) with(empty, <-{name}- is({source}))") == []
        assert faults(f"is({target}) {{x: <-{name}-> is({source})}} /x = null") == []


@pytest.mark.scaled
@pytest.mark.parametrize("name", TYPES)
def test_each_pair_of_kinds_without_a_relation_is_refused(name: str) -> None:
    out, _ = ways_of(name)
    kinds = sorted(registry())
    for source, target in product(sampled(kinds[::13], 6), kinds[::7]):
        found = faults(f"is({source}) with(empty, -{name}-> is({target}))")
        assert bool(found) is (target not in out.get(source, ()))


@pytest.mark.parametrize("direction", ["out", "in", "both"])
@pytest.mark.parametrize("name", TYPES)
def test_what_is_reached_is_what_single_steps_reach(direction: Direction, name: str) -> None:
    """Compare with walks that are made one step after the other."""
    for start in sorted(registry())[::9]:
        for minimum, maximum in ((0, 0), (0, 2), (1, 3), (2, 2), (3, 6), (4, MAX_DEPTH)):
            expected: set[str] = set()
            for way in {"both": (0, 1), "out": (0,), "in": (1,)}[direction]:
                level = {start}
                for depth in range(min(maximum, 40) + 1):
                    if depth >= minimum:
                        expected |= level
                    level = {end for kind in level for end in ways_of(name)[way].get(kind, ())}
            types = (name,)
            walk = Navigation(direction, minimum, maximum, types, types)
            assert reached(frozenset({start}), walk, ()) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("is(aws_ec2_volume) --> is(aws_ec2_instance)", "did you mean `<--`?"),
        ("is(volume) with(empty, --> is(instance))", "did you mean `<--`?"),
        ("is(aws_vpc) <-delete- is(aws_ec2_volume)", "; "),
        ("is(aws_ec2_volume) <-[1:1]- is(aws_account)", "did you mean `<-[1:]-`?"),
        ("(edge_type=delete): is(aws_ec2_instance) --> is(aws_ec2_volume)", "did you mean `<--`?"),
        ("is(aws_ec2_instance) -owns-> is(aws_region)", "did you mean `<--`?"),
        ("is(aws_account) <--", "did you mean `-->`?"),
        ("is(aws_vpc) with(any, --> is(aws_ec2_subnet) with(any, --> is(aws_vpc)))", "`<--`"),
        ("is(aws_vpc) with(any, -->) with(any, <-- is(volume))", "`<--` leads nowhere"),
        ("is(aws_ec2_volume) and /descendants.aws_vpc.reported.name = x", "/ancestors.aws_vpc?"),
        ("is(aws_region) sort /ancestors.aws_vpc.reported.name", "/descendants.aws_vpc?"),
        ("aggregate(/ancestors.aws_vpc.reported.name: sum(1)): is(aws_region)", "/descendants"),
    ],
)
def test_a_step_that_leads_nowhere_is_named_with_what_was_meant(text: str, hint: str) -> None:
    (message,) = faults(text)
    assert hint in message
    with pytest.raises(SearchError):
        check_steps(parse_search(text), text)


@pytest.mark.parametrize(
    "text",
    [
        "is(volume) --> is(aws_ec2_instance) or is(snapshot)",
        "all -->",
        "id(x) --> is(volume)",
        "not is(volume) <-[0:]- is(account)",
        "is(volume) {ancestors.aws_s3_bucket: <-- } /ancestors.aws_s3_bucket.reported.id = 1",
        "is(aws_cloudformation_stack) -owns-> is(aws_sqs_queue)",
        "is(aws_ec2_instance) <-delete[1:2]default-> is(volume)",
    ],
)
def test_a_step_that_may_lead_somewhere_is_accepted(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tags.owner == null", ["must name its kinds", "is(...) and tags.owner == null"]),
        ("all", ["the kinds of its results"]),
        ("is(aws_vpc) -->", ["the kinds of its results"]),
        ("not is(volume)", ["`not is(volume)`"]),
        ("is(volume) and arn = 1 or name = 2", ["every branch", "`name == 2`", "parentheses"]),
        ("is(volume) or (id = 1 and name = 2)", ["`id == 1 and name == 2`"]),
        ("(id = 1 or name = 2) and arn = 3", ["every branch", "`id == 1`"]),
        ("is(aws_vpc) and id = x or name = 2 --> is(aws_ec2_subnet)", ["`name == 2`"]),
        ("is(aws_vpc) with(empty, --> is(aws_ec2_subnet) or id = 1)", ["`id == 1`"]),
        ("is(volume) or name = 2 {u: <-- is(instance)} /u = null", ["`name == 2`"]),
        ("is(volume) and not age < 30d", ['`not age < "30d"`', "write `age >= 30d`"]),
        ("is(volume) and age != 30d", ["age is unknown"]),
        ("is(volume) and age not in [30d]", ["age is unknown"]),
        ("is(volume) and not (name = x or last_update > 3d)", ["last_update <= 3d"]),
        ("is(volume) and not (name = x and not age != 3d)", ["age is unknown"]),
        ("is(volume) with(empty, <-- is(instance) and not /reported.age < 3d)", ["age >= 3d"]),
        ("is(volume) limit 5", ["needs a sort before its limit"]),
        ("is(account) limit 1 -[0:]-> is(volume)", ["needs a sort"]),
        ("is(volume) {u: <-- is(instance) limit 1} /u = null", ["needs a sort"]),
        ("is(aws_ec2_volume) with(empty, --> is(aws_ec2_instance))", ["did you mean `<--`"]),
    ],
)
def test_a_search_that_cleans_must_be_sure(text: str, words: list[str]) -> None:
    with pytest.raises(SearchError) as error:
        check_cleaning(parse_search(text), text)
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "is(volume) and (arn = 1 or name = 2) and age > 30d",
        "is(volume) and arn = 1 or is(snapshot)",
        "id(x) --> is(volume)",
        "is(volume) and not not age > 30d",
        "is(volume) and age != null and not age == null",
        "is(volume) and not last_access < 30d",
        "is(volume) sort volume_size desc limit 5",
        "is(volume) with(empty, <-- is(instance)) with(any, <-- is(region))",
    ],
)
def test_a_search_that_is_sure_may_clean(text: str) -> None:
    check_cleaning(parse_search(text), text)
