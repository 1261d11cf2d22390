"""How queues, topics, logs, alarms, rules and workflows come back."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import LOWER, MAP, PAIRS, TOKEN, Follow, Restoration, same

QUEUE = Restoration(
    way="create",
    call=Call(
        "sqs",
        "create_queue",
        "QueueUrl",
        QueueName="{name}",
        Attributes={
            **same("DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "Policy"),
            **same("ReceiveMessageWaitTimeSeconds", "VisibilityTimeout", "RedrivePolicy"),
            **same("RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"),
            **same("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope"),
            **same("FifoThroughputLimit"),
            "SqsManagedSseEnabled": "{!KmsMasterKeyId && SqsManagedSseEnabled || `null`}",
        },
        tags=MAP,
    ),
    keeps_id=True,
    lost="Its messages. AWS accepts the name again after a minute.",
)
_TOPIC_ATTRIBUTES = (
    "ApplicationSuccessFeedbackRoleArn", "ApplicationFailureFeedbackRoleArn",
    "FirehoseSuccessFeedbackRoleArn", "FirehoseFailureFeedbackRoleArn",
    "HTTPSuccessFeedbackRoleArn", "HTTPFailureFeedbackRoleArn",
    "LambdaSuccessFeedbackRoleArn", "LambdaFailureFeedbackRoleArn",
    "SQSSuccessFeedbackRoleArn", "SQSFailureFeedbackRoleArn",
)  # fmt: skip
TOPIC = Restoration(
    way="create",
    call=Call(
        "sns",
        "create_topic",
        "TopicArn",
        Name="{name}",
        Attributes=same(
            "DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "FifoTopic",
            "ContentBasedDeduplication", "SignatureVersion", "TracingConfig", "ArchivePolicy",
        ),
        Tags=PAIRS,
    ),
    keeps_id=True,
    then=tuple(
        Follow(
            Call(
                "sns",
                "set_topic_attributes",
                TopicArn="{TopicArn}",
                AttributeName=name,
                AttributeValue=f"{{{name}}}",
            ),
            when=name,
        )
        for name in _TOPIC_ATTRIBUTES
    ),
    lost="Its subscriptions, which went along: some must be confirmed again.",
)  # fmt: skip
SUBSCRIPTION = Restoration(
    way="create",
    call=Call(
        "sns",
        "subscribe",
        "SubscriptionArn",
        **same("TopicArn", "Protocol", "Endpoint"),
        Attributes=same("SubscriptionRoleArn", "RawMessageDelivery", "FilterPolicy"),
        ReturnSubscriptionArn=True,
    ),
    new="SubscriptionArn",
    repeatable=True,
    lost="Its ARN. A subscriber outside of AWS must confirm it again.",
)
LOG_GROUP = Restoration(
    way="create",
    call=Call(
        "logs",
        "create_log_group",
        **same("logGroupName", "kmsKeyId", "logGroupClass"),
        tags=MAP,
    ),
    keeps_id=True,
    then=(
        Follow(
            Call("logs", "put_retention_policy", **same("logGroupName", "retentionInDays")),
            when="retentionInDays",
        ),
        Follow(
            Call(
                "logs",
                "put_subscription_filter",
                logGroupName="{logGroupName}",
                filterName="{each.filterName}",
                filterPattern="{each.filterPattern}",
                destinationArn="{each.destinationArn}",
                roleArn="{each.roleArn}",
                distribution="{each.distribution}",
            ),
            each="SubscriptionFilters[]",
        ),
    ),
    lost="Its log events, and its metric filters, which went along.",
)
METRIC_FILTER = Restoration(
    way="create",
    call=Call(
        "logs",
        "put_metric_filter",
        **same("logGroupName", "filterName", "filterPattern", "metricTransformations"),
        **same("applyOnTransformedLogs"),
    ),
    keeps_id=True,
    lost="Nothing.",
)
_ALARM = same("AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions")
ALARM = Restoration(
    way="create",
    call=Call(
        "cloudwatch",
        "put_metric_alarm",
        **_ALARM,
        **same("InsufficientDataActions", "MetricName", "Namespace", "Statistic", "Dimensions"),
        **same("ExtendedStatistic", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm"),
        **same("Threshold", "ComparisonOperator", "TreatMissingData", "Metrics"),
        **same("EvaluateLowSampleCountPercentile", "ThresholdMetricId"),
        Tags=PAIRS,
    ),
    instead={
        "AlarmRule": Call(
            "cloudwatch",
            "put_composite_alarm",
            **_ALARM,
            **same("InsufficientDataActions", "AlarmRule", "ActionsSuppressor"),
            **same("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"),
            Tags=PAIRS,
        )
    },
    keeps_id=True,
    lost="Its history.",
)
BUS = Restoration(
    way="create",
    call=Call(
        "events",
        "create_event_bus",
        **same("Name", "Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    then=(
        Follow(
            Call("events", "put_permission", EventBusName="{Name}", Policy="{Policy}"),
            when="Policy",
        ),
    ),
    lost="Its archives and rules, which went before it.",
)
RULE = Restoration(
    way="create",
    call=Call(
        "events",
        "put_rule",
        **same("Name", "ScheduleExpression", "EventPattern", "State", "Description"),
        **same("RoleArn", "EventBusName"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    then=(
        Follow(
            Call(
                "events",
                "put_targets",
                Rule="{Name}",
                EventBusName="{EventBusName}",
                Targets=["{each}"],
            ),
            each="Targets[]",
        ),
    ),
    lost="The events that it would have matched meanwhile.",
)
ARCHIVE = Restoration(
    way="create",
    call=Call(
        "events",
        "create_archive",
        **same("ArchiveName", "EventSourceArn", "Description", "EventPattern", "RetentionDays"),
        **same("KmsKeyIdentifier"),
    ),
    keeps_id=True,
    lost="The events in it.",
)
SCHEDULE = Restoration(
    way="create",
    call=Call(
        "scheduler",
        "create_schedule",
        **same("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone"),
        **same("StartDate", "EndDate", "Description", "State", "KmsKeyArn", "Target"),
        **same("FlexibleTimeWindow", "ActionAfterCompletion"),
        ClientToken=TOKEN,
    ),
    keeps_id=True,
    lost="What it would have started meanwhile.",
)
STATE_MACHINE = Restoration(
    way="create",
    call=Call(
        "stepfunctions",
        "create_state_machine",
        **same("name", "definition", "roleArn", "type", "loggingConfiguration"),
        **same("tracingConfiguration", "encryptionConfiguration"),
        tags=LOWER,
    ),
    keeps_id=True,
    lost="Its executions, versions and aliases.",
)
ACTIVITY = Restoration(
    way="create",
    call=Call(
        "stepfunctions",
        "create_activity",
        **same("name", "encryptionConfiguration"),
        tags=LOWER,
    ),
    keeps_id=True,
    lost="Nothing.",
)
PIPE = Restoration(
    way="create",
    call=Call(
        "pipes",
        "create_pipe",
        **same("Name", "Description", "DesiredState", "Source", "SourceParameters"),
        **same("Enrichment", "EnrichmentParameters", "Target", "TargetParameters", "RoleArn"),
        **same("LogConfiguration", "KmsKeyIdentifier"),
        Tags=MAP,
    ),
    keeps_id=True,
    lost="Where it was in its source.",
)
STREAM = Restoration(
    way="create",
    call=Call(
        "kinesis",
        "create_stream",
        **same("StreamName", "StreamModeDetails"),
        ShardCount="{StreamModeDetails.StreamMode != 'ON_DEMAND' && OpenShardCount || `null`}",
        Tags=MAP,
    ),
    keeps_id=True,
    ready="StreamStatus == 'ACTIVE'",
    then=(
        Follow(
            Call(
                "kinesis",
                "increase_stream_retention_period",
                **same("StreamName", "RetentionPeriodHours"),
            ),
            when="RetentionPeriodHours > `24`",
            # AWS refuses a period that is no longer than the present one.
            done=("InvalidArgumentException",),
        ),
        Follow(
            Call(
                "kinesis",
                "start_stream_encryption",
                **same("StreamName", "EncryptionType", "KeyId"),
            ),
            when="EncryptionType == 'KMS'",
        ),
    ),
    lost="Its records and consumers.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_sqs_queue": QUEUE,
    "aws_sns_topic": TOPIC,
    "aws_sns_subscription": SUBSCRIPTION,
    "aws_cloudwatch_log_group": LOG_GROUP,
    "aws_cloudwatch_metric_filter": METRIC_FILTER,
    "aws_cloudwatch_alarm": ALARM,
    "aws_eventbridge_event_bus": BUS,
    "aws_eventbridge_rule": RULE,
    "aws_eventbridge_archive": ARCHIVE,
    "aws_scheduler_schedule": SCHEDULE,
    "aws_stepfunctions_state_machine": STATE_MACHINE,
    "aws_sfn_activity": ACTIVITY,
    "aws_pipes_pipe": PIPE,
    "aws_kinesis_stream": STREAM,
}
