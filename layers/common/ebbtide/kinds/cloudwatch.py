"""CloudWatch alarms, metric and composite."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Kind, Relation

_TYPES = ["MetricAlarm", "CompositeAlarm"]

_RELATIONS = (
    Relation("Dimensions[?Name == 'InstanceId'].Value", "aws_ec2_instance", reverse=True),
    # A composite alarm names others in the text of its rule, bare or as ARN.
    Relation(
        "AlarmRule",
        "aws_cloudwatch_alarm",
        by="name",
        deleted_before=True,
        pattern=r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"'():]+?)[\"']?\s*\)",
    ),
    Relation(
        "AlarmRule",
        "aws_cloudwatch_alarm",
        by="arn",
        deleted_before=True,
        pattern=r"(arn:[^\"'()]+?)[\"']?\s*\)",
    ),
)

ALARM = Kind(
    name="aws_cloudwatch_alarm",
    list=Call(
        "cloudwatch", "describe_alarms", "[MetricAlarms, CompositeAlarms][]", AlarmTypes=_TYPES
    ),
    get=Call(
        "cloudwatch",
        "describe_alarms",
        "[MetricAlarms, CompositeAlarms][]",
        AlarmNames=["{id}"],
        AlarmTypes=_TYPES,
    ),
    details=(
        Detail(
            Call("cloudwatch", "list_tags_for_resource", "Tags[]", ResourceARN="{AlarmArn}"),
            into="Tags",
        ),
    ),
    id="AlarmName",
    label="AlarmName",
    arn="AlarmArn",
    relations=_RELATIONS,
    volatile=(
        "StateValue",
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "EvaluationState",
    ),
    fingerprint=("AlarmArn", "AlarmConfigurationUpdatedTimestamp"),
    delete=Delete(
        Call("cloudwatch", "delete_alarms", AlarmNames=["{id}"]),
        gone=("ResourceNotFound", "ResourceNotFoundException"),
        blocked=("ResourceConflict",),
    ),
)
