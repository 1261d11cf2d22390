"""Bedrock jobs, which remain as records of what was trained and evaluated."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Decision, Kind, Relation

_TRAINED: Decision = {"strength": "history", "why": "it is the record of a training run"}
_EVALUATED: Decision = {"strength": "history", "why": "it is the record of an evaluation"}

_TAGS = Detail(
    Call("bedrock", "list_tags_for_resource", "tags[]", resourceARN="{arn}"), into="tags"
)
_BUCKET = r"^s3://([^/]+)"

# A finished job no longer needs its role, key or network, so none of these orders a deletion.
_CUSTOMIZATION_RELATIONS = (
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, **_TRAINED),
    Relation("vpcConfig.subnetIds", "aws_ec2_subnet", reverse=True, **_TRAINED),
    Relation("vpcConfig.securityGroupIds", "aws_ec2_security_group", reverse=True, **_TRAINED),
    Relation("outputModelKmsKeyArn", "aws_kms_key", by="arn", **_TRAINED),
    Relation(
        "[[trainingDataConfig.s3Uri, outputDataConfig.s3Uri],"
        " validationDataConfig.validators[].s3Uri][]",
        "aws_s3_bucket",
        pattern=_BUCKET,
        **_TRAINED,
    ),
    Relation(
        "baseModelArn",
        "aws_bedrock_foundation_model",
        by="arn",
        reverse=True,
        pattern=r"^(arn:[^:]+:bedrock:.*:foundation-model/.+)$",
        **_TRAINED,
    ),
)

MODEL_CUSTOMIZATION_JOB = Kind(
    name="aws_bedrock_model_customization_job",
    bases=("ai_job", "ai_resource"),
    list=Call("bedrock", "list_model_customization_jobs", "modelCustomizationJobSummaries[]"),
    details=(
        Detail(
            Call("bedrock", "get_model_customization_job", jobIdentifier="{jobArn}"), describes=True
        ),
        _TAGS,
    ),
    id="jobArn",
    label="jobName",
    arn="jobArn",
    tags="tags",
    created="creationTime",
    relations=_CUSTOMIZATION_RELATIONS,
    volatile=("statusDetails", "lastModifiedTime", "trainingMetrics", "validationMetrics"),
    undeletable="It is the record of a training run; AWS has no call to delete it.",
)

_EVALUATION_RELATIONS = (
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, **_EVALUATED),
    Relation("customerEncryptionKeyId", "aws_kms_key", pattern=KEY_ID, **_EVALUATED),
    Relation("outputDataConfig.s3Uri", "aws_s3_bucket", pattern=_BUCKET, **_EVALUATED),
    Relation(
        "evaluationConfig.[automated, human][].datasetMetricConfigs[].dataset"
        ".datasetLocation.s3Uri",
        "aws_s3_bucket",
        pattern=_BUCKET,
        **_EVALUATED,
    ),
    Relation(
        "ragIdentifiers",
        "aws_bedrock_agent_knowledge_base",
        pattern=r"^(?:arn:.+/)?(\w{10})$",
        **_EVALUATED,
    ),
)

EVALUATION_JOB = Kind(
    name="aws_bedrock_evaluation_job",
    bases=("ai_job", "ai_resource"),
    list=Call("bedrock", "list_evaluation_jobs", "jobSummaries[]"),
    details=(
        Detail(Call("bedrock", "get_evaluation_job", jobIdentifier="{jobArn}"), describes=True),
        _TAGS,
    ),
    id="jobArn",
    label="jobName",
    arn="jobArn",
    tags="tags",
    created="creationTime",
    relations=_EVALUATION_RELATIONS,
    volatile=("lastModifiedTime",),
    undeletable="It is the record of an evaluation and costs nothing.",
)
