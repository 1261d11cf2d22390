"""At the time of a deletion, its reason must still hold and nothing may depend on the target."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.plan import plan_account
from tests.faults.narrow import EXPIRED, EXPIRED_TAGS, about, configure, planned_run
from tests.faults.safety.estate import (
    alarms,
    balancers,
    make_balancer,
    make_function,
    make_target_group,
    put_alarm,
    queue_arn,
    queues,
    register,
    run_instance,
)
from tests.faults.wire import Wire
from tests.integration.workflow import ACCOUNT, REGION, Workflow

type Session = boto3.session.Session

BALANCER_KINDS = (
    *about("aws_alb", "aws_alb_target_group"),
    "aws_autoscaling_group",
    "aws_ec2_instance",
)


def put_to_use(customer: Session, balancer: str) -> None:
    register(customer, make_target_group(customer, balancer), run_instance(customer))


def test_a_balancer_put_to_use_after_the_plan_stays(workflow: Workflow, customer: Session) -> None:
    configure(workflow, BALANCER_KINDS, rules={"load_balancers": {}})
    balancer = make_balancer(customer)
    workflow.now = datetime.now(UTC) + timedelta(days=8)
    run_id, plan = planned_run(workflow)
    assert plan.planned
    put_to_use(customer, balancer)
    workflow.clean(run_id)
    assert balancers(customer) == 1


def test_a_balancer_put_to_use_since_an_old_snapshot_stays(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, BALANCER_KINDS, rules={"load_balancers": {}})
    balancer = make_balancer(customer)
    workflow.now = datetime.now(UTC) + timedelta(days=8)
    workflow.release(workflow.collect())
    put_to_use(customer, balancer)
    workflow.now += timedelta(days=60)
    # Refusing to plan is also correct.
    with suppress(PlanError):
        claimed = workflow.claim("later", workflow="cleanup")
        manifest = claimed["manifest"]
        request = AccountRequest(run_id="later", account=ACCOUNT, manifest=manifest)
        plan_account(request, workflow.bucket)
        workflow.summarise_plans("later", manifest)
        workflow.clean("later")
    assert balancers(customer) == 1


def test_a_service_scaled_up_after_the_plan_stays(workflow: Workflow, customer: Session) -> None:
    job = {
        "name": "idle",
        "event": "post_collect",
        "search": "is(aws_ecs_service) and desired_count == 0",
        "action": {"clean": {"reason": "runs nothing"}},
    }
    configure(workflow, about("aws_ecs_service"), rules={}, jobs=[job])
    ecs = customer.client("ecs")
    ecs.create_cluster(clusterName="c")
    container = {"name": "a", "image": "b", "memory": 1}
    ecs.register_task_definition(family="t", containerDefinitions=[container])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="t", desiredCount=0)
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id, "post_collect") == {"idle": None}
    assert workflow.plan(run_id).planned
    ecs.update_service(cluster="c", service="s", desiredCount=7)
    workflow.clean(run_id)
    services = ecs.describe_services(cluster="c", services=["s"])["services"]
    assert [(found["status"], found["desiredCount"]) for found in services] == [("ACTIVE", 7)]


def test_an_alarm_whose_instance_appears_after_the_plan_stays(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_cloudwatch_alarm", "aws_ec2_instance"), rules={"alarms": {}})
    put_alarm(customer, "cpu", run_instance(customer))
    wire.alter("DescribeInstances", lambda _, answer: answer["Reservations"].clear())
    workflow.release(workflow.collect())
    workflow.now += timedelta(hours=1)
    run_id, plan = planned_run(workflow)
    assert plan.planned
    wire.alter("DescribeInstances", lambda *_: None)
    workflow.clean(run_id)
    assert alarms(customer) == {"cpu"}


def make_queue(customer: Session) -> str:
    customer.client("sqs").create_queue(QueueName="letters", tags=EXPIRED_TAGS)
    return queue_arn("letters")


def make_topic(customer: Session) -> str:
    return str(customer.client("sns").create_topic(Name="letters", Tags=EXPIRED)["TopicArn"])


def topics(customer: Session) -> set[str]:
    found = customer.client("sns").list_topics()["Topics"]
    return {topic["TopicArn"].rsplit(":", 1)[1] for topic in found}


@pytest.mark.parametrize(
    ("kind", "make", "reading", "left"),
    [
        ("aws_sqs_queue", make_queue, "GetQueueAttributes", queues),
        ("aws_sns_topic", make_topic, "GetTopicAttributes", topics),
    ],
)
def test_what_a_function_begins_to_use_during_the_turn_stays(
    workflow: Workflow,
    customer: Session,
    wire: Wire,
    kind: str,
    make: Callable[[Session], str],
    reading: str,
    left: Callable[[Session], set[str]],
) -> None:
    configure(workflow, about(kind))
    arn = make(customer)
    run_id, plan = planned_run(workflow)
    assert [entry.subject.kind for entry in plan.planned] == [kind]
    # The first verification lists the functions; the reads after it belong to the second one.
    armed: list[bool] = []

    def arm(_: Any, answer: Any) -> None:
        for function in answer["Functions"]:
            # moto omits DeadLetterConfig.
            function["DeadLetterConfig"] = {"TargetArn": arn}
        if not armed:
            armed.append(True)
            wire.ahead_of(reading, lambda: make_function(customer, arn))

    wire.alter("ListFunctions", arm)
    for _ in range(3):
        workflow.tick(run_id)
    assert "CreateFunction" in wire.changes
    assert left(customer) == {"letters"}


def use_as_dead_letters(customer: Session) -> None:
    customer.client("events").put_targets(
        Rule="r",
        Targets=[
            {
                "Id": "1",
                "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
                "DeadLetterConfig": {"Arn": queue_arn("letters")},
            }
        ],
    )


@pytest.mark.parametrize("moment", ["before the plan", "after the plan"])
def test_a_queue_that_an_event_rule_uses_stays(
    workflow: Workflow, customer: Session, moment: str
) -> None:
    configure(workflow, about("aws_sqs_queue"))
    make_queue(customer)
    customer.client("events").put_rule(Name="r", ScheduleExpression="rate(1 hour)")
    if moment == "before the plan":
        use_as_dead_letters(customer)
    run_id, plan = planned_run(workflow)
    assert bool(plan.planned) == (moment == "after the plan")
    use_as_dead_letters(customer)
    workflow.clean(run_id)
    assert queues(customer) == {"letters"}
