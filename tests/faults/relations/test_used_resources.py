"""A resource that an unplanned one uses is refused, although AWS would delete it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ebbtide.model.resource import Resource
from tests.faults.relations import estate
from tests.faults.relations.estate import KEY_ID, arn, role_arn
from tests.faults.relations.reading import Document, Reading, plan_of, read, read_global
from tests.support.builders import codes, ids


@dataclass(frozen=True)
class Use:
    """A use of a resource: its name, the used resource, and the reading of its user."""

    name: str
    used: Callable[[], Resource]
    read: Callable[[Resource], Reading]


def alarm(used: Resource) -> Reading:
    found = {"AlarmName": "a", "AlarmArn": arn("cloudwatch", "alarm:a"), "AlarmActions": [used.arn]}
    return read(["aws_cloudwatch_alarm"], {"cloudwatch.DescribeAlarms": {"MetricAlarms": [found]}})


def silenced_alarm(used: Resource) -> Reading:
    """Read an alarm whose actions are off; somebody may turn them on again."""
    found = {
        "AlarmName": "a",
        "AlarmArn": arn("cloudwatch", "alarm:a"),
        "ActionsEnabled": False,
        "OKActions": [used.arn],
    }
    return read(["aws_cloudwatch_alarm"], {"cloudwatch.DescribeAlarms": {"MetricAlarms": [found]}})


def subscription(used: Resource) -> Reading:
    """Read a subscription whose topic or endpoint is the used resource; its other end stays."""
    is_topic = used.kind == "aws_sns_topic"
    other = replace(estate.queue("subscriber") if is_topic else estate.topic("orders"), tags={})
    endpoint = other.arn if is_topic else used.arn
    found = {
        "SubscriptionArn": arn("sns", "orders:11111111-2222-3333-4444-555555555555"),
        "TopicArn": used.arn if is_topic else arn("sns", "orders"),
        "Protocol": "lambda" if used.kind == "aws_lambda_function" else "sqs",
        "Endpoint": endpoint,
    }
    read_now = read(["aws_sns_subscription"], {"sns.ListSubscriptions": {"Subscriptions": [found]}})
    return Reading((other,)) + read_now


def event_rule(used: Resource, state: str = "ENABLED") -> Reading:
    found = {"Name": "r", "Arn": arn("events", "rule/r"), "EventBusName": "default"}
    return read(
        ["aws_eventbridge_event_bus", "aws_eventbridge_rule"],
        {
            "events.ListEventBuses": {
                "EventBuses": [{"Name": "default", "Arn": arn("events", "event-bus/default")}]
            },
            "events.ListRules": {"Rules": [{**found, "State": state}]},
            "events.ListTargetsByRule": {"Targets": [{"Id": "1", "Arn": used.arn}]},
        },
    )


def disabled_rule(used: Resource) -> Reading:
    """Read a rule that somebody may enable again."""
    return event_rule(used, "DISABLED")


def a_bucket(**answers: Document) -> Reading:
    listed = {"s3.ListBuckets": {"Buckets": [{"Name": "orders"}]}}
    given = {f"s3.{operation}": answer for operation, answer in answers.items()}
    return read_global(["aws_s3_bucket"], {**listed, **given})


def notification(used: Resource) -> Reading:
    member, name = {
        "aws_lambda_function": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
        "aws_sns_topic": ("TopicConfigurations", "TopicArn"),
        "aws_sqs_queue": ("QueueConfigurations", "QueueArn"),
    }[used.kind]
    found = {name: used.arn, "Events": ["s3:ObjectCreated:*"]}
    return a_bucket(GetBucketNotificationConfiguration={member: [found]})


def replication(used: Resource) -> Reading:
    destination = {"Bucket": used.arn if used.kind == "aws_s3_bucket" else "arn:aws:s3:::copy"}
    role = used.arn if used.kind == "aws_iam_role" else role_arn("replication")
    rules = [{"ID": "1", "Status": "Enabled", "Destination": destination}]
    found = {"Role": role, "Rules": rules}
    return a_bucket(GetBucketReplication={"ReplicationConfiguration": found})


def subscription_filter(used: Resource) -> Reading:
    found: Document = {"filterName": "f", "logGroupName": "orders"}
    if used.kind == "aws_iam_role":
        found |= {"destinationArn": estate.stream("other").arn, "roleArn": used.arn}
    else:
        found |= {"destinationArn": used.arn}
    return read(
        ["aws_cloudwatch_log_group"],
        {
            "logs.DescribeLogGroups": {"logGroups": [{"logGroupName": "orders"}]},
            "logs.DescribeSubscriptionFilters": {"subscriptionFilters": [found]},
        },
    )


def flow_log(used: Resource) -> Reading:
    found = {"FlowLogId": "fl-0a1b2c3d4e5f60001", "LogGroupName": used.id, "ResourceId": "vpc-1"}
    return read(["aws_ec2_flow_log"], {"ec2.DescribeFlowLogs": {"FlowLogs": [found]}})


def schedule(used: Resource) -> Reading:
    name = arn("scheduler", "schedule/default/nightly")
    target: Document = {"Arn": arn("lambda", "function:nightly")}
    full = {**target, "RoleArn": role_arn("other")}
    if used.kind == "aws_iam_role":
        full["RoleArn"] = used.arn
    elif used.kind == "aws_sqs_queue":
        full["DeadLetterConfig"] = {"Arn": used.arn}
    else:
        target = full = {**full, "Arn": used.arn}
    listed = {"Name": "nightly", "GroupName": "default", "Arn": name}
    return read(
        ["aws_scheduler_schedule"],
        {
            "scheduler.ListSchedules": {
                "Schedules": [{**listed, "Target": {"Arn": target["Arn"]}}]
            },
            "scheduler.GetSchedule": {**listed, "Target": full},
        },
    )


def group_of_instances(**answers: Document) -> Reading:
    listed = {
        "autoscaling.DescribeAutoScalingGroups": {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": "web",
                    "AutoScalingGroupARN": arn("autoscaling", "autoScalingGroup:1:web"),
                    "Instances": [],
                    "Tags": [],
                }
            ]
        }
    }
    given = {f"autoscaling.{operation}": answer for operation, answer in answers.items()}
    return read(["aws_autoscaling_group"], {**listed, **given})


def lifecycle_hook(used: Resource) -> Reading:
    found = {"LifecycleHookName": "h", "AutoScalingGroupName": "web"}
    found["RoleARN" if used.kind == "aws_iam_role" else "NotificationTargetARN"] = str(used.arn)
    return group_of_instances(DescribeLifecycleHooks={"LifecycleHooks": [found]})


def group_notification(used: Resource) -> Reading:
    found = {"AutoScalingGroupName": "web", "TopicARN": used.arn}
    return group_of_instances(
        DescribeNotificationConfigurations={"NotificationConfigurations": [found]}
    )


def dead_letters(used: Resource) -> Reading:
    url = estate.queue("orders").id
    policy = f'{{"deadLetterTargetArn":"{used.arn}","maxReceiveCount":3}}'
    return read(
        ["aws_sqs_queue"],
        {
            "sqs.ListQueues": {"QueueUrls": [url]},
            "sqs.GetQueueAttributes": {
                "Attributes": {"QueueArn": arn("sqs", "orders"), "RedrivePolicy": policy}
            },
        },
    )


def boundary(used: Resource) -> Reading:
    found = {
        "RoleName": "bounded",
        "RoleId": "AROABOUNDED",
        "Arn": role_arn("bounded"),
        "Path": "/",
        "PermissionsBoundary": {"PermissionsBoundaryArn": used.arn},
    }
    return read_global(
        ["aws_iam_role"], {"iam.GetAccountAuthorizationDetails": {"RoleDetailList": [found]}}
    )


def launch_template(used: Resource) -> Reading:
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "KmsKeyId": used.arn}}
    return read(
        ["aws_ec2_launch_template"],
        {
            "ec2.DescribeLaunchTemplates": {"LaunchTemplates": [{"LaunchTemplateId": "lt-1"}]},
            "ec2.DescribeLaunchTemplateVersions": {
                "LaunchTemplateVersions": [
                    {"LaunchTemplateData": {"BlockDeviceMappings": [mapping]}}
                ]
            },
        },
    )


def encrypted_queue(_used: Resource) -> Reading:
    return read(
        ["aws_sqs_queue"],
        {
            "sqs.ListQueues": {"QueueUrls": [estate.queue("orders").id]},
            "sqs.GetQueueAttributes": {
                "Attributes": {"QueueArn": arn("sqs", "orders"), "KmsMasterKeyId": KEY_ID}
            },
        },
    )


SEEN = [
    Use("dead letters of a queue", estate.queue, dead_letters),
    Use("boundary of a role", estate.policy, boundary),
    Use("key of a queue", estate.key, encrypted_queue),
    Use("replication of a bucket", estate.role, replication),
    Use("subscription filter of a log group", estate.role, subscription_filter),
    Use("role of a schedule", estate.role, schedule),
    Use("lifecycle hook of a group", estate.role, lifecycle_hook),
    Use("mapping of a launch template", estate.key, launch_template),
]
UNORDERED = [
    Use("action of an alarm", estate.topic, alarm),
    Use("action of an alarm", estate.function, alarm),
    Use("topic with a subscribed queue", estate.topic, subscription),
    Use("subscriber of a topic", estate.queue, subscription),
    Use("subscriber of a topic", estate.function, subscription),
    Use("target of an event rule", estate.topic, event_rule),
    Use("target of an event rule", estate.queue, event_rule),
    Use("target of an event rule", estate.function, event_rule),
    Use("target of an event rule", estate.stream, event_rule),
    Use("target of an event rule", estate.log_group, event_rule),
    Use("target of a disabled event rule", estate.function, disabled_rule),
    Use("action of an alarm whose actions are off", estate.topic, silenced_alarm),
    Use("log group of a flow log", estate.log_group, flow_log),
    Use("target of a schedule", estate.function, schedule),
    Use("notification of a bucket", estate.function, notification),
    Use("notification of a bucket", estate.topic, notification),
    Use("notification of a bucket", estate.queue, notification),
    Use("replication of a bucket", estate.bucket, replication),
    Use("subscription filter of a log group", estate.function, subscription_filter),
    Use("subscription filter of a log group", estate.stream, subscription_filter),
    Use("subscription filter of a log group", estate.delivery_stream, subscription_filter),
    Use("dead letters of a schedule", estate.queue, schedule),
    Use("lifecycle hook of a group", estate.topic, lifecycle_hook),
    Use("lifecycle hook of a group", estate.queue, lifecycle_hook),
    Use("notification of a group", estate.topic, group_notification),
]


def cases(uses: list[Use]) -> list[Any]:
    return [pytest.param(use, id=f"{use.used().kind}: {use.name}") for use in uses]


def refusal(use: Use) -> str | None:
    """Return the code with which the used resource is refused."""
    used = use.used()
    return codes(plan_of(use.read(used), used).refused).get(used.id)


@pytest.mark.parametrize("use", cases(SEEN))
def test_what_must_go_after_something_unplanned_is_refused_as_blocked(use: Use) -> None:
    assert refusal(use) == "blocked"


@pytest.mark.parametrize("use", cases(UNORDERED))
def test_what_something_unplanned_needs_is_refused_as_needed(use: Use) -> None:
    assert refusal(use) == "needed"


@pytest.mark.parametrize("use", cases([*SEEN, *UNORDERED]))
def test_what_nothing_uses_is_planned(use: Use) -> None:
    assert ids(plan_of(Reading(), use.used()).planned) == {use.used().id}
