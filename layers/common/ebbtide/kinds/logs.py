"""CloudWatch log groups and their metric filters."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Detail, Kind, LastUse, NeverDelete, Relation, UseMetric

_TAGS = Detail(
    Call(
        "logs",
        "list_tags_for_resource",
        "tags",
        # The group's own `arn` ends in :*, which this call does not accept.
        resourceArn="arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}",
    ),
    into="tags",
)

LOG_GROUP = Kind(
    name="aws_cloudwatch_log_group",
    list=Call("logs", "describe_log_groups", "logGroups[]"),
    get=Call("logs", "describe_log_groups", "logGroups[]", logGroupNamePrefix="{id}"),
    details=(_TAGS,),
    id="logGroupName",
    label="logGroupName",
    arn="arn:{partition}:logs:{region}:{account}:log-group:{id}",
    tags="tags",
    created="creationTime",
    relations=(Relation("kmsKeyId", "aws_kms_key", by="arn", deleted_before=True),),
    last_use=LastUse(
        metrics=(UseMetric("AWS/Logs", "IncomingBytes", {"LogGroupName": "{logGroupName}"}),)
    ),
    volatile=("storedBytes",),
    never_delete=(
        NeverDelete("deletionProtectionEnabled", "its deletion protection is on", "logs:LogGroup"),
    ),
    fingerprint=("creationTime", "logGroupClass"),
    delete=Delete(
        Call("logs", "delete_log_group", logGroupName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("OperationAbortedException",),
        refused=("ValidationException",),
        note="The log events are lost; whoever still writes creates the group again.",
    ),
)

METRIC_FILTER = Kind(
    name="aws_cloudwatch_metric_filter",
    list=Call("logs", "describe_metric_filters", "metricFilters[]"),
    # By its name alone AWS does not find a filter, and a filter's id cannot be taken apart.
    get=Call("logs", "describe_metric_filters", "metricFilters[]"),
    id="join(':', [logGroupName, filterName])",
    label="filterName",
    tags=None,
    created="creationTime",
    # It goes with its group, yet it can be deleted without it, so that it is not called owned.
    relations=(Relation("logGroupName", "aws_cloudwatch_log_group", reverse=True),),
    fingerprint=("creationTime", "filterPattern", "metricTransformations"),
    delete=Delete(
        Call(
            "logs", "delete_metric_filter", logGroupName="{logGroupName}", filterName="{filterName}"
        ),
        gone=("ResourceNotFoundException",),
        blocked=("OperationAbortedException",),
        note="The metrics that it made stay until they expire.",
    ),
    aliases={"metric": "metric_transformations[].join('/', [metric_namespace, metric_name])"},
)
