"""SageMaker experiments, trials, artifacts and feature groups."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.kinds.sagemaker import BUCKET, INVALID, MADE_BY, TAGS
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

EXPERIMENT = Kind(
    name="aws_sagemaker_experiment",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_experiments", "ExperimentSummaries[]", MaxResults=100),
    get=Call("sagemaker", "describe_experiment", ExperimentName="{id}"),
    details=(TAGS,),
    id="ExperimentName",
    label="ExperimentName",
    arn="ExperimentArn",
    created="CreationTime",
    fingerprint=("ExperimentArn", "CreationTime"),
    delete=Delete(
        Call("sagemaker", "delete_experiment", ExperimentName="{id}"),
        gone=("ResourceNotFound",),
        # The experiment still has trials.
        blocked=(INVALID,),
    ),
)

_DESCRIBE_TRIAL = Detail(
    Call("sagemaker", "describe_trial", TrialName="{TrialName}"), describes=True
)
_COMPONENTS = Detail(
    Call(
        "sagemaker",
        "list_trial_components",
        "TrialComponentSummaries[].TrialComponentName",
        TrialName="{TrialName}",
        MaxResults=100,
    ),
    into="TrialComponents",
)

_TRIAL_RELATIONS = (
    Relation(
        "ExperimentName",
        "aws_sagemaker_experiment",
        reverse=True,
        deleted_before=True,
        part="data",
        source="sagemaker:DeleteExperiment",
    ),
    Relation("CreatedBy.DomainId", "aws_sagemaker_domain", reverse=True, **MADE_BY),
    Relation(
        "CreatedBy.UserProfileArn", "aws_sagemaker_user_profile", by="arn", reverse=True, **MADE_BY
    ),
    Relation(
        "MetadataProperties.ProjectId",
        "aws_sagemaker_project",
        by="project_id",
        reverse=True,
        **MADE_BY,
    ),
    Relation(
        "MetadataProperties.Repository",
        "aws_sagemaker_code_repository",
        by="url",
        reverse=True,
        **MADE_BY,
    ),
)

_TRIAL_DELETE = Delete(
    Call("sagemaker", "delete_trial", TrialName="{id}"),
    prepare=(
        Prepare(
            Call(
                "sagemaker",
                "disassociate_trial_component",
                TrialName="{id}",
                TrialComponentName="{each}",
            ),
            each="TrialComponents[]",
            undo=Call(
                "sagemaker",
                "associate_trial_component",
                TrialName="{id}",
                TrialComponentName="{each}",
            ),
            absent=("ResourceNotFound",),
        ),
    ),
    gone=("ResourceNotFound",),
    blocked=(INVALID,),
    note="Its components are detached but stay, with their metrics.",
)

TRIAL = Kind(
    name="aws_sagemaker_trial",
    bases=("ai_resource",),
    optional="pipelines create one per execution, and each takes two calls",
    list=Call("sagemaker", "list_trials", "TrialSummaries[]", MaxResults=100),
    get=Call("sagemaker", "describe_trial", TrialName="{id}"),
    details=(_DESCRIBE_TRIAL, TAGS),
    get_details=(TAGS, _COMPONENTS),
    id="TrialName",
    label="TrialName",
    arn="TrialArn",
    created="CreationTime",
    relations=_TRIAL_RELATIONS,
    fingerprint=("TrialArn", "CreationTime", "ExperimentName"),
    delete=_TRIAL_DELETE,
)

_ARTIFACT_RELATIONS = (
    Relation(
        "Source.SourceUri",
        "aws_s3_bucket",
        pattern=BUCKET,
        strength="history",
        why="it only says where the artifact was found",
    ),
    Relation("CreatedBy.DomainId", "aws_sagemaker_domain", reverse=True, **MADE_BY),
    Relation(
        "CreatedBy.UserProfileArn", "aws_sagemaker_user_profile", by="arn", reverse=True, **MADE_BY
    ),
    Relation(
        "MetadataProperties.ProjectId",
        "aws_sagemaker_project",
        by="project_id",
        reverse=True,
        **MADE_BY,
    ),
    Relation(
        "MetadataProperties.Repository",
        "aws_sagemaker_code_repository",
        by="url",
        reverse=True,
        **MADE_BY,
    ),
)

ARTIFACT = Kind(
    name="aws_sagemaker_artifact",
    bases=("ai_resource",),
    optional="SageMaker creates several for every job, and each takes two calls",
    list=Call("sagemaker", "list_artifacts", "ArtifactSummaries[]", MaxResults=100),
    get=Call("sagemaker", "describe_artifact", ArtifactArn="{id}"),
    details=(
        Detail(Call("sagemaker", "describe_artifact", ArtifactArn="{ArtifactArn}"), describes=True),
        TAGS,
    ),
    get_details=(TAGS,),
    id="ArtifactArn",
    label="ArtifactName",
    arn="ArtifactArn",
    created="CreationTime",
    relations=_ARTIFACT_RELATIONS,
    fingerprint=("ArtifactArn", "CreationTime", "LastModifiedTime"),
    delete=Delete(
        Call("sagemaker", "delete_artifact", ArtifactArn="{id}"),
        gone=("ResourceNotFound",),
        blocked=(),
        # The artifact still has associations, which are not ours to remove.
        refused=(INVALID,),
        note="Only the lineage record goes; the data that it stands for stays.",
    ),
)

_GROUP_RELATIONS = (
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "[OnlineStoreConfig.SecurityConfig.KmsKeyId, OfflineStoreConfig.S3StorageConfig.KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "OfflineStoreConfig.S3StorageConfig.S3Uri",
        "aws_s3_bucket",
        pattern=BUCKET,
        strength="needed",
        why="the group could not store new records",
    ),
    Relation(
        "OfflineStoreConfig.DataCatalogConfig.Database",
        "aws_glue_database",
        strength="needed",
        why="the offline store could not be queried",
    ),
)

FEATURE_GROUP = Kind(
    name="aws_sagemaker_feature_group",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_feature_groups", "FeatureGroupSummaries[]", MaxResults=100),
    get=Call("sagemaker", "describe_feature_group", FeatureGroupName="{id}"),
    details=(
        Detail(
            Call("sagemaker", "describe_feature_group", FeatureGroupName="{FeatureGroupName}"),
            describes=True,
        ),
        TAGS,
    ),
    get_details=(TAGS,),
    id="FeatureGroupName",
    label="FeatureGroupName",
    arn="FeatureGroupArn",
    created="CreationTime",
    relations=_GROUP_RELATIONS,
    volatile=("OnlineStoreTotalSizeBytes",),
    never_delete=(
        NeverDelete("!OfflineStoreConfig", "only its online store has its records", "ours"),
    ),
    fingerprint=("FeatureGroupArn", "CreationTime", "FeatureGroupStatus"),
    sources={"usual": "sagemaker:DeleteFeatureGroup"},
    delete=Delete(
        Call("sagemaker", "delete_feature_group", FeatureGroupName="{id}"),
        gone=("ResourceNotFound",),
        blocked=(INVALID,),
        failed="FeatureGroupStatus == 'DeleteFailed'",
        why="FailureReason",
        usual=900,
        note="Its online store is lost; the records in S3 and their Glue table stay.",
    ),
)
