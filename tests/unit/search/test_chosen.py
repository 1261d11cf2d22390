"""Which of several relatives a path leads to is unknown while another one might come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ebbtide.language import check, parse_search
from ebbtide.search import find
from ebbtide.search.truth import Truth
from tests.support.search_estate import NOW, SANDBOX, ago, edge, line, priced
from tests.support.search_gaps import Known
from tests.support.search_worlds import World

VPC, SUBNET, INSTANCE = "aws_vpc", "aws_ec2_subnet", "aws_ec2_instance"
# Kinds of ancestors with those of what lies below them.
BELOW = [(VPC, SUBNET), (VPC, INSTANCE), (SUBNET, INSTANCE)]
# A condition that the ancestor named "web" fulfils, and its contrary.
CONDITIONS = {
    ".reported.name = web": ".reported.name != web",
    ".reported.id = b": ".reported.id != b",
    ".reported.tags.owner = x": ".reported.tags.owner != x",
    ".price.monthly > 5": ".price.monthly <= 5",
}
STALE = {"stale_since": ago(days=1)}
UNREAD = {"unread": {"describe": "AccessDenied"}}


def ancestor(kind: str, id: str, name: str, **more: Any) -> dict[str, Any]:
    found = line(kind, id, name=name, tags={"owner": "x"})
    return {**found, "price": priced(8.5), **more}


def truth_of(
    condition: str,
    below: str,
    ancestors: Sequence[Mapping[str, Any]],
    unread: Sequence[str] = (),
) -> Truth:
    """Return whether a resource below some ancestors fulfils a condition on one of them."""
    node, above = line(below, "node"), [dict(one) for one in ancestors]
    world = World({SANDBOX: [node, *above]}, {SANDBOX: [edge(one, node) for one in above]})
    known = Known(world, unread=frozenset((SANDBOX, one) for one in unread))
    query = parse_search(f"is({below}) and id = node and {condition}", now=NOW)
    check(query)
    answer = find(query, known.snapshot(), NOW)
    if list(answer):
        return True
    return None if answer.unknown else False


@pytest.mark.parametrize(("kind", "below"), BELOW)
@pytest.mark.parametrize(("positive", "negative"), CONDITIONS.items())
def test_a_hidden_ancestor_might_come_first(
    kind: str, below: str, positive: str, negative: str
) -> None:
    web = ancestor(kind, "b", "web")
    texts = [f"/ancestors.{kind}{one}" for one in (positive, negative)]
    texts += [f"not {one}" for one in texts]
    known = [truth_of(one, below, [web]) for one in texts]
    assert known == [True, False, False, True]
    assert [truth_of(one, below, [web], [kind]) for one in texts] == [None] * 4
    # What was not read elsewhere does not matter.
    assert [truth_of(one, below, [web], ["aws_s3_bucket"]) for one in texts] == known


@pytest.mark.parametrize(("kind", "below"), BELOW)
@pytest.mark.parametrize("change", [STALE, UNREAD], ids=["stale", "partly read"])
@pytest.mark.parametrize(("positive", "negative"), CONDITIONS.items())
def test_an_uncertain_ancestor_might_come_first(
    kind: str, below: str, change: dict[str, Any], positive: str, negative: str
) -> None:
    web, other = ancestor(kind, "b", "web"), ancestor(kind, "c", "x", price=priced(2.0))
    for text in (f"/ancestors.{kind}{positive}", f"/ancestors.{kind}{negative}"):
        assert truth_of(text, below, [web, other]) is (text.endswith(positive))
        assert truth_of(text, below, [web, {**other, **change}]) is None
        assert truth_of(text, below, [{**web, **change}, other]) is None


def test_what_lies_between_might_lead_to_another_ancestor() -> None:
    web = ancestor(VPC, "b", "web")
    text = "/ancestors.aws_vpc.reported.name = web"
    assert truth_of(text, INSTANCE, [web]) is True
    assert truth_of(text, INSTANCE, [web], [SUBNET]) is None


def test_the_ancestor_of_a_neighbour_might_be_another_one() -> None:
    web = ancestor(SUBNET, "b", "web")
    inner = f"is({INSTANCE}) and /ancestors.aws_ec2_subnet.reported.name = web"
    text = f"with(any, --> {inner})"
    node = line(INSTANCE, "i-1")
    vpc = line(VPC, "vpc-1")
    world = World({SANDBOX: [vpc, web, node]}, {SANDBOX: [edge(vpc, node), edge(web, node)]})
    query = parse_search(f"is(aws_vpc) {text}", now=NOW)
    for unread, sure in (((), 1), (((SANDBOX, SUBNET),), 0)):
        answer = find(query, Known(world, unread=frozenset(unread)).snapshot(), NOW)
        assert (len(list(answer)), len(answer.unknown)) == (sure, 1 - sure)


@pytest.mark.parametrize("section", ["/descendants.aws_ec2_subnet", "/x"])
@pytest.mark.parametrize("change", [STALE, UNREAD], ids=["stale", "partly read"])
def test_which_descendant_is_the_first_is_unknown(section: str, change: dict[str, Any]) -> None:
    vpc, one = line(VPC, "vpc-1"), line(SUBNET, "a", name="web")
    other = line(SUBNET, "b", name="x")
    merge = "{x[]: --> is(aws_ec2_subnet)}" if section == "/x" else "and"

    def found(subnets: Sequence[dict[str, Any]], path: str, *unread: str) -> Truth:
        lines = [vpc, *subnets]
        world = World({SANDBOX: lines}, {SANDBOX: [edge(vpc, subnet) for subnet in subnets]})
        known = Known(world, unread=frozenset((SANDBOX, kind) for kind in unread))
        query = parse_search(f"is(aws_vpc) {merge} {section}{path}.reported.name = web", now=NOW)
        answer = find(query, known.snapshot(), NOW)
        return True if list(answer) else None if answer.unknown else False

    assert found([one, other], "[0]") is True and found([one, other], "[1]") is False
    assert found([one, {**other, **change}], "[0]") is None
    assert found([one, {**other, **change}], "[*]") is True
    assert found([one], "[0]", SUBNET) is None
    assert found([one], "[*]", SUBNET) is True
