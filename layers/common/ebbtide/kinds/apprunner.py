"""App Runner services."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_TAGS = Detail(
    Call("apprunner", "list_tags_for_resource", "Tags[]", ResourceArn="{ServiceArn}"), into="Tags"
)

_SOURCE = "SourceConfiguration"

_RELATIONS = (
    Relation(
        "InstanceConfiguration.InstanceRoleArn", "aws_iam_role", by="arn", deleted_before=True
    ),
    Relation(
        f"{_SOURCE}.AuthenticationConfiguration.AccessRoleArn",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"{_SOURCE}.ImageRepository.ImageIdentifier",
        "aws_ecr_repository",
        by="name",
        deleted_before=True,
        pattern=r"^\d+\.dkr[.-]ecr[^/]*/([^:@]+)",
        other=r"^(?!\d+\.dkr)",
    ),
    Relation("EncryptionConfiguration.KmsKey", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "[SourceConfiguration.[ImageRepository.ImageConfiguration, CodeRepository"
        ".CodeConfiguration.CodeConfigurationValues][].RuntimeEnvironmentSecrets.*][][]",
        "aws_secretsmanager_secret",
        pattern=r"^(arn:[^:]+:secretsmanager:[^:]+:\d+:secret:[^:]+)",
        strength="needed",
        why="its next deployment would fail",
    ),
    Relation(
        "[SourceConfiguration.[ImageRepository.ImageConfiguration, CodeRepository"
        ".CodeConfiguration.CodeConfigurationValues][].RuntimeEnvironmentSecrets.*][][]",
        "aws_ssm_parameter",
        by="arn",
        pattern=r"^(arn:[^:]+:ssm:.+)$",
        strength="needed",
        why="its next deployment would fail",
    ),
)

SERVICE = Kind(
    name="aws_apprunner_service",
    list=Call("apprunner", "list_services", "ServiceSummaryList[]"),
    get=Call("apprunner", "describe_service", "Service", ServiceArn="{id}"),
    details=(
        Detail(
            Call("apprunner", "describe_service", "Service", ServiceArn="{ServiceArn}"),
            describes=True,
        ),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="ServiceArn",
    label="ServiceName",
    arn="ServiceArn",
    created="CreatedAt",
    relations=_RELATIONS,
    ended="Status == 'DELETED'",
    last_use=LastUse(
        metrics=(
            UseMetric(
                "AWS/AppRunner",
                "Requests",
                {"ServiceName": "{ServiceName}", "ServiceID": "{ServiceId}"},
            ),
        )
    ),
    fingerprint=("ServiceArn", "CreatedAt", "Status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("apprunner", "delete_service", ServiceArn="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("InvalidStateException",),
        failed="Status == 'DELETE_FAILED'",
        usual=300,
        note="Its URL is lost for good; custom domains then point nowhere.",
    ),
)
