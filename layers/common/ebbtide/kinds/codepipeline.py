"""CodePipeline pipelines."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_ACTION: Decision = {"strength": "needed", "why": "the action that uses it would fail"}

_TAGS = Detail(
    Call("codepipeline", "list_tags_for_resource", "tags[]", resourceArn="{arn}"), into="tags"
)
# The answer has the times next to the description and not in it.
_PIPELINE = (
    "{name: pipeline.name, version: pipeline.version, pipelineType: pipeline.pipelineType,"
    " executionMode: pipeline.executionMode, created: metadata.created,"
    " updated: metadata.updated, roleArn: pipeline.roleArn, stages: pipeline.stages,"
    " artifactStore: pipeline.artifactStore, artifactStores: pipeline.artifactStores,"
    " triggers: pipeline.triggers, variables: pipeline.variables}"
)
# One artifact store, or one per region in which the pipeline acts.
_STORES = "[[artifactStore], artifactStores && values(artifactStores) || `[]`][]"
_ACTIONS = "stages[].actions[]"

_RELATIONS = (
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(f"{_ACTIONS}.roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(f"{_STORES}.location", "aws_s3_bucket", deleted_before=True),
    Relation(f"{_STORES}.encryptionKey.id", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'CodeBuild'][].configuration.ProjectName",
        "aws_codebuild_project",
        **_NO_ACTION,
    ),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'CodeCommit'][].configuration.RepositoryName",
        "aws_codecommit_repository",
        **_NO_ACTION,
    ),
    Relation(
        "stages[].actions[?starts_with(actionTypeId.provider, 'CodeDeploy')][]"
        ".configuration.ApplicationName",
        "aws_codedeploy_application",
        **_NO_ACTION,
    ),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'Lambda'][].configuration.FunctionName",
        "aws_lambda_function",
        **_NO_ACTION,
    ),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'CloudFormation'][].configuration.StackName",
        "aws_cloudformation_stack",
        by="name",
        strength="watches",
        why="the pipeline would create the stack again",
    ),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'S3'][].configuration.[S3Bucket, BucketName][]",
        "aws_s3_bucket",
        **_NO_ACTION,
    ),
    Relation(
        "stages[].actions[?actionTypeId.provider == 'ECR'][].configuration.RepositoryName",
        "aws_ecr_repository",
        by="name",
        **_NO_ACTION,
    ),
)

PIPELINE = Kind(
    name="aws_codepipeline_pipeline",
    list=Call("codepipeline", "list_pipelines", "pipelines[]"),
    get=Call("codepipeline", "get_pipeline", _PIPELINE, name="{id}"),
    details=(
        Detail(Call("codepipeline", "get_pipeline", _PIPELINE, name="{id}"), describes=True),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="name",
    label="name",
    arn="arn:{partition}:codepipeline:{region}:{account}:{id}",
    tags="tags",
    created="created",
    relations=_RELATIONS,
    fingerprint=("created", "updated", "version"),
    delete=Delete(
        Call("codepipeline", "delete_pipeline", name="{id}"),
        gone=("PipelineNotFoundException",),
        blocked=("ConcurrentModificationException",),
        note="Its execution history is lost; its artifacts stay in their bucket.",
    ),
)
