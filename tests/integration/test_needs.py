"""A resource that something needs stays, whenever the need begins."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow

pytestmark = pytest.mark.about("aws_sns_topic", "aws_cloudwatch_alarm")

EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
PROTECTED = [{"Key": "ebbtide:protected", "Value": "true"}]
PAIR = {"needed": "aws_sns_topic", "by": "aws_cloudwatch_alarm"}

type Session = boto3.session.Session


def configure(workflow: Workflow, **cleaning: Any) -> None:
    workflow.configure(
        collect={"regions": [REGION]},
        rules={"expired": {"enabled": True}},
        cleanup={
            "enabled": True,
            "dry_run": False,
            "limits": {"percent_of_account": 100},
            **cleaning,
        },
    )


def make_topic(customer: Session) -> str:
    return str(customer.client("sns").create_topic(Name="orders", Tags=EXPIRED)["TopicArn"])


def topics(customer: Session) -> int:
    return len(customer.client("sns").list_topics()["Topics"])


def alarms(customer: Session) -> int:
    return len(customer.client("cloudwatch").describe_alarms()["MetricAlarms"])


def put_alarm(customer: Session, topic: str, tags: list[dict[str, str]] | None = None) -> None:
    customer.client("cloudwatch").put_metric_alarm(
        AlarmName="late",
        Namespace="Shop",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
        Tags=tags or [],
    )


def planned(workflow: Workflow) -> tuple[str, set[str]]:
    run_id = workflow.collect()
    return run_id, {entry.subject.kind for entry in workflow.plan(run_id).planned}


def reasons(workflow: Workflow, run_id: str) -> dict[str, str]:
    """Return the reasons of the endings by kind."""
    state = workflow.bucket.read_json(RunKeys(run_id).cleanup(ACCOUNT, "state.json"))
    found: dict[str, str] = {
        name.split("/")[2]: entry["reason"] for name, entry in state["resources"].items()
    }
    return found


def test_a_topic_of_an_alarm_stays(workflow: Workflow, customer: Session) -> None:
    configure(workflow)
    put_alarm(customer, make_topic(customer))
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert [entry.code for entry in plan.refused] == ["needed"]
    workflow.clean(run_id)
    assert topics(customer) == 1


def test_a_topic_that_an_alarm_needs_since_the_plan_stays(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow)
    topic = make_topic(customer)
    run_id, kinds = planned(workflow)
    assert kinds == {"aws_sns_topic"}
    put_alarm(customer, topic)
    workflow.clean(run_id)
    assert topics(customer) == 1
    assert "is now needed by" in reasons(workflow, run_id)["aws_sns_topic"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_topic_stays_if_the_alarm_that_was_to_go_too_is_kept(
    workflow: Workflow, customer: Session, dry_run: bool
) -> None:
    configure(workflow, dry_run=dry_run)
    topic = make_topic(customer)
    put_alarm(customer, topic, EXPIRED)
    run_id, kinds = planned(workflow)
    assert kinds == {"aws_sns_topic", "aws_cloudwatch_alarm"}
    arn = topic.replace(":sns:", ":cloudwatch:").replace(":orders", ":alarm:late")
    customer.client("cloudwatch").tag_resource(ResourceARN=arn, Tags=PROTECTED)
    workflow.clean(run_id)
    assert (topics(customer), alarms(customer)) == (1, 1)
    assert "is still needed by" in reasons(workflow, run_id)["aws_sns_topic"]
    assert set(workflow.outcomes(run_id).values()) == {"skipped"}


def test_a_topic_and_its_alarm_go_together(workflow: Workflow, customer: Session) -> None:
    configure(workflow)
    put_alarm(customer, make_topic(customer), EXPIRED)
    run_id, _ = planned(workflow)
    workflow.clean(run_id)
    assert (topics(customer), alarms(customer)) == (0, 0)


def test_a_topic_goes_and_the_plan_says_what_breaks_if_that_is_allowed(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, allow_breaking=[PAIR])
    put_alarm(customer, make_topic(customer))
    run_id = workflow.collect()
    (entry,) = workflow.plan(run_id).planned
    assert [one.user for one in entry.breaks] == [f"{ACCOUNT}/{REGION}/aws_cloudwatch_alarm/late"]
    summary = workflow.bucket.read_json(RunKeys(run_id).plan_summary)
    assert summary["accounts"][0]["breaks"] == {"aws_cloudwatch_alarm": 1}
    workflow.clean(run_id)
    assert (topics(customer), alarms(customer)) == (0, 1)
