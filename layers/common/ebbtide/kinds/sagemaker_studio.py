"""SageMaker Studio: domains, user profiles and spaces."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.kinds.sagemaker import BUCKET, TAGS
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_DEFAULTS = "[DefaultUserSettings, DefaultSpaceSettings]"
_APP_SETTINGS = "[JupyterServerAppSettings, JupyterLabAppSettings]"
_IMAGE_SETTINGS = "[KernelGatewayAppSettings, JupyterLabAppSettings]"

_DOMAIN_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"[SecurityGroupIdForDomainBoundary, DomainSettings.SecurityGroupIds,"
        f" {_DEFAULTS}[].SecurityGroups[]][]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"[{_DEFAULTS}[].ExecutionRole,"
        " DomainSettings.RStudioServerProDomainSettings.DomainExecutionRoleArn][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "[KmsKeyId, DefaultUserSettings.SharingSettings.S3KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "DefaultUserSettings.[SharingSettings.S3OutputPath,"
        " CanvasAppSettings.WorkspaceSettings.S3ArtifactPath]",
        "aws_s3_bucket",
        pattern=BUCKET,
        strength="needed",
        why="the users of the domain could not share or save their work",
    ),
    Relation("HomeEfsFileSystemId", "aws_efs_file_system", deleted_before=True),
    Relation(
        f"{_DEFAULTS}[].{_IMAGE_SETTINGS}[].CustomImages[].ImageName",
        "aws_sagemaker_image",
        deleted_before=True,
    ),
    Relation(
        f"{_DEFAULTS}[].{_APP_SETTINGS}[].CodeRepositories[].RepositoryUrl",
        "aws_sagemaker_code_repository",
        by="url",
        reverse=True,
        strength="watches",
        why="the domain names the URL, not the entry in SageMaker",
    ),
)

DOMAIN = Kind(
    name="aws_sagemaker_domain",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_domains", "Domains[]", MaxResults=100),
    get=Call("sagemaker", "describe_domain", DomainId="{id}"),
    details=(
        Detail(Call("sagemaker", "describe_domain", DomainId="{DomainId}"), describes=True),
        TAGS,
    ),
    get_details=(TAGS,),
    id="DomainId",
    label="DomainName",
    arn="DomainArn",
    created="CreationTime",
    relations=_DOMAIN_RELATIONS,
    never_delete=(
        NeverDelete(
            "DomainSettings.UnifiedStudioSettings.DomainId",
            "it belongs to a project of SageMaker Unified Studio",
        ),
    ),
    fingerprint=("DomainArn", "CreationTime", "Status"),
    sources={"usual": "ours"},
    delete=Delete(
        # Without a retention policy, AWS keeps the file system.
        Call("sagemaker", "delete_domain", DomainId="{id}"),
        gone=("ResourceNotFound",),
        blocked=("ResourceInUse",),
        failed="Status == 'Delete_Failed'",
        why="FailureReason",
        usual=600,
        note="The file system with the home directories stays and still incurs costs.",
    ),
)

_PROFILE_RELATIONS = (
    Relation("DomainId", "aws_sagemaker_domain", reverse=True, deleted_before=True, part="plain"),
    Relation(
        "UserSettings.SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation("UserSettings.ExecutionRole", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "UserSettings.CustomFileSystemConfigs[].EFSFileSystemConfig.FileSystemId",
        "aws_efs_file_system",
        strength="needed",
        why="its apps could not mount it",
    ),
    Relation(
        "UserSettings.CanvasAppSettings.[TimeSeriesForecastingSettings.AmazonForecastRoleArn,"
        " ModelRegisterSettings.CrossAccountModelRegisterRoleArn, GenerativeAiSettings"
        ".AmazonBedrockRoleArn, EmrServerlessSettings.ExecutionRoleArn]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "UserSettings.[SharingSettings.S3KmsKeyId, CanvasAppSettings.WorkspaceSettings.S3KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
)

_PROFILE_DELETE = Delete(
    Call(
        "sagemaker",
        "delete_user_profile",
        DomainId="{domainId}",
        UserProfileName="{UserProfileName}",
    ),
    gone=("ResourceNotFound",),
    blocked=("ResourceInUse",),
    failed="Status == 'Delete_Failed'",
    why="FailureReason",
    note="The user's home directory stays on the file system, where the user cannot reach it.",
)

USER_PROFILE = Kind(
    name="aws_sagemaker_user_profile",
    bases=("ai_resource",),
    each="aws_sagemaker_domain",
    inherit={"domainId": "DomainId"},
    id_parts=r"(?P<domainId>[^/]+)/.+",
    list=Call(
        "sagemaker",
        "list_user_profiles",
        "UserProfiles[]",
        DomainIdEquals="{DomainId}",
        MaxResults=100,
    ),
    get=Call("sagemaker", "describe_user_profile", DomainId="{domainId}", UserProfileName="{name}"),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_user_profile",
                DomainId="{domainId}",
                UserProfileName="{UserProfileName}",
            ),
            describes=True,
        ),
        TAGS,
    ),
    get_details=(TAGS,),
    id="join('/', [domainId, UserProfileName])",
    label="UserProfileName",
    arn="UserProfileArn",
    created="CreationTime",
    relations=_PROFILE_RELATIONS,
    fingerprint=("UserProfileArn", "CreationTime", "Status"),
    delete=_PROFILE_DELETE,
)

_SPACE_RELATIONS = (
    Relation("DomainId", "aws_sagemaker_domain", reverse=True, deleted_before=True, part="data"),
    Relation(
        "[@][?OwnershipSettings.OwnerUserProfileName]"
        ".join('/', [DomainId, OwnershipSettings.OwnerUserProfileName])",
        "aws_sagemaker_user_profile",
        reverse=True,
        deleted_before=True,
        part="data",
    ),
)

_SPACE_DELETE = Delete(
    Call("sagemaker", "delete_space", DomainId="{domainId}", SpaceName="{SpaceName}"),
    gone=("ResourceNotFound",),
    blocked=("ResourceInUse",),
    failed="Status == 'Delete_Failed'",
    why="FailureReason",
    note="Its own storage volume is lost.",
)

SPACE = Kind(
    name="aws_sagemaker_space",
    bases=("ai_resource",),
    each="aws_sagemaker_domain",
    inherit={"domainId": "DomainId"},
    id_parts=r"(?P<domainId>[^/]+)/.+",
    list=Call("sagemaker", "list_spaces", "Spaces[]", DomainIdEquals="{DomainId}", MaxResults=100),
    get=Call("sagemaker", "describe_space", DomainId="{domainId}", SpaceName="{name}"),
    details=(
        Detail(
            Call("sagemaker", "describe_space", DomainId="{domainId}", SpaceName="{SpaceName}"),
            describes=True,
        ),
        TAGS,
    ),
    get_details=(TAGS,),
    id="join('/', [domainId, SpaceName])",
    label="SpaceName",
    arn="SpaceArn",
    created="CreationTime",
    relations=_SPACE_RELATIONS,
    fingerprint=("SpaceArn", "CreationTime", "Status"),
    delete=_SPACE_DELETE,
)
