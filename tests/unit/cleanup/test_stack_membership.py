"""What CloudFormation says immediately before a deletion: who owns what, and what a stack holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.errors import CallError
from ebbtide.cleanup import stack_lists, stack_membership
from ebbtide.cleanup.listings import LIFETIME_SECONDS
from ebbtide.cleanup.stack_membership import StackMembership
from ebbtide.cleanup.users import Seen
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.stack_types import STACK
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.scripted_aws import Direct

QUEUE, ROLE = "aws_sqs_queue", "aws_iam_role"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
OTHER = "eu-west-1"
NONE = CallError(
    "cloudformation", "describe_stack_resources", "ValidationError",
    "Stack for x does not exist", ACCOUNT, REGION,
)  # fmt: skip


def error(code: str, message: str) -> CallError:
    return CallError("cloudformation", "describe", code, message, ACCOUNT, REGION)


def member(
    physical: str, type: str = "AWS::SQS::Queue", status: str = "CREATE_COMPLETE"
) -> dict[str, str]:
    return {
        "StackName": "app",
        "LogicalResourceId": "One",
        "PhysicalResourceId": physical,
        "ResourceType": type,
        "ResourceStatus": status,
    }


def summary(name: str, status: str = "UPDATE_COMPLETE") -> dict[str, str]:
    return {"StackId": f"id of {name}", "StackName": name, "StackStatus": status}


class World:
    """Answers for CloudFormation by region, and the resources that lists find.

    `by`: whether the members of all stacks are listed, or CloudFormation is asked for each
    resource. An answer is what both calls tell: the members of one stack, or an error.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        answers: dict[str, Any],
        found: Sequence[Resource] = (),
        locked: frozenset[str] = frozenset(),
        by: str = "asking",
    ) -> None:
        self.asked: list[str] = []
        self.listed: list[str] = []
        self.now = 0.0
        self.stacks_of: dict[str, list[dict[str, str]]] = {}

        def call_answer(_session: Any, _call: Any, region: str, _document: Any) -> Any:
            self.asked.append(region)
            answer = answers.get(region, NONE)
            if isinstance(answer, CallError):
                raise answer
            return answer

        def call_pages(_session: Any, _call: Any, region: str) -> Iterator[Any]:
            self.listed.append(region)
            answer = answers.get(region, NONE)
            if isinstance(answer, CallError) and answer is not NONE:
                raise answer
            told = () if answer is NONE else answer or ()
            names = {one["StackName"] for one in told}
            yield self.stacks_of.get(region, [summary(name) for name in sorted(names)])

        def members(_session: Any, _call: Any, region: str, document: Any) -> Any:
            self.listed.append(f"{region} {document['id']}")
            return [
                {name: value for name, value in one.items() if name != "StackName"}
                for one in answers[region]
                if document["id"] == f"id of {one['StackName']}"
            ]

        monkeypatch.setattr(stack_membership, "call_answer", call_answer)
        monkeypatch.setattr(stack_lists, "call_pages", call_pages)
        monkeypatch.setattr(stack_lists, "call_answer", members)
        listing = SimpleNamespace(
            session=None,
            seconds=lambda: self.now,
            calls=Direct(),
            readers=Direct(),
            regions=(GLOBAL, REGION, OTHER),
            locked=locked,
            of_kind=lambda kind, region: [
                Seen(one, ()) for one in found if (one.kind, one.region) == (kind, region)
            ],
        )
        self.stacks = StackMembership(listing, {}, frozenset())  # type: ignore[arg-type]
        self.by = by

    def owner_of(self, one: Resource, many: int = 10) -> str:
        """Ask for the owner of one of many resources."""
        self.stacks.expect([one.subject] * (many if self.by == "listing" else 1))
        return self.stacks.owner_of(one)


both_ways = pytest.mark.parametrize("by", ["asking", "listing"])


queue = resource(QUEUE, "jobs", properties={"queue_url": URL}, arn=f"arn:aws:sqs:{REGION}:1:jobs")
role = resource(ROLE, "AROA", region=GLOBAL, name="worker")
stack = resource(STACK, "arn:aws:cloudformation:::stack/app/1", name="app")


def physical_of(one: Resource) -> str:
    return stack_membership._physical_ids(one.subject, one.properties)[0]


@both_ways
@pytest.mark.parametrize("one", [queue, role], ids=["regional", "global"])
@pytest.mark.parametrize("where", [REGION, OTHER])
def test_the_stack_that_has_a_resource_owns_it(
    monkeypatch: pytest.MonkeyPatch, one: Resource, where: str, by: str
) -> None:
    type = "AWS::SQS::Queue" if one is queue else "AWS::IAM::Role"
    answers = {where: [member("other"), member(physical_of(one), type)]}
    world = World(monkeypatch, answers, by=by)
    owner = world.owner_of(one)
    # A regional resource belongs to stacks of its region; a global one, to those of any.
    is_owned = one is role or where == REGION
    assert owner == ("the CloudFormation stack app" if is_owned else "")
    assert GLOBAL not in world.asked
    assert bool(world.asked) == (by == "asking")


def test_a_resource_beyond_the_first_hundred_of_a_stack_belongs_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, {REGION: [member("other")]})
    assert world.owner_of(queue) == "the CloudFormation stack app"


@both_ways
@pytest.mark.parametrize("answer", [[], None, NONE])
def test_a_resource_without_a_stack_is_nobodys(
    monkeypatch: pytest.MonkeyPatch, answer: Any, by: str
) -> None:
    assert World(monkeypatch, {REGION: answer}, by=by).owner_of(queue) == ""


@both_ways
@pytest.mark.parametrize("status", ["DELETE_COMPLETE", "DELETE_SKIPPED"])
def test_what_a_stack_has_given_up_is_no_longer_its_own(
    monkeypatch: pytest.MonkeyPatch, status: str, by: str
) -> None:
    gone = member(physical_of(queue), status=status)
    assert World(monkeypatch, {REGION: [gone]}, by=by).owner_of(queue) == ""


@both_ways
@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_FAILED"])
def test_what_a_stack_is_still_deleting_is_its_own(
    monkeypatch: pytest.MonkeyPatch, status: str, by: str
) -> None:
    world = World(monkeypatch, {REGION: [member(physical_of(queue), status=status)]}, by=by)
    world.stacks_of[REGION] = [summary("app", status)]
    assert world.owner_of(queue) == "the CloudFormation stack app"


@both_ways
def test_another_type_by_the_same_id_leaves_a_doubt(
    monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    other = member(physical_of(queue), "AWS::SNS::Topic")
    owner = World(monkeypatch, {REGION: [other]}, by=by).owner_of(queue)
    assert owner == (
        "a stack perhaps: the CloudFormation stack app has One (AWS::SNS::Topic)"
        " by the same physical id"
    )


DENIED = "not authorized, with an explicit deny in a service control policy"


@both_ways
@pytest.mark.parametrize(
    ("failure", "locked", "raised"),
    [
        (error("ValidationError", "1 validation error detected"), False, True),
        (error("AccessDenied", "no"), False, True),
        (error("AccessDenied", DENIED), False, True),
        (error("AccessDenied", "no"), True, True),
        (error("AccessDenied", DENIED), True, False),
        (error("Throttling", "Stack for x does not exist"), False, True),
    ],
)
def test_only_a_plain_no_or_a_locked_region_means_that_there_is_no_stack(
    monkeypatch: pytest.MonkeyPatch, failure: CallError, *, locked: bool, raised: bool, by: str
) -> None:
    places = frozenset([REGION] if locked else [])
    world = World(monkeypatch, {REGION: failure}, locked=places, by=by)
    if raised:
        with pytest.raises(CallError):
            world.owner_of(queue)
    else:
        assert world.owner_of(queue) == ""


# What only a list of all stacks can tell, and when there is none.


def test_of_two_stacks_with_the_same_id_the_one_with_the_type_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    physical = physical_of(queue)
    topic = {**member(physical, "AWS::SNS::Topic"), "StackName": "a topic"}
    world = World(monkeypatch, {REGION: [topic, member(physical)]}, by="listing")
    assert world.owner_of(queue) == "the CloudFormation stack app"
    given_up = [member(physical, status="DELETE_COMPLETE"), {**member(physical), "StackName": "b"}]
    world = World(monkeypatch, {REGION: given_up}, by="listing")
    assert world.owner_of(queue) == "the CloudFormation stack b"


def test_a_list_is_made_only_if_it_takes_fewer_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [{**member("x"), "StackName": f"s{number}"} for number in range(3)]
    world = World(monkeypatch, {REGION: members}, by="listing")
    # One page and three stacks.
    world.owner_of(queue, many=4)
    assert (world.asked, world.listed) == ([REGION], [REGION])
    world.stacks.start_round(frozenset())
    world.owner_of(queue, many=5)
    assert (world.asked, len(world.listed)) == ([REGION], 1 + 4)


@pytest.mark.parametrize(
    ("status", "lists"),
    [
        ("CREATE_IN_PROGRESS", False),
        ("UPDATE_IN_PROGRESS", False),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", False),
        ("IMPORT_IN_PROGRESS", False),
        ("DELETE_IN_PROGRESS", True),
        ("REVIEW_IN_PROGRESS", True),
        ("ROLLBACK_COMPLETE", True),
    ],
)
def test_while_a_stack_may_take_in_members_each_resource_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, status: str, *, lists: bool
) -> None:
    world = World(monkeypatch, {REGION: [member(physical_of(queue))]}, by="listing")
    world.stacks_of[REGION] = [summary("app", status)]
    assert world.owner_of(queue) == "the CloudFormation stack app"
    assert bool(world.asked) != lists


def test_an_error_of_one_list_of_members_lets_each_resource_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, {REGION: [member("other")]}, by="listing")

    def fails(*_: Any) -> Any:
        raise error("Throttling", "slowly")

    monkeypatch.setattr(stack_lists, "call_answer", fails)
    # The answer of DescribeStackResources counts.
    assert world.owner_of(queue) == "the CloudFormation stack app"
    assert world.asked == [REGION]


def test_a_list_serves_as_long_as_others_and_for_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, {REGION: [member("other")]}, by="listing")
    made = []
    for now in (0.0, LIFETIME_SECONDS, LIFETIME_SECONDS + 1.0):
        world.now = now
        assert world.owner_of(queue) == ""
        made.append(world.listed.count(REGION))
    world.stacks.start_round(frozenset())
    world.owner_of(queue)
    assert [*made, world.listed.count(REGION)] == [1, 1, 2, 3]


@pytest.mark.parametrize("going", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_a_stack_may_go_only_with_members_that_go_too(
    monkeypatch: pytest.MonkeyPatch, *, going: bool, there: bool
) -> None:
    world = World(monkeypatch, {REGION: [member(physical_of(queue))]}, [queue] if there else [])
    world.stacks.planned = {queue.graph_id: queue.subject}
    world.stacks.start_round(frozenset([queue.graph_id] if going else []))
    objection = world.stacks.unplanned_member(stack)
    if there and not going:
        assert objection.startswith("it contains ") and objection.endswith("is not planned")
    else:
        assert objection == ""


def test_a_member_of_an_unknown_type_keeps_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, {REGION: [member("x", "Some::New::Type")]})
    assert "of a type that Ebbtide does not know" in world.stacks.unplanned_member(stack)
    world.stacks.known_types = frozenset({"Some::New::Type"})
    assert world.stacks.unplanned_member(stack) == ""


def test_a_resource_that_is_no_stack_has_no_members(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, {})
    assert (world.stacks.unplanned_member(queue), world.asked) == ("", [])
    # Whether a stack belongs to another one, it says itself.
    assert (world.stacks.owner_of(stack), world.asked) == ("", [])
