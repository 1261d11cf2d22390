"""CloudWatch log groups."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Keep, Kind, Relation

LOG_GROUP = Kind(
    name="aws_cloudwatch_log_group",
    list=Call("logs", "describe_log_groups", "logGroups[]"),
    get=Call("logs", "describe_log_groups", "logGroups[]", logGroupNamePrefix="{id}"),
    details=(
        Detail(
            Call(
                "logs",
                "list_tags_for_resource",
                "tags",
                # The group's own `arn` ends in :*, which this call does not accept.
                resourceArn="arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}",
            ),
            into="tags",
        ),
    ),
    id="logGroupName",
    label="logGroupName",
    arn="arn:{partition}:logs:{region}:{account}:log-group:{id}",
    tags="tags",
    created="creationTime",
    relations=(Relation("kmsKeyId", "aws_kms_key", by="arn", deleted_before=True),),
    volatile=("storedBytes",),
    keep=(Keep("deletionProtectionEnabled", "its deletion protection is on"),),
    fingerprint=("creationTime", "logGroupClass"),
    delete=Delete(
        Call("logs", "delete_log_group", logGroupName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("OperationAbortedException",),
        refused=("ValidationException",),
        note="The log events are lost; whoever still writes creates the group again.",
    ),
)
