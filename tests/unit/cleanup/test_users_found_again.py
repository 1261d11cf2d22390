"""Each relation that keeps a resource is found again before a deletion, from recorded answers."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebbtide.base.errors import IncompleteError
from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.families import Families, keeps
from ebbtide.cleanup.listings import Listed, Listings
from ebbtide.cleanup.users import Index, User
from ebbtide.collect.sinks import OnOdd, Written
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import GLOBAL, Resource
from tests.support.builders import resource
from tests.support.effort import sampled
from tests.support.gathering import gather
from tests.support.recorded_calls import ACCOUNT, REGION, answering, recorded_session
from tests.support.referring import referred_to

USERS = {
    kind.name: kind
    for kind in registry().values()
    if any(map(keeps, kind.relations)) and (kind.list or kind.inside)
}


@dataclass
class Found:
    """Takes what a reader completes: each reference that keeps something, and who makes it."""

    names: list[tuple[str, Relation, str]] = field(default_factory=list)

    def write(self, kind: Kind, items: Any, place: Place, _: OnOdd) -> Written:
        for item in items:
            built = build_resource(kind, item, place)
            for reference in () if built.ended else build_references(kind, item, built):
                relation = kind.relations[reference.position]
                if keeps(relation):
                    self.names.append((built.graph_id, relation, reference.value))
        return Written(items, len(items))


def lineage(kind: Kind) -> list[Kind]:
    return [*lineage(registry()[kind.each]), kind] if kind.each else [kind]


def region_of(kind: str) -> str:
    return GLOBAL if registry()[kind].scope == "global" else REGION


def collected(kind: Kind) -> list[tuple[str, Relation, str]]:
    """Return what the collector itself finds of a kind, with all details."""
    found, line = Found(), lineage(kind)
    with answering(one.name for one in reversed(line)), ThreadPoolExecutor(2) as pool:
        place = Place(ACCOUNT, region_of(kind.name), "aws")
        reader = SliceReader(recorded_session(), place, pool, found, line, lambda: None)
        for group in reader.groups():
            reader.read(group)
    prefix = f"{ACCOUNT}/{place.region}/{kind.name}/"
    return [one for one in found.names if one[0].startswith(prefix)]


@contextmanager
def looking(targets: Iterable[str]) -> Iterator[Dependants]:
    with ThreadPoolExecutor(2) as calls, ThreadPoolExecutor(2) as readers:
        families = Families.of(set(targets))
        regions = (GLOBAL, REGION)
        yield Dependants(Listings(recorded_session(), calls, readers, families, regions), {})


def named(relation: Relation, value: str) -> Resource:
    return referred_to(relation, value, REGION)


def objection(dependants: Dependants, relation: Relation, target: Resource) -> str:
    if relation.strength == "needed":
        return dependants.that_need(target, frozenset())
    return dependants.that_go_first(target)


def check(kind: Kind) -> None:
    """Look for each target of a kind's records, with the reduced family that a plan reads."""
    found = [one for one in collected(kind) if one[0] != named(*one[1:]).graph_id]
    assert found or all(relation.kind == kind.name for relation in kind.relations)
    for target in sorted({relation.kind for _, relation, _ in found}):
        with answering(one.name for one in reversed(lineage(kind))), looking([target]) as again:
            for user, relation, value in found:
                if relation.kind == target:
                    told = objection(again, relation, named(relation, value))
                    assert user in told, f"{target} {value}: {told!r}"


def some_users() -> dict[str, Kind]:
    return {name: USERS[name] for name in sampled(sorted(USERS), 4)}


@pytest.mark.scaled
def test_each_user_is_found_again() -> None:
    assert len(USERS) > 120
    number = gather(some_users(), check)
    sys.stdout.write(f"{number} kinds of users are found again\n")


def refused(kind: Kind) -> None:
    """Deny the list call of a kind and look for each of its targets."""
    call = lineage(kind)[0].list
    assert call
    targets = sorted({one.kind for one in kind.relations if keeps(one)} - {kind.name})
    for target in targets:
        denied = [f"{call.service}.{call.operation}"]
        with answering([], denied), looking([target]) as dependants:
            relation = next(one for one in kind.relations if one.kind == target and keeps(one))
            one = resource(target, "x", region=region_of(target))
            with pytest.raises(IncompleteError):
                objection(dependants, relation, one)


@pytest.mark.scaled
def test_a_user_that_cannot_be_listed_is_not_absent() -> None:
    gather(some_users(), refused)


def test_each_list_is_made_once_a_round() -> None:
    targets = [kind for kind in registry() if registry()[kind].delete]
    with looking(targets) as dependants, answering([]) as made:
        for kind in targets:
            for name in ("one", "other"):
                one = resource(kind, name, region=region_of(kind))
                assert objection(dependants, Relation("", kind, strength="needed"), one) == ""
                assert objection(dependants, Relation("", kind), one) == ""
        lists = Counter(made)
        assert len(lists) > 150
        assert {call: number for call, number in lists.items() if number > 1} == {}
        dependants.listing.forget()
        dependants.that_go_first(resource("aws_iam_role", "one", region=GLOBAL))
        assert max(Counter(made).values()) == 2


def test_what_the_plan_deletes_keeps_nothing() -> None:
    kind = registry()["aws_cloudwatch_alarm"]
    user, relation, value = next(one for one in collected(kind) if one[1].kind == "aws_sns_topic")
    with answering([kind.name]), looking(["aws_sns_topic"]) as dependants:
        target = named(relation, value)
        assert user in objection(dependants, relation, target)
        dependants.start_round(frozenset({user}))
        assert user not in objection(dependants, relation, target)


def test_a_use_that_may_break_keeps_nothing() -> None:
    kind = registry()["aws_cloudwatch_alarm"]
    _, relation, value = next(one for one in collected(kind) if one[1].kind == "aws_sns_topic")
    with answering([kind.name]) as made, looking(["aws_sns_topic"]) as dependants:
        assert dependants.that_need(named(relation, value), frozenset({kind.name})) == ""
        assert not [call for call in made if call.startswith("cloudwatch.describe_alarms")]


@pytest.mark.parametrize("end", ["aws_sqs_queue", "aws_lambda_function"])
def test_what_only_joins_resources_that_go_keeps_none_of_them(end: str) -> None:
    kind = registry()["aws_sns_subscription"]
    found = collected(kind)
    user, relation, value = next(one for one in found if one[1].kind == end)
    named_too = next(one for one in found if one[0] == user and one[1].kind == "aws_sns_topic")
    subscriber, topic = named(relation, value), named(*named_too[1:])
    with answering([kind.name]), looking([topic.kind]) as dependants:
        dependants.planned = {subscriber.graph_id: subscriber.subject}
        assert user in objection(dependants, named_too[1], topic)
        dependants.start_round(frozenset({subscriber.graph_id}))
        assert user not in objection(dependants, named_too[1], topic)


def function_of(uri: str) -> Dependants:
    """Return what looks for users where an HTTP API invokes what a URI names."""
    api = {"ApiId": "a1b2c3d4e5", "Name": "shop", "Integrations": [{"IntegrationUri": uri}]}
    index, odd = Index(), []
    place = Place(ACCOUNT, REGION, "aws")
    index.write(registry()["aws_apigatewayv2_api"], [api], place, lambda *one: odd.append(one))
    assert odd == []
    return Dependants(Answered(Listed(index.users, [], {})), {})


class Answered(Listings):
    """Has the same users for every kind and region."""

    def __init__(self, users: Listed) -> None:
        self.listed: Future[Listed] = Future()
        self.listed.set_result(users)
        self.regions, self.locked = (GLOBAL, REGION), frozenset()

    def begin_users(self, _kind: str, _region: str) -> Future[Listed]:
        return self.listed


@pytest.mark.parametrize("kind", ["aws_eventbridge_rule", "aws_ec2_instance"])
@pytest.mark.parametrize("region", [REGION, GLOBAL, "eu-west-1"])
@pytest.mark.parametrize("across", [False, True])
def test_a_user_elsewhere_keeps_only_what_it_may_use_from_afar(
    kind: str, region: str, *, across: bool
) -> None:
    topic = resource("aws_sns_topic", "t", region=REGION)
    relation = Relation("x", topic.kind, strength="needed", across_regions=across)
    user = User(f"{ACCOUNT}/{region}/{kind}/u", kind, region, relation)
    dependants = Dependants(Answered(Listed({}, [], {})), {})
    assert dependants._keeps(user, topic) is (region != "eu-west-1" or across)
    everywhere = resource("aws_iam_role", "r", region=GLOBAL)
    assert dependants._keeps(user, everywhere)
    dependants.going = frozenset({user.graph_id})
    assert not dependants._keeps(user, topic)


PATH = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions"


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [("shop", True), ("shop:live", True), ("${stageVariables.name}", True), ("other", False)],
)
def test_a_reference_keeps_what_it_names_or_could_mean(name: str, is_kept: bool) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    dependants = function_of(f"{PATH}/{arn}:{name}/invocations")
    used = resource("aws_lambda_function", "shop", arn=f"{arn}:shop", region=REGION)
    assert bool(dependants.that_go_first(used)) is is_kept


def test_each_child_that_keeps_something_is_among_the_records() -> None:
    """So the test above looks for all of them, below all of their parents."""
    pairs = {
        (kind.name, relation.kind)
        for kind in registry().values()
        for relation in kind.relations
        if kind.each is not None and keeps(relation) and relation.kind != kind.name
    }
    children = {registry()[name].name: registry()[name] for name, _ in pairs}
    found = {
        (name, relation.kind)
        for name, kind in children.items()
        for _, relation, _ in collected(kind)
    }
    assert len(pairs) > 140
    assert pairs <= found
