"""What CloudFormation says immediately before a deletion: who owns what, and what a stack holds."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.errors import CallError
from ebbtide.cleanup import stack_membership
from ebbtide.cleanup.stack_membership import StackMembership
from ebbtide.cleanup.users import Seen
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.stack_types import STACK
from tests.support.builders import ACCOUNT, REGION, resource

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


class World:
    """Answers for CloudFormation by region, and the resources that lists find."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        answers: dict[str, Any],
        found: Sequence[Resource] = (),
        locked: frozenset[str] = frozenset(),
    ) -> None:
        self.asked: list[str] = []

        def call_answer(_session: Any, _call: Any, region: str, _document: Any) -> Any:
            self.asked.append(region)
            answer = answers.get(region, NONE)
            if isinstance(answer, CallError):
                raise answer
            return answer

        monkeypatch.setattr(stack_membership, "call_answer", call_answer)
        listing = SimpleNamespace(
            session=None,
            seconds=lambda: 0.0,
            regions=(GLOBAL, REGION, OTHER),
            locked=locked,
            of_kind=lambda kind, region: [
                Seen(one, ()) for one in found if (one.kind, one.region) == (kind, region)
            ],
        )
        self.stacks = StackMembership(listing, {}, frozenset())  # type: ignore[arg-type]


queue = resource(QUEUE, "jobs", properties={"queue_url": URL}, arn=f"arn:aws:sqs:{REGION}:1:jobs")
role = resource(ROLE, "AROA", region=GLOBAL, name="worker")
stack = resource(STACK, "arn:aws:cloudformation:::stack/app/1", name="app")


def physical_of(one: Resource) -> str:
    return stack_membership._physical_ids(one.subject, one.properties)[0]


@pytest.mark.parametrize("one", [queue, role], ids=["regional", "global"])
@pytest.mark.parametrize("where", [REGION, OTHER])
def test_the_stack_that_has_a_resource_owns_it(
    monkeypatch: pytest.MonkeyPatch, one: Resource, where: str
) -> None:
    type = "AWS::SQS::Queue" if one is queue else "AWS::IAM::Role"
    world = World(monkeypatch, {where: [member("other"), member(physical_of(one), type)]})
    owner = world.stacks.owner_of(one)
    # A regional resource belongs to stacks of its region; a global one, to those of any.
    is_owned = one is role or where == REGION
    assert owner == ("the CloudFormation stack app" if is_owned else "")
    assert GLOBAL not in world.asked


def test_a_resource_beyond_the_first_hundred_of_a_stack_belongs_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, {REGION: [member("other")]})
    assert world.stacks.owner_of(queue) == "the CloudFormation stack app"


@pytest.mark.parametrize("answer", [[], None, NONE])
def test_a_resource_without_a_stack_is_nobodys(
    monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    assert World(monkeypatch, {REGION: answer}).stacks.owner_of(queue) == ""


def test_what_a_stack_has_given_up_is_no_longer_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = member(physical_of(queue), status="DELETE_COMPLETE")
    assert World(monkeypatch, {REGION: [gone]}).stacks.owner_of(queue) == ""


def test_another_type_by_the_same_id_leaves_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    other = member(physical_of(queue), "AWS::SNS::Topic")
    owner = World(monkeypatch, {REGION: [other]}).stacks.owner_of(queue)
    assert owner.startswith("a stack perhaps: the CloudFormation stack app has ")


DENIED = "not authorized, with an explicit deny in a service control policy"


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
    monkeypatch: pytest.MonkeyPatch, failure: CallError, *, locked: bool, raised: bool
) -> None:
    world = World(monkeypatch, {REGION: failure}, locked=frozenset([REGION] if locked else []))
    if raised:
        with pytest.raises(CallError):
            world.stacks.owner_of(queue)
    else:
        assert world.stacks.owner_of(queue) == ""


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
