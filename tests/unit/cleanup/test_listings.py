"""Lists are shared while they are fresh, and no list that is incomplete passes for empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from ebbtide.base.errors import IncompleteError
from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.listings import LIFETIME_SECONDS, Listings
from ebbtide.model.resource import GLOBAL, graph_id
from tests.support.builders import resource
from tests.support.recorded_calls import ACCOUNT, REGION, answering, recorded_session

INSTANCE, SERVICE = "aws_ec2_instance", "aws_ecs_service"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def times_of(made: Iterable[str], operation: str) -> int:
    return sum(call.split(" ")[0] == operation for call in made)


@contextmanager
def listing(families: Families, clock: Clock | None = None) -> Iterator[Listings]:
    with ThreadPoolExecutor(2) as calls, ThreadPoolExecutor(2) as readers:
        regions = (GLOBAL, REGION)
        yield Listings(
            recorded_session(), calls, readers, families, regions, seconds=clock or Clock()
        )


def test_a_list_serves_for_two_minutes() -> None:
    clock, families = Clock(), Families.of((), (INSTANCE,))
    with answering([INSTANCE]) as made, listing(families, clock) as lists:
        times = []
        for now in (0, LIFETIME_SECONDS, LIFETIME_SECONDS + 1):
            clock.now = now
            assert lists.of_kind(INSTANCE, REGION)
            times.append(times_of(made, "ec2.describe_instances"))
        assert times == [1, 1, 2]
        lists.forget()
        lists.of_kind(INSTANCE, REGION)
        assert times_of(made, "ec2.describe_instances") == 3


def test_users_and_the_resources_themselves_come_from_one_list() -> None:
    families = Families.of({"aws_iam_role"}, (SERVICE,))
    with answering([SERVICE, "aws_ecs_cluster"]) as made, listing(families) as lists:
        assert lists.of_kind(SERVICE, REGION)
        users = lists.begin_users(SERVICE, REGION)
        assert users is not None
        assert any(kind == "aws_iam_role" for kind, _ in users.result().users)
        assert times_of(made, "ecs.list_services") == 1


@pytest.mark.parametrize("kept", [(INSTANCE,), ()])
def test_a_kind_that_is_denied_is_not_empty(kept: tuple[str, ...]) -> None:
    with (
        answering([], ["ec2.describe_instances"]),
        listing(Families.of((), kept)) as lists,
        pytest.raises(IncompleteError, match=f"{INSTANCE} could not be listed in {REGION}"),
    ):
        lists.of_kind(INSTANCE, REGION)


def test_a_kind_that_has_no_list_cannot_be_listed() -> None:
    with listing(Families.of(())) as lists, pytest.raises(IncompleteError):
        lists.of_kind("aws_account", GLOBAL)


def test_tags_of_their_own_calls_are_read_only_if_they_matter() -> None:
    kind = "aws_sqs_queue"
    for tagged in ((), (kind,)):
        with answering([kind]) as made, listing(Families.of((), (kind,), tagged)) as lists:
            lists.of_kind(kind, REGION)
            assert lists.has_tags(kind) == bool(tagged)
            assert bool(times_of(made, "sqs.list_queue_tags")) == bool(tagged)


QUEUE = "aws_sqs_queue"
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/shop-orders"
DEAD = replace(
    resource(QUEUE, f"{URL}-dead", name="shop-orders-dead"),
    account=ACCOUNT,
    region=REGION,
    arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-orders-dead",
)
ORDERS = graph_id(ACCOUNT, REGION, QUEUE, URL)


def test_what_the_plan_deletes_is_not_asked_what_it_uses() -> None:
    """Its answer could keep nothing."""
    with answering([QUEUE]) as made, listing(Families.of({QUEUE})) as lists:
        dependants = Dependants(lists, {})
        assert ORDERS in dependants.that_go_first(DEAD)
        asked = times_of(made, "sqs.get_queue_attributes")
        lists.start_round(frozenset({ORDERS}))
        dependants.start_round(frozenset({ORDERS}))
        assert dependants.that_go_first(DEAD) == ""
        assert times_of(made, "sqs.get_queue_attributes") == 2 * asked - 1


def test_what_turns_out_to_stay_is_not_taken_for_one_that_uses_nothing() -> None:
    with answering([QUEUE]), listing(Families.of({QUEUE})) as lists:
        dependants = Dependants(lists, {})
        lists.start_round(frozenset({ORDERS}))
        with pytest.raises(IncompleteError, match="NotAsked"):
            dependants.that_go_first(DEAD)


@pytest.mark.parametrize("kept", [(QUEUE,), ()])
def test_only_what_is_wanted_for_itself_is_read_in_any_case(kept: tuple[str, ...]) -> None:
    families = Families.of({QUEUE}, kept)
    with answering([QUEUE]), listing(families) as lists:
        lists.start_round(frozenset({ORDERS}))
        users = lists.begin_users(QUEUE, REGION)
        assert users is not None
        assert [one.graph_id for one in users.result().unread] == ([] if kept else [ORDERS])
