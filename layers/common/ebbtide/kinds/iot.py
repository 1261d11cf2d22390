"""Rules of AWS IoT, which send messages of devices to other services."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(
    Call("iot", "list_tags_for_resource", "tags[]", resourceArn="{ruleArn}"), into="tags"
)
_RULE = Detail(Call("iot", "get_topic_rule", "rule", ruleName="{ruleName}"), into="rule")

# Whatever is done with a message, and what is done if that fails.
_ACTIONS = "[rule.actions, rule.errorAction][]"
_ROLES = (
    f"{_ACTIONS}.["
    "dynamoDB, dynamoDBv2, sns, sqs, kinesis, republish, s3, firehose, "
    "cloudwatchMetric, cloudwatchAlarm, cloudwatchLogs, elasticsearch, iotAnalytics, "
    "iotEvents, iotSiteWise, stepFunctions, timestream, openSearch, location, "
    "influxDB"
    "][].roleArn"
)
_WHY = "its messages would be lost"

_RELATIONS = (
    Relation(_ROLES, "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"{_ACTIONS}.lambda.functionArn",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        strength="needed",
        why=_WHY,
    ),
    Relation(f"{_ACTIONS}.sns.targetArn", "aws_sns_topic", by="arn", strength="needed", why=_WHY),
    Relation(f"{_ACTIONS}.sqs.queueUrl", "aws_sqs_queue", strength="needed", why=_WHY),
    Relation(
        f"{_ACTIONS}.kinesis.streamName",
        "aws_kinesis_stream",
        by="name",
        strength="needed",
        why=_WHY,
    ),
    Relation(
        f"{_ACTIONS}.firehose.deliveryStreamName",
        "aws_firehose_delivery_stream",
        strength="needed",
        why=_WHY,
    ),
    Relation(f"{_ACTIONS}.s3.bucketName", "aws_s3_bucket", strength="needed", why=_WHY),
    Relation(f"{_ACTIONS}.dynamoDB.tableName", "aws_dynamodb_table", strength="needed", why=_WHY),
    Relation(
        f"{_ACTIONS}.dynamoDBv2.putItem.tableName",
        "aws_dynamodb_table",
        strength="needed",
        why=_WHY,
    ),
    Relation(
        f"{_ACTIONS}.cloudwatchLogs.logGroupName",
        "aws_cloudwatch_log_group",
        strength="needed",
        why=_WHY,
    ),
    Relation(
        f"{_ACTIONS}.cloudwatchAlarm.alarmName",
        "aws_cloudwatch_alarm",
        by="name",
        strength="needed",
        why="it could not set the alarm",
    ),
    Relation(
        f"{_ACTIONS}.stepFunctions.stateMachineName",
        "aws_stepfunctions_state_machine",
        by="name",
        strength="needed",
        why=_WHY,
    ),
)

TOPIC_RULE = Kind(
    name="aws_iot_topic_rule",
    list=Call("iot", "list_topic_rules", "rules[]"),
    # AWS answers that reading is unauthorized for a rule that no longer exists.
    get=Call("iot", "list_topic_rules", "rules[]"),
    details=(_RULE, _TAGS),
    id="ruleName",
    label="ruleName",
    arn="ruleArn",
    tags="tags",
    created="createdAt",
    relations=_RELATIONS,
    fingerprint=("ruleArn", "createdAt", "rule"),
    sources={"fingerprint": "iot:GetTopicRule"},
    delete=Delete(
        Call("iot", "delete_topic_rule", ruleName="{id}"),
        blocked=("ConflictingResourceUpdateException",),
        note="Messages of devices are no longer processed by it.",
    ),
)
