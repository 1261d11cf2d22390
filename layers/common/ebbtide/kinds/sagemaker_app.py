"""SageMaker Studio: the apps of users and spaces."""

from __future__ import annotations

from ebbtide.kinds.sagemaker import TAGS
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_APP_DETAILS = (
    Detail(
        Call(
            "sagemaker",
            "describe_app",
            DomainId="{domainId}",
            UserProfileName="{UserProfileName}",
            SpaceName="{SpaceName}",
            AppType="{AppType}",
            AppName="{AppName}",
        ),
        describes=True,
    ),
    TAGS,
)

_APP_RELATIONS = (
    Relation("DomainId", "aws_sagemaker_domain", reverse=True, deleted_before=True, part="plain"),
    Relation(
        "[@][?UserProfileName].join('/', [DomainId, UserProfileName])",
        "aws_sagemaker_user_profile",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation(
        "[@][?SpaceName].join('/', [DomainId, SpaceName])",
        "aws_sagemaker_space",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation(
        "ResourceSpec.SageMakerImageArn", "aws_sagemaker_image", by="arn", deleted_before=True
    ),
)

_APP_DELETE = Delete(
    Call(
        "sagemaker",
        "delete_app",
        DomainId="{domainId}",
        UserProfileName="{UserProfileName}",
        SpaceName="{SpaceName}",
        AppType="{AppType}",
        AppName="{AppName}",
    ),
    gone=("ResourceNotFound",),
    blocked=("ResourceInUse",),
    usual=600,
    note="Its processes stop; files in the home directory or on the space's volume stay.",
)

# A user profile and a space may have the same name.
_APP_ID = (
    "join('/', [domainId, UserProfileName && 'user-profile' || 'space',"
    " UserProfileName || SpaceName, AppType, AppName])"
)

APP = Kind(
    name="aws_sagemaker_app",
    bases=("ai_resource",),
    each="aws_sagemaker_domain",
    inherit={"domainId": "DomainId"},
    id_parts=r"(?P<domainId>[^/]+)/.+",
    # AWS still lists an app for a day after its deletion.
    list=Call(
        "sagemaker",
        "list_apps",
        "Apps[?Status != 'Deleted'][]",
        DomainIdEquals="{DomainId}",
        MaxResults=100,
    ),
    get=Call(
        "sagemaker",
        "list_apps",
        "Apps[?Status != 'Deleted'][]",
        DomainIdEquals="{domainId}",
        MaxResults=100,
    ),
    details=_APP_DETAILS,
    id=_APP_ID,
    label="AppName",
    arn="AppArn",
    created="CreationTime",
    relations=_APP_RELATIONS,
    volatile=("LastHealthCheckTimestamp", "LastUserActivityTimestamp"),
    fingerprint=("AppArn", "CreationTime", "Status"),
    sources={"usual": "ours"},
    delete=_APP_DELETE,
)
