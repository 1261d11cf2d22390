"""SageMaker algorithms, models, endpoint configurations and endpoints."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.kinds.sagemaker import BUCKET, INVALID, TAGS
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

# Configurations are never changed, so most of them are of the past.
_NAMED_BY_THE_ENDPOINT: Decision = {
    "strength": "history",
    "why": "an endpoint that uses the configuration names the place itself",
}
_NO_OUTPUT: Decision = {
    "strength": "needed",
    "why": "the endpoint could not store what it captures or answers",
}
_NO_NOTICE: Decision = {"strength": "needed", "why": "asynchronous requests would notify nobody"}

ALGORITHM = Kind(
    name="aws_sagemaker_algorithm",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_algorithms", "AlgorithmSummaryList[]", MaxResults=100),
    get=Call(
        "sagemaker",
        "list_algorithms",
        "AlgorithmSummaryList[]",
        NameContains="{id}",
        MaxResults=100,
    ),
    details=(
        Detail(
            Call("sagemaker", "describe_algorithm", AlgorithmName="{AlgorithmName}"), describes=True
        ),
        TAGS,
    ),
    id="AlgorithmName",
    label="AlgorithmName",
    arn="AlgorithmArn",
    created="CreationTime",
    relations=(
        Relation(
            "ValidationSpecification.ValidationRole",
            "aws_iam_role",
            by="arn",
            strength="history",
            why="the jobs that validated the algorithm are over",
            source="sagemaker:AlgorithmValidationSpecification",
        ),
    ),
    never_delete=(NeverDelete("ProductId", "it is an AWS Marketplace product"),),
    fingerprint=("AlgorithmArn", "CreationTime", "AlgorithmStatus"),
    delete=Delete(
        Call("sagemaker", "delete_algorithm", AlgorithmName="{id}"),
        blocked=("ConflictException", INVALID),
    ),
)

_CONTAINERS = "[PrimaryContainer, Containers][]"
_MODEL_RELATIONS = (
    Relation("VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VpcConfig.SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation("ExecutionRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"{_CONTAINERS}.[ModelDataUrl, ModelDataSource.S3DataSource.S3Uri][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        strength="needed",
        why="no new instance could load the model",
    ),
    Relation(
        f"{_CONTAINERS}.Image",
        "aws_ecr_repository",
        by="name",
        pattern=r"^\d+\.dkr\.ecr[^/]*\.amazonaws\.com[^/]*/([^:@]+)",
        other=r"^(?!\d+\.dkr)",
        strength="needed",
        why="its endpoints could not start",
    ),
)

MODEL = Kind(
    name="aws_sagemaker_model",
    bases=("ai_model", "ai_resource"),
    list=Call("sagemaker", "list_models", "Models[]", MaxResults=100),
    get=Call("sagemaker", "list_models", "Models[]", NameContains="{id}", MaxResults=100),
    details=(
        Detail(Call("sagemaker", "describe_model", ModelName="{ModelName}"), describes=True),
        TAGS,
    ),
    # Answered, but documented nowhere: the Terraform provider.
    gone=("ValidationException: Could not find model",),
    id="ModelName",
    label="ModelName",
    arn="ModelArn",
    created="CreationTime",
    relations=_MODEL_RELATIONS,
    fingerprint=("ModelArn", "CreationTime"),
    delete=Delete(
        Call("sagemaker", "delete_model", ModelName="{id}"),
        blocked=(INVALID,),
        note="Its artifacts in S3 and its container images stay.",
    ),
)

_OUTPUT = "AsyncInferenceConfig.OutputConfig"
_TOPICS = f"{_OUTPUT}.NotificationConfig.[SuccessTopic, ErrorTopic][]"
_CONFIG_RELATIONS = (
    # An endpoint may start more instances from the model, so the endpoint must be deleted first.
    Relation(
        "[ProductionVariants, ShadowProductionVariants][][].ModelName",
        "aws_sagemaker_model",
        deleted_before=True,
    ),
    Relation("VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VpcConfig.SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation("ExecutionRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"[KmsKeyId, DataCaptureConfig.KmsKeyId, {_OUTPUT}.KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"[DataCaptureConfig.DestinationS3Uri, {_OUTPUT}.[S3OutputPath, S3FailurePath]][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **_NAMED_BY_THE_ENDPOINT,
    ),
    Relation(_TOPICS, "aws_sns_topic", **_NAMED_BY_THE_ENDPOINT),
)

ENDPOINT_CONFIG = Kind(
    name="aws_sagemaker_endpoint_config",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_endpoint_configs", "EndpointConfigs[]", MaxResults=100),
    get=Call(
        "sagemaker",
        "list_endpoint_configs",
        "EndpointConfigs[]",
        NameContains="{id}",
        MaxResults=100,
    ),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_endpoint_config",
                EndpointConfigName="{EndpointConfigName}",
            ),
            describes=True,
        ),
        TAGS,
    ),
    # Answered, but documented nowhere: the Terraform provider.
    gone=("ValidationException: Could not find endpoint configuration",),
    id="EndpointConfigName",
    label="EndpointConfigName",
    arn="EndpointConfigArn",
    created="CreationTime",
    relations=_CONFIG_RELATIONS,
    fingerprint=("EndpointConfigArn", "CreationTime"),
    delete=Delete(
        Call("sagemaker", "delete_endpoint_config", EndpointConfigName="{id}"),
        blocked=(INVALID,),
    ),
)

_ENDPOINT_RELATIONS = (
    Relation(
        "EndpointConfigName",
        "aws_sagemaker_endpoint_config",
        deleted_before=True,
        source="sagemaker:DeleteEndpointConfig",
    ),
    Relation(
        f"[DataCaptureConfig.KmsKeyId, {_OUTPUT}.KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"[DataCaptureConfig.DestinationS3Uri, {_OUTPUT}.[S3OutputPath, S3FailurePath]][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **_NO_OUTPUT,
    ),
    Relation(_TOPICS, "aws_sns_topic", **_NO_NOTICE),
    Relation(
        "LastDeploymentConfig.AutoRollbackConfiguration.Alarms[].AlarmName",
        "aws_cloudwatch_alarm",
        strength="history",
        why="the deployment that it guarded is over",
    ),
)

ENDPOINT = Kind(
    name="aws_sagemaker_endpoint",
    bases=("ai_resource",),
    list=Call("sagemaker", "list_endpoints", "Endpoints[]", MaxResults=100),
    get=Call("sagemaker", "list_endpoints", "Endpoints[]", NameContains="{id}", MaxResults=100),
    details=(
        Detail(
            Call("sagemaker", "describe_endpoint", EndpointName="{EndpointName}"), describes=True
        ),
        TAGS,
    ),
    # Answered, but documented nowhere: the Terraform provider.
    gone=("ValidationException: Could not find endpoint",),
    id="EndpointName",
    label="EndpointName",
    arn="EndpointArn",
    created="CreationTime",
    relations=_ENDPOINT_RELATIONS,
    # Scaling changes the instance counts of a variant.
    volatile=("ProductionVariants", "ShadowProductionVariants", "LastModifiedTime"),
    fingerprint=("EndpointArn", "CreationTime", "EndpointStatus", "EndpointConfigName"),
    delete=Delete(
        Call("sagemaker", "delete_endpoint", EndpointName="{id}"),
        blocked=(INVALID,),
        usual=300,
        note="Its configuration and models stay; it can be created again from them.",
    ),
)

MODEL_PACKAGE_GROUP = Kind(
    name="aws_sagemaker_model_package_group",
    bases=("ai_resource",),
    list=Call(
        "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList[]", MaxResults=100
    ),
    get=Call(
        "sagemaker",
        "list_model_package_groups",
        "ModelPackageGroupSummaryList[]",
        NameContains="{id}",
        MaxResults=100,
    ),
    details=(TAGS,),
    id="ModelPackageGroupName",
    label="ModelPackageGroupName",
    arn="ModelPackageGroupArn",
    created="CreationTime",
    fingerprint=("ModelPackageGroupArn", "CreationTime", "ModelPackageGroupStatus"),
    delete=Delete(
        Call("sagemaker", "delete_model_package_group", ModelPackageGroupName="{id}"),
        blocked=(INVALID,),
        # The group still has model packages, which are not ours to delete.
        refused=("ConflictException",),
        failed="ModelPackageGroupStatus == 'DeleteFailed'",
        note=(
            "Only an empty group is deleted. A job cannot ask to empty it: what was made from its"
            " packages is not known."
        ),
    ),
)
