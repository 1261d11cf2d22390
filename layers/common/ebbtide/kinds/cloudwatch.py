"""CloudWatch alarms, metric and composite, and dashboards."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_METRIC: Decision = {
    "strength": "watches",
    "why": "the alarm reads a metric, and nothing depends on the alarm",
}

_TYPES = ["MetricAlarm", "CompositeAlarm"]

# The metrics that an alarm watches: one, or several combined in an expression.
_DIMENSIONS = "[Dimensions, Metrics[].MetricStat.Metric.Dimensions[]][]"
_METRICS = "[[@], Metrics[].MetricStat.Metric][] | [?Namespace && MetricName]"
_ACTIONS = "[AlarmActions, OKActions, InsufficientDataActions][]"

_WATCHED = (
    Relation(
        f"{_DIMENSIONS} | [?Name == 'InstanceId'].Value",
        "aws_ec2_instance",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'VolumeId'].Value", "aws_ec2_volume", reverse=True, **_METRIC
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'AutoScalingGroupName'].Value",
        "aws_autoscaling_group",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'LoadBalancerName'].Value", "aws_elb", reverse=True, **_METRIC
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'LoadBalancer'].Value",
        "aws_alb",
        reverse=True,
        pattern=r"^(?:app|net|gwy)/([^/]+)/",
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'TargetGroup'].Value",
        "aws_alb_target_group",
        reverse=True,
        pattern=r"^targetgroup/([^/]+)/",
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'NatGatewayId'].Value",
        "aws_ec2_nat_gateway",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'DBInstanceIdentifier'].Value",
        "aws_rds_instance",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'DBClusterIdentifier'].Value",
        "aws_rds_cluster",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'TableName'].Value",
        "aws_dynamodb_table",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'CacheClusterId'].Value",
        "aws_elasticache_cache_cluster",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'FunctionName'].Value",
        "aws_lambda_function",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'QueueName'].Value",
        "aws_sqs_queue",
        by="name",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'TopicName'].Value",
        "aws_sns_topic",
        by="name",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'StreamName'].Value",
        "aws_kinesis_stream",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'BucketName'].Value", "aws_s3_bucket", reverse=True, **_METRIC
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'LogGroupName'].Value",
        "aws_cloudwatch_log_group",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'FileSystemId'].Value",
        "aws_efs_file_system",
        reverse=True,
        **_METRIC,
    ),
    Relation(
        f"{_DIMENSIONS} | [?Name == 'DistributionId'].Value",
        "aws_cloudfront_distribution",
        reverse=True,
        **_METRIC,
    ),
    # Metric filters never write to AWS's own namespaces.
    Relation(
        f"{_METRICS}.join('/', [Namespace, MetricName])",
        "aws_cloudwatch_metric_filter",
        by="metric",
        reverse=True,
        pattern=r"^((?!AWS/).+)$",
        other="^AWS/",
        strength="needed",
        why="the alarm would get no data and never fire",
    ),
)

_RELATIONS = (
    *_WATCHED,
    Relation(
        _ACTIONS,
        "aws_sns_topic",
        pattern=r"^(arn:[^:]+:sns:.+)$",
        strength="needed",
        why="the alarm could notify nobody",
    ),
    # An action may name a version or an alias of a function.
    Relation(
        _ACTIONS,
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
        strength="needed",
        why="the alarm would trigger nothing",
    ),
    Relation(
        _ACTIONS,
        "aws_autoscaling_group",
        pattern=r":autoScalingGroupName/([^:]+):",
        strength="watches",
        why="the alarm exists for the group, which it scales",
    ),
    # A composite alarm names other alarms in the text of its rule, by name or by ARN.
    Relation(
        "AlarmRule",
        "aws_cloudwatch_alarm",
        by="name",
        deleted_before=True,
        pattern=r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"'():]+?)[\"']?\s*\)",
        other="^(?:TRUE|FALSE)$",
    ),
    Relation(
        "AlarmRule",
        "aws_cloudwatch_alarm",
        by="arn",
        deleted_before=True,
        pattern=r"(arn:[^\"'()]+?)[\"']?\s*\)",
        other="^(?:TRUE|FALSE)$",
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

DASHBOARD = Kind(
    name="aws_cloudwatch_dashboard",
    # Every region returns all dashboards of the account.
    scope="global",
    list=Call("cloudwatch", "list_dashboards", "DashboardEntries[]"),
    get=Call("cloudwatch", "list_dashboards", "DashboardEntries[]", DashboardNamePrefix="{id}"),
    details=(
        Detail(
            Call("cloudwatch", "list_tags_for_resource", "Tags[]", ResourceARN="{DashboardArn}"),
            into="Tags",
        ),
    ),
    id="DashboardName",
    label="DashboardName",
    arn="DashboardArn",
    fingerprint=("DashboardArn", "LastModified"),
    delete=Delete(
        Call("cloudwatch", "delete_dashboards", DashboardNames=["{id}"]),
        gone=("ResourceNotFound", "DashboardNotFoundError"),
        blocked=("ConflictException",),
        note="Its widgets are lost for good.",
    ),
)
