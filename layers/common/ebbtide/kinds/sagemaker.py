"""SageMaker notebook instances, code repositories, images, pipelines, projects and work teams."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Decision, Kind, LastUse, Relation

MADE_BY: Decision = {"strength": "history", "why": "it only says how the resource was made"}
_NO_MEMBERS: Decision = {"strength": "needed", "why": "members of the team could not sign in"}

# SageMaker names its inputs and outputs as s3://bucket/prefix.
BUCKET = r"s3://([^/]+)"
# SageMaker answers ValidationException both for a missing resource and for one in a state that does
# not allow the deletion. Resources are therefore read again from lists, which do not raise it.
INVALID = "ValidationException"
TAGS = Detail(Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"), into="Tags")

_NOTEBOOK_DETAILS = (
    Detail(
        Call(
            "sagemaker",
            "describe_notebook_instance",
            NotebookInstanceName="{NotebookInstanceName}",
        ),
        describes=True,
    ),
    TAGS,
)

_REPOSITORIES = "[DefaultCodeRepository, AdditionalCodeRepositories][]"
_NOTEBOOK_RELATIONS = (
    Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    # AWS deletes the interface together with the notebook instance.
    Relation(
        "NetworkInterfaceId",
        "aws_ec2_network_interface",
        owns=True,
        source="sagemaker:DeleteNotebookInstance",
    ),
    # A repository is referred to by its name in SageMaker or by its URL.
    Relation(
        _REPOSITORIES,
        "aws_sagemaker_code_repository",
        reverse=True,
        pattern=r"^([A-Za-z0-9-]+)$",
        strength="needed",
        why="the notebook could not open the repository at its next start",
    ),
    Relation(
        _REPOSITORIES,
        "aws_sagemaker_code_repository",
        by="url",
        reverse=True,
        pattern=r"^(https://.+)$",
        strength="watches",
        why="the notebook names the URL, not the entry in SageMaker",
    ),
)

_STOP = Prepare(
    Call("sagemaker", "stop_notebook_instance", NotebookInstanceName="{id}"),
    when="NotebookInstanceStatus == 'InService'",
    undo=Call("sagemaker", "start_notebook_instance", NotebookInstanceName="{id}"),
    until='contains(`["Stopped", "Failed"]`, NotebookInstanceStatus)',
    source="sagemaker:DeleteNotebookInstance",
)

NOTEBOOK = Kind(
    name="aws_sagemaker_notebook",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_notebook_instances", "NotebookInstances[]", MaxResults=100),
    get=Call(
        "sagemaker",
        "list_notebook_instances",
        "NotebookInstances[]",
        NameContains="{id}",
        MaxResults=100,
    ),
    details=_NOTEBOOK_DETAILS,
    # Answered, but documented nowhere: notebook_instance.go of the Terraform provider.
    gone=("ValidationException: RecordNotFound",),
    id="NotebookInstanceName",
    label="NotebookInstanceName",
    arn="NotebookInstanceArn",
    created="CreationTime",
    relations=_NOTEBOOK_RELATIONS,
    fingerprint=("NotebookInstanceArn", "CreationTime", "NotebookInstanceStatus"),
    settles=("NotebookInstanceStatus",),
    sources={"settles": "sagemaker:StopNotebookInstance"},
    delete=Delete(
        Call("sagemaker", "delete_notebook_instance", NotebookInstanceName="{id}"),
        prepare=(_STOP,),
        blocked=(INVALID,),
        usual=300,
        note="It is stopped first. Its storage volume is lost; data in Git and S3 stays.",
    ),
)

CODE_REPOSITORY = Kind(
    name="aws_sagemaker_code_repository",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_code_repositories", "CodeRepositorySummaryList[]", MaxResults=100),
    get=Call(
        "sagemaker",
        "list_code_repositories",
        "CodeRepositorySummaryList[]",
        NameContains="{id}",
        MaxResults=100,
    ),
    details=(TAGS,),
    id="CodeRepositoryName",
    label="CodeRepositoryName",
    arn="CodeRepositoryArn",
    created="CreationTime",
    relations=(
        Relation("GitConfig.SecretArn", "aws_secretsmanager_secret", by="arn", deleted_before=True),
    ),
    fingerprint=("CodeRepositoryArn", "CreationTime", "GitConfig"),
    delete=Delete(
        Call("sagemaker", "delete_code_repository", CodeRepositoryName="{id}"),
        blocked=(INVALID,),
        note="Only its entry in SageMaker goes; the Git repository itself stays.",
    ),
    aliases={"url": "git_config.repository_url"},
)

IMAGE = Kind(
    name="aws_sagemaker_image",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_images", "Images[]", MaxResults=100),
    get=Call("sagemaker", "describe_image", ImageName="{id}"),
    details=(
        Detail(Call("sagemaker", "describe_image", ImageName="{ImageName}"), describes=True),
        TAGS,
    ),
    get_details=(TAGS,),
    id="ImageName",
    label="ImageName",
    arn="ImageArn",
    created="CreationTime",
    relations=(Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),),
    fingerprint=("ImageArn", "CreationTime", "ImageStatus"),
    delete=Delete(
        Call("sagemaker", "delete_image", ImageName="{id}"),
        gone=("ResourceNotFound",),
        blocked=("ResourceInUse",),
        failed="ImageStatus == 'DELETE_FAILED'",
        why="FailureReason",
        usual=300,
        note="All of its versions go with it; the container images in ECR stay.",
    ),
)

_PIPELINE_DETAILS = (
    # Leaves out the definition, which may take a megabyte.
    Detail(
        Call(
            "sagemaker",
            "describe_pipeline",
            "{PipelineStatus: PipelineStatus, CreatedBy: CreatedBy}",
            PipelineName="{PipelineName}",
        ),
        describes=True,
    ),
    TAGS,
)

PIPELINE = Kind(
    name="aws_sagemaker_pipeline",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_pipelines", "PipelineSummaries[]", MaxResults=100),
    get=Call(
        "sagemaker",
        "list_pipelines",
        "PipelineSummaries[]",
        PipelineNamePrefix="{id}",
        MaxResults=100,
    ),
    details=_PIPELINE_DETAILS,
    id="PipelineName",
    label="PipelineName",
    arn="PipelineArn",
    created="CreationTime",
    relations=(
        Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
        Relation("CreatedBy.DomainId", "aws_sagemaker_domain", reverse=True, **MADE_BY),
        Relation(
            "CreatedBy.UserProfileArn",
            "aws_sagemaker_user_profile",
            by="arn",
            reverse=True,
            **MADE_BY,
        ),
    ),
    volatile=("LastExecutionTime",),
    last_use=LastUse(path="LastExecutionTime"),
    fingerprint=("PipelineArn", "CreationTime", "LastModifiedTime"),
    delete=Delete(
        Call(
            "sagemaker",
            "delete_pipeline",
            PipelineName="{id}",
            ClientRequestToken="ebbtide-deletes-sagemaker-pipeline-{id}",
        ),
        gone=("ResourceNotFound",),
        blocked=("ConflictException",),
        note="Its execution history goes with it.",
    ),
)

PROJECT = Kind(
    name="aws_sagemaker_project",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_projects", "ProjectSummaryList[]", MaxResults=100),
    details=(TAGS,),
    id="ProjectName",
    label="ProjectName",
    arn="ProjectArn",
    created="CreationTime",
    ended="ProjectStatus == 'DeleteCompleted'",
    get=Call(
        "sagemaker", "list_projects", "ProjectSummaryList[]", NameContains="{id}", MaxResults=100
    ),
    opt_in=(
        "Deleting it terminates its Service Catalog product, with repositories and pipelines that"
        " Ebbtide does not check."
    ),
    fingerprint=("ProjectArn", "CreationTime"),
    sources={"fingerprint": "sagemaker:ProjectSummary", "usual": "ours"},
    delete=Delete(
        Call("sagemaker", "delete_project", ProjectName="{id}"),
        blocked=("ConflictException",),
        failed="ProjectStatus == 'DeleteFailed'",
        usual=600,
        note="Its Service Catalog product goes with it.",
    ),
    aliases={"project_id": "project_id"},
)

WORKTEAM = Kind(
    name="aws_sagemaker_workteam",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_workteams", "Workteams[]", MaxResults=100),
    get=Call("sagemaker", "list_workteams", "Workteams[]", NameContains="{id}", MaxResults=100),
    details=(TAGS,),
    id="WorkteamName",
    label="WorkteamName",
    arn="WorkteamArn",
    created="CreateDate",
    relations=(
        Relation(
            "MemberDefinitions[].CognitoMemberDefinition.UserPool",
            "aws_cognito_user_pool",
            **_NO_MEMBERS,
        ),
        Relation(
            "MemberDefinitions[?CognitoMemberDefinition].CognitoMemberDefinition"
            ".join('/', [UserPool, UserGroup])",
            "aws_cognito_group",
            **_NO_MEMBERS,
        ),
        Relation(
            "NotificationConfiguration.NotificationTopicArn",
            "aws_sns_topic",
            strength="needed",
            why="members of the team would not hear of new work",
        ),
    ),
    fingerprint=("WorkteamArn", "CreateDate", "MemberDefinitions"),
    delete=Delete(
        Call("sagemaker", "delete_workteam", WorkteamName="{id}"),
        blocked=(INVALID, "ResourceLimitExceeded"),
        errors="[@][?Success == `false`].{Code: 'NotDeleted', Message: 'SageMaker answers false'}",
        note="The workforce and its members in Cognito stay.",
    ),
)
