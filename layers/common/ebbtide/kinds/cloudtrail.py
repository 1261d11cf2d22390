"""CloudTrail trails, each read in its home region."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.kind import Kind, Relation

_RELATIONS = (
    Relation("S3BucketName", "aws_s3_bucket", deleted_before=True),
    Relation("SnsTopicARN", "aws_sns_topic", deleted_before=True),
    Relation(
        "CloudWatchLogsLogGroupArn",
        "aws_cloudwatch_log_group",
        deleted_before=True,
        pattern=r":log-group:([^:]+)",
    ),
    Relation("CloudWatchLogsRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "EventSelectors.EventSelectors[].DataResources[].Values[]",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
        strength="watches",
        why="it logs the calls of the function",
    ),
    Relation(
        "EventSelectors.EventSelectors[].DataResources[].Values[]",
        "aws_s3_bucket",
        pattern=r"^arn:[^:]+:s3:::([^/]+)",
        strength="watches",
        why="it logs the access to the bucket",
    ),
)

_TAGS = (
    Detail(
        Call("cloudtrail", "list_tags", "ResourceTagList[]", ResourceIdList=["{TrailARN}"]),
        into="Tags",
        batch=20,
        match=("ResourceId", "TrailARN"),
        take="TagsList",
    ),
    Detail(
        Call("cloudtrail", "get_event_selectors", TrailName="{TrailARN}"), into="EventSelectors"
    ),
)

TRAIL = Kind(
    name="aws_cloud_trail",
    list=Call("cloudtrail", "describe_trails", "trailList[]", includeShadowTrails=False),
    get=Call(
        "cloudtrail",
        "describe_trails",
        "trailList[]",
        trailNameList=["{id}"],
        includeShadowTrails=False,
    ),
    details=_TAGS,
    id="TrailARN",
    label="Name",
    arn="TrailARN",
    relations=_RELATIONS,
    never_delete=(
        NeverDelete(
            "IsOrganizationTrail",
            "it logs for the whole organization",
            "cloudtrail:Trail",
        ),
        NeverDelete("starts_with(Name, 'aws-controltower-')", "AWS Control Tower manages it"),
    ),
    guardrail=Guardrail("it records who did what"),
    fingerprint=("TrailARN", "HomeRegion", "S3BucketName"),
    delete=Delete(
        Call("cloudtrail", "delete_trail", Name="{name}"),
        gone=("TrailNotFoundException",),
        blocked=("ConflictException",),
        refused=(
            "InvalidHomeRegionException",
            "NotOrganizationMasterAccountException",
            "InsufficientDependencyServiceAccessPermissionException",
            "OperationNotPermittedException",
        ),
        note="Logging stops; existing logs in the bucket stay.",
    ),
)
