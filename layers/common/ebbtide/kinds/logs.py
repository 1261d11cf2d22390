"""CloudWatch log groups and their metric filters."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_TAGS = Detail(
    Call(
        "logs",
        "list_tags_for_resource",
        "tags",
        # The `arn` of a log group ends in :*, which this call does not accept.
        resourceArn="arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}",
    ),
    into="tags",
)

_FILTERS = Detail(
    Call(
        "logs",
        "describe_subscription_filters",
        "subscriptionFilters[]",
        logGroupName="{logGroupName}",
    ),
    into="SubscriptionFilters",
    # The other classes of log groups have no subscription filters.
    when="!logGroupClass || logGroupClass == 'STANDARD'",
)
_RELATIONS = (
    Relation("kmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        "SubscriptionFilters[].destinationArn",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        strength="needed",
        why="its events would reach nobody",
    ),
    Relation(
        "SubscriptionFilters[].destinationArn",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        strength="needed",
        why="its events would reach nobody",
    ),
    Relation(
        "SubscriptionFilters[].destinationArn",
        "aws_kinesis_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:kinesis:.+)$",
        strength="needed",
        why="its events would reach nobody",
    ),
    Relation("SubscriptionFilters[].roleArn", "aws_iam_role", by="arn", deleted_before=True),
)

LOG_GROUP = Kind(
    name="aws_cloudwatch_log_group",
    list=Call("logs", "describe_log_groups", "logGroups[]"),
    get=Call("logs", "describe_log_groups", "logGroups[]", logGroupNamePrefix="{id}"),
    details=(_TAGS, _FILTERS),
    id="logGroupName",
    label="logGroupName",
    arn="arn:{partition}:logs:{region}:{account}:log-group:{id}",
    tags="tags",
    created="creationTime",
    relations=_RELATIONS,
    last_use=LastUse(
        metrics=(UseMetric("AWS/Logs", "IncomingBytes", {"LogGroupName": "{logGroupName}"}),)
    ),
    volatile=("storedBytes",),
    never_delete=(
        NeverDelete(
            "deletionProtectionEnabled",
            "its deletion protection is on",
            "logs:LogGroup",
            protects=True,
        ),
    ),
    fingerprint=("creationTime", "logGroupClass"),
    delete=Delete(
        Call("logs", "delete_log_group", logGroupName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("OperationAbortedException",),
        refused=("ValidationException",),
        note="Its log events are lost; services that still write to it create it again.",
    ),
)

METRIC_FILTER = Kind(
    name="aws_cloudwatch_metric_filter",
    list=Call("logs", "describe_metric_filters", "metricFilters[]"),
    # AWS does not find a filter by name alone, and the id of a filter cannot be split.
    get=Call("logs", "describe_metric_filters", "metricFilters[]"),
    id="join(':', [logGroupName, filterName])",
    label="filterName",
    tags=None,
    created="creationTime",
    # AWS deletes it with its log group, but it is not owned: it can also be deleted alone.
    relations=(
        Relation(
            "logGroupName",
            "aws_cloudwatch_log_group",
            reverse=True,
            strength="watches",
            why="the filter only counts what is logged, and goes with the group",
        ),
    ),
    fingerprint=("creationTime", "filterPattern", "metricTransformations"),
    delete=Delete(
        Call(
            "logs", "delete_metric_filter", logGroupName="{logGroupName}", filterName="{filterName}"
        ),
        gone=("ResourceNotFoundException",),
        blocked=("OperationAbortedException",),
        note="Metrics that it created stay until they expire.",
    ),
    aliases={"metric": "metric_transformations[].join('/', [metric_namespace, metric_name])"},
)
