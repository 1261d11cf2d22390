"""From CloudFormation's lists to deletions: members of stacks, read, kept and asked again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import boto3
import pytest

from ebbtide.store.keys import RunKeys
from tests.faults.narrow import EXPIRED, reasons
from tests.faults.wire import Wire, wire
from tests.integration.workflow import ACCOUNT, Workflow

__all__ = ["wire"]

type Session = boto3.session.Session
type Tags = Iterable[dict[str, str]]

pytestmark = pytest.mark.about("aws_cloudformation_stack", "aws_sqs_queue", "aws_dynamodb_table")


def template(**queues: list[dict[str, str]]) -> str:
    """Return a template with these queues and their tags."""
    resources = {
        name.capitalize(): {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": name, "Tags": tags},
        }
        for name, tags in queues.items()
    }
    return json.dumps({"Resources": resources})


def create(customer: Session, name: str, body: str, tags: Tags = ()) -> None:
    customer.client("cloudformation").create_stack(
        StackName=name, TemplateBody=body, Tags=list(tags)
    )


def update(customer: Session, name: str, body: str, tags: Tags = ()) -> None:
    customer.client("cloudformation").update_stack(
        StackName=name, TemplateBody=body, Tags=list(tags)
    )


def queues(customer: Session) -> set[str]:
    urls = customer.client("sqs").list_queues().get("QueueUrls", [])
    return {url.rsplit("/", 1)[1] for url in urls}


def configure(workflow: Workflow, **cleanup: Any) -> None:
    limits = {"percent_of_account": 100}
    workflow.configure(
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": limits, **cleanup},
    )


@pytest.fixture
def asked(wire: Wire) -> list[str]:
    """The stacks whose lists were asked for, in order."""
    found: list[str] = []
    wire.examine("ListStackResources", lambda given: found.append(given["StackName"]))
    return found


def stored_lists(workflow: Workflow, run_id: str) -> list[dict[str, Any]]:
    key = RunKeys(run_id).graph(ACCOUNT, "stacks.jsonl.zst")
    return list(workflow.bucket.read_lines(key))


def collected(workflow: Workflow) -> str:
    run_id = workflow.collect()
    workflow.release(run_id)
    return run_id


def test_an_unchanged_stack_costs_no_call(
    workflow: Workflow, customer: Session, asked: list[str]
) -> None:
    for name in ("one", "two"):
        create(customer, name, template(**{f"of-{name}": []}))
    first = stored_lists(workflow, collected(workflow))
    assert len(asked) == 2
    asked.clear()
    assert stored_lists(workflow, collected(workflow)) == first
    assert asked == []
    update(customer, "two", template(**{"of-two": [], "added": []}))
    changed = stored_lists(workflow, collected(workflow))
    assert len(asked) == 1
    members = {member["logical_id"] for one in changed for member in one["members"]}
    assert members == {"Of-one", "Of-two", "Added"}


def other_format(workflow: Workflow, run_id: str) -> None:
    lines = [{**line, "format": 0} for line in stored_lists(workflow, run_id)]
    workflow.bucket.write_lines(RunKeys(run_id).graph(ACCOUNT, "stacks.jsonl.zst"), lines)


def missing(workflow: Workflow, run_id: str) -> None:
    workflow.bucket.delete(RunKeys(run_id).graph(ACCOUNT, "stacks.jsonl.zst"))


@pytest.mark.parametrize("spoil", [other_format, missing])
def test_a_kept_list_that_cannot_be_used_is_read_again(
    workflow: Workflow,
    customer: Session,
    asked: list[str],
    spoil: Callable[[Workflow, str], None],
) -> None:
    create(customer, "one", template(orders=[]))
    run_id = collected(workflow)
    spoil(workflow, run_id)
    asked.clear()
    (found,) = stored_lists(workflow, collected(workflow))
    assert len(asked) == 1
    assert [member["logical_id"] for member in found["members"]] == ["Orders"]


def test_a_list_that_could_not_be_read_is_read_in_the_next_run(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    create(customer, "one", template(orders=[]))
    wire.refuse("ListStackResources", "Throttling")
    (unread,) = stored_lists(workflow, collected(workflow))
    assert "Throttling" in unread["error"]
    wire.allow("ListStackResources")
    (found,) = stored_lists(workflow, collected(workflow))
    assert found["error"] is None
    assert [member["logical_id"] for member in found["members"]] == ["Orders"]


def test_a_stack_that_is_carried_over_keeps_its_members(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow)
    create(customer, "shop", template(member=EXPIRED))
    before = stored_lists(workflow, collected(workflow))
    wire.refuse("DescribeStacks", "AccessDenied")
    run_id = workflow.collect()
    assert stored_lists(workflow, run_id) == before
    plan = workflow.plan(run_id)
    assert {entry.subject.name: entry.code for entry in plan.refused} == {"member": "owned"}


def test_a_task_that_runs_twice_writes_the_same_lists(
    workflow: Workflow, customer: Session
) -> None:
    create(customer, "one", template(orders=[]))
    run_id = workflow.collect()
    before = stored_lists(workflow, run_id)
    for task in workflow.work(run_id):
        workflow.collect_task(run_id, task)
    workflow.merge(run_id)
    assert stored_lists(workflow, run_id) == before


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "InternalFailure"])
def test_an_unread_stack_keeps_everything_that_may_be_its_member(
    workflow: Workflow, customer: Session, wire: Wire, code: str
) -> None:
    configure(workflow)
    create(customer, "shop", template(member=EXPIRED))
    sqs = customer.client("sqs")
    sqs.create_queue(QueueName="alone", tags={"ebbtide:expires": "2020-01-01"})
    collected(workflow)
    update(customer, "shop", template(member=EXPIRED, added=EXPIRED))
    wire.refuse("ListStackResources", code)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert not plan.planned
    names = {entry.subject.name: entry.code for entry in (*plan.refused, *plan.undecided)}
    assert names == {"member": "owned", "added": "owner_unknown", "alone": "owner_unknown"}
    assert "shop" in next(e for e in plan.undecided if e.subject.name == "alone").reason


def joining(type: str, physical_id: str) -> Callable[[Any, Any], None]:
    """Return a change of ListStackResources' answer: a resource that has joined the stack."""
    member = {
        "LogicalResourceId": "Joined",
        "ResourceType": type,
        "PhysicalResourceId": physical_id,
        "ResourceStatus": "IMPORT_COMPLETE",
    }
    return lambda _, answer: answer["StackResourceSummaries"].append(member)


@pytest.mark.parametrize("joined", ["AWS::SQS::Queue", "Custom::Hook"])
def test_a_member_that_is_new_since_the_plan_keeps_its_stack(
    workflow: Workflow, customer: Session, wire: Wire, joined: str
) -> None:
    configure(workflow)
    create(customer, "shop", template(orders=[]), EXPIRED)
    url = customer.client("sqs").create_queue(QueueName="alone")["QueueUrl"]
    run_id = workflow.collect()
    assert {entry.subject.name for entry in workflow.plan(run_id).planned} == {"shop", "orders"}
    wire.alter("ListStackResources", joining(joined, url))
    workflow.clean(run_id)
    assert queues(customer) == {"orders", "alone"}
    assert any("Joined" in why for why in reasons(workflow, run_id).values())


def test_a_new_member_that_is_gone_already_keeps_nothing(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow)
    create(customer, "shop", template(orders=[]), EXPIRED)
    run_id = workflow.collect()
    workflow.plan(run_id)
    wire.alter("ListStackResources", joining("AWS::SQS::Queue", "https://sqs/gone"))
    workflow.clean(run_id)
    assert queues(customer) == set()


def test_a_stack_that_cannot_be_read_again_stays(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow)
    create(customer, "shop", template(orders=[]), EXPIRED)
    run_id = workflow.collect()
    workflow.plan(run_id)
    wire.refuse("ListStackResources", "Throttling")
    workflow.clean(run_id)
    assert queues(customer) == {"orders"}


def expired_queue(customer: Session, name: str = "alone") -> None:
    customer.client("sqs").create_queue(QueueName=name, tags={"ebbtide:expires": "2020-01-01"})


@pytest.mark.parametrize("others", [0, 4], ids=["asked for each", "listed"])
def test_a_resource_that_joined_a_stack_since_the_plan_stays(
    workflow: Workflow, customer: Session, wire: Wire, others: int
) -> None:
    found: list[str] = []
    wire.examine("DescribeStackResources", lambda given: found.append(given["PhysicalResourceId"]))
    configure(workflow)
    expired_queue(customer)
    for number in range(others):
        expired_queue(customer, f"other-{number}")
    run_id = workflow.collect()
    names = {entry.subject.name for entry in workflow.plan(run_id).planned}
    assert len(names) == 1 + others
    # moto's stack takes the queue over, as CloudFormation's import does.
    create(customer, "shop", template(alone=EXPIRED))
    workflow.clean(run_id)
    assert queues(customer) == {"alone"}
    assert any("the CloudFormation stack shop" in why for why in reasons(workflow, run_id).values())
    assert bool(found) == (not others)


@pytest.mark.parametrize(
    ("code", "message", "left"),
    [
        ("ValidationError", "Stack for https://sqs/alone does not exist", set()),
        ("ValidationError", "1 validation error detected", {"alone"}),
        ("AccessDenied", "no", {"alone"}),
        ("Throttling", "Rate exceeded", {"alone"}),
    ],
)
def test_only_no_stack_means_no_stack(
    workflow: Workflow, customer: Session, wire: Wire, code: str, message: str, left: set[str]
) -> None:
    configure(workflow)
    expired_queue(customer)
    run_id = workflow.collect()
    workflow.plan(run_id)
    wire.refuse("DescribeStackResources", code, message)
    workflow.clean(run_id)
    assert queues(customer) == left


def test_a_type_that_the_configuration_knows_goes_with_its_stack(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    wire.alter("ListStackResources", joining("Custom::Hook", "hook-1"))
    create(customer, "shop", template(orders=[]), EXPIRED)
    configure(workflow)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert [entry.code for entry in plan.undecided] == ["owned_unknown"]
    assert "Joined (Custom::Hook)" in plan.undecided[0].reason
    workflow.release(run_id)
    configure(workflow, known_stack_types=["Custom::Hook"])
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert queues(customer) == set()
