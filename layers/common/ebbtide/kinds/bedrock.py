"""Bedrock models, their provisioned throughput, and guardrails."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

OF_AWS: Decision = {"strength": "origin", "why": "the model belongs to AWS"}

_TAGS = Detail(
    Call("bedrock", "list_tags_for_resource", "tags[]", resourceARN="{arn}"), into="tags"
)
_FOUNDATION_ARN = r"^(arn:[^:]+:bedrock:.*:foundation-model/.+)$"
_CUSTOM_ARN = r"^(arn:[^:]+:bedrock:.+:custom-model/.+)$"

FOUNDATION_MODEL = Kind(
    name="aws_bedrock_foundation_model",
    bases=("ai_model", "ai_resource"),
    optional="AWS offers the same hundreds of models to every account",
    list=Call("bedrock", "list_foundation_models", "modelSummaries[]"),
    id="modelId",
    label="modelName",
    arn="modelArn",
    tags=None,
    undeletable="It belongs to AWS.",
)

_CUSTOM_RELATIONS = (
    Relation(
        "baseModelArn",
        "aws_bedrock_foundation_model",
        by="arn",
        reverse=True,
        pattern=_FOUNDATION_ARN,
        **OF_AWS,
    ),
    Relation(
        "jobArn",
        "aws_bedrock_model_customization_job",
        strength="history",
        why="the job that made the model is over",
    ),
    Relation("modelKmsKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        "[trainingDataConfig.s3Uri, outputDataConfig.s3Uri]",
        "aws_s3_bucket",
        pattern=r"^s3://([^/]+)",
        strength="history",
        why="the model keeps what it learned",
    ),
)

CUSTOM_MODEL = Kind(
    name="aws_bedrock_custom_model",
    bases=("ai_model", "ai_resource"),
    list=Call("bedrock", "list_custom_models", "modelSummaries[]", isOwned=True),
    get=Call("bedrock", "get_custom_model", modelIdentifier="{id}"),
    details=(
        Detail(Call("bedrock", "get_custom_model", modelIdentifier="{modelArn}"), describes=True),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="modelArn",
    label="modelName",
    arn="modelArn",
    tags="tags",
    created="creationTime",
    relations=_CUSTOM_RELATIONS,
    fingerprint=("modelArn", "creationTime", "modelStatus"),
    delete=Delete(
        Call("bedrock", "delete_custom_model", modelIdentifier="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="Only training it again brings it back.",
    ),
)

PROVISIONED_MODEL_THROUGHPUT = Kind(
    name="aws_bedrock_provisioned_model_throughput",
    list=Call("bedrock", "list_provisioned_model_throughputs", "provisionedModelSummaries[]"),
    get=Call("bedrock", "get_provisioned_model_throughput", provisionedModelId="{id}"),
    details=(_TAGS,),
    id="provisionedModelArn",
    label="provisionedModelName",
    arn="provisionedModelArn",
    tags="tags",
    created="creationTime",
    relations=(
        Relation(
            "foundationModelArn", "aws_bedrock_foundation_model", by="arn", reverse=True, **OF_AWS
        ),
        Relation(
            "[modelArn, desiredModelArn]",
            "aws_bedrock_custom_model",
            reverse=True,
            deleted_before=True,
            pattern=_CUSTOM_ARN,
        ),
    ),
    never_delete=(
        NeverDelete(
            "commitmentDuration", "it is bought for a term that must be paid anyway", "ours"
        ),
    ),
    fingerprint=("creationTime", "status", "modelArn"),
    delete=Delete(
        Call("bedrock", "delete_provisioned_model_throughput", provisionedModelId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="Calls of the model through this throughput fail.",
    ),
)

# AWS names the id and the ARN differently when it describes a single guardrail.
_GUARDRAIL = (
    "{id: guardrailId, arn: guardrailArn, name: name, status: status, version: version,"
    " createdAt: createdAt, updatedAt: updatedAt, kmsKeyArn: kmsKeyArn,"
    " statusReasons: statusReasons}"
)

GUARDRAIL = Kind(
    name="aws_bedrock_guardrail",
    list=Call("bedrock", "list_guardrails", "guardrails[]"),
    get=Call("bedrock", "get_guardrail", _GUARDRAIL, guardrailIdentifier="{id}"),
    details=(
        Detail(Call("bedrock", "get_guardrail", guardrailIdentifier="{id}"), describes=True),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="id",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    relations=(Relation("kmsKeyArn", "aws_kms_key", by="arn", deleted_before=True),),
    fingerprint=("arn", "createdAt", "status"),
    sources={"failed": "bedrock:GetGuardrail"},
    delete=Delete(
        Call("bedrock", "delete_guardrail", guardrailIdentifier="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException", "ResourceInUseException"),
        failed="status == 'FAILED'",
        why="statusReasons",
        note="All of its versions go with it; calls that name it fail.",
    ),
)
