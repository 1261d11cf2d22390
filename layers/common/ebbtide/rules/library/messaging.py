"""Queues, topics, streams and buses that carry nothing."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

IDLE_QUEUES = declare(
    "idle_queues",
    question="Which SQS queues carry no messages?",
    search=(
        'is(aws_sqs_queue) and approximate_number_of_messages = "0" and '
        'approximate_number_of_messages_not_visible = "0" and '
        'approximate_number_of_messages_delayed = "0" and last_access > {{idle_for}} '
        f"{nothing_uses('aws_sqs_queue')}"
    ),
    reason="a queue that has carried no message for the time of idle_for, and that nothing names",
    facts=(
        "last_used",
        "created_timestamp",
    ),
    min_age=timedelta(days=90),
    idle_for=timedelta(days=90),
    last_use=("aws_sqs_queue",),
    cannot_see=(
        "senders and receivers in programs, which know the queue by its URL and are rarely active",
        "senders of other accounts that the policy of the queue allows",
    ),
)

TOPICS_WITHOUT_SUBSCRIPTIONS = declare(
    "topics_without_subscriptions",
    question="Which SNS topics deliver to nobody?",
    search=(
        'is(aws_sns_topic) and subscriptions_confirmed = "0" and subscriptions_pending = "0" '
        f"{nothing_uses('aws_sns_topic')}"
    ),
    reason="a topic without subscriptions that nothing names",
    facts=(
        "subscriptions_confirmed",
        "subscriptions_pending",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "programs that publish to the topic and fail without it",
        "subscriptions that come and go within hours, as those of tests do",
    ),
)

IDLE_STREAMS = declare(
    "idle_streams",
    question="Which Kinesis streams carry no records?",
    search=(
        "is(aws_kinesis_stream) and consumer_count = 0 and last_access > {{idle_for}} "
        f"{nothing_uses('aws_kinesis_stream')}"
    ),
    reason="a stream that has carried no record for the time of idle_for, and that nothing names",
    facts=(
        "last_used",
        "open_shard_count",
    ),
    min_age=timedelta(days=30),
    idle_for=timedelta(days=30),
    last_use=("aws_kinesis_stream",),
    cannot_see=("producers and consumers in programs that are rarely active",),
)

EVENT_BUSES_WITHOUT_RULES = declare(
    "event_buses_without_rules",
    question="Which event buses have no rules?",
    search=(
        "is(aws_eventbridge_event_bus) and id != default and managed_by = null "
        f"{nothing_uses('aws_eventbridge_event_bus')}"
    ),
    reason="an event bus without rules and archives that nothing names",
    facts=("description",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "programs and other accounts that send events to the bus and fail without it",
        "schema discovery",
    ),
)

EVENT_RULES_WITHOUT_TARGETS = declare(
    "event_rules_without_targets",
    question="Which rules of EventBridge have no targets?",
    search="is(aws_eventbridge_rule) and (targets = null or targets = []) and managed_by = null",
    reason="a rule of EventBridge that does nothing, because it has no targets",
    facts=(
        "state",
        "event_bus_name",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=30),
    cannot_see=("alarms on the metric of the events that the rule matches",),
)

UNUSED_API_DESTINATIONS = declare(
    "unused_api_destinations",
    question="Which API destinations does no rule and no pipe call?",
    search=(
        f"is(aws_eventbridge_api_destination) {nothing_uses('aws_eventbridge_api_destination')}"
    ),
    reason="an API destination that no rule and no pipe names",
    facts=(
        "invocation_endpoint",
        "connection_arn",
    ),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("rules that a deployment creates for a time only",),
)
