"""SageMaker jobs for processing, transform, labeling and inference recommendations.

As with training, only running jobs are described.
"""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.kinds.sagemaker import BUCKET
from ebbtide.kinds.sagemaker_training import HISTORY, JOB, RUNS, STARTED
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Kind, Relation

_PROCESSES = 'contains(`["InProgress", "Stopping"]`, ProcessingJobStatus)'
# Leaves out the environment, where people put passwords.
_PROCESSING = (
    "{ProcessingInputs: ProcessingInputs, ProcessingOutputConfig: ProcessingOutputConfig,"
    " ProcessingResources: ProcessingResources, NetworkConfig: NetworkConfig, RoleArn: RoleArn,"
    " ExperimentConfig: ExperimentConfig, AutoMLJobArn: AutoMLJobArn,"
    " TrainingJobArn: TrainingJobArn}"
)
_ATHENA = "ProcessingInputs[].DatasetDefinition.AthenaDatasetDefinition"
_REDSHIFT = "ProcessingInputs[].DatasetDefinition.RedshiftDatasetDefinition"
_PROCESSING_RELATIONS = (
    Relation(
        "NetworkConfig.VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation(
        "NetworkConfig.VpcConfig.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"[[RoleArn], {_REDSHIFT}.ClusterRoleArn][]", "aws_iam_role", by="arn", deleted_before=True
    ),
    Relation(
        "[[ProcessingOutputConfig.KmsKeyId, ProcessingResources.ClusterConfig.VolumeKmsKeyId],"
        f" {_ATHENA}.KmsKeyId, {_REDSHIFT}.KmsKeyId][]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"[ProcessingInputs[].S3Input.S3Uri, ProcessingOutputConfig.Outputs[].S3Output.S3Uri,"
        f" {_ATHENA}.OutputS3Uri, {_REDSHIFT}.OutputS3Uri][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(f"{_ATHENA}.Catalog", "aws_athena_data_catalog", reverse=True, **RUNS),
    Relation(f"{_ATHENA}.WorkGroup", "aws_athena_work_group", reverse=True, **RUNS),
    Relation(f"{_REDSHIFT}.ClusterId", "aws_redshift_cluster", reverse=True, **RUNS),
    Relation(
        "ExperimentConfig.ExperimentName", "aws_sagemaker_experiment", reverse=True, **STARTED
    ),
    Relation("ExperimentConfig.TrialName", "aws_sagemaker_trial", reverse=True, **STARTED),
    Relation("AutoMLJobArn", "aws_sagemaker_auto_ml_job", by="arn", reverse=True, **STARTED),
    Relation("TrainingJobArn", "aws_sagemaker_training_job", by="arn", **STARTED),
)

PROCESSING_JOB = Kind(
    name="aws_sagemaker_processing_job",
    bases=JOB,
    list=Call("sagemaker", "list_processing_jobs", "ProcessingJobSummaries[]", MaxResults=100),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_processing_job",
                _PROCESSING,
                ProcessingJobName="{ProcessingJobName}",
            ),
            when=_PROCESSES,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"),
            into="Tags",
            when=_PROCESSES,
        ),
    ),
    id="ProcessingJobName",
    label="ProcessingJobName",
    arn="ProcessingJobArn",
    created="CreationTime",
    relations=_PROCESSING_RELATIONS,
    undeletable=HISTORY,
)

_TRANSFORMS = 'contains(`["InProgress", "Stopping"]`, TransformJobStatus)'
_TRANSFORM = (
    "{ModelName: ModelName, TransformInput: TransformInput, TransformOutput: TransformOutput,"
    " DataCaptureConfig: DataCaptureConfig, TransformResources: TransformResources,"
    " ExperimentConfig: ExperimentConfig, LabelingJobArn: LabelingJobArn,"
    " AutoMLJobArn: AutoMLJobArn}"
)
_TRANSFORM_RELATIONS = (
    Relation("ModelName", "aws_sagemaker_model", reverse=True, deleted_before=True),
    Relation(
        "[TransformOutput.KmsKeyId, TransformResources.VolumeKmsKeyId, DataCaptureConfig.KmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "[TransformInput.DataSource.S3DataSource.S3Uri, TransformOutput.S3OutputPath,"
        " DataCaptureConfig.DestinationS3Uri]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(
        "ExperimentConfig.ExperimentName", "aws_sagemaker_experiment", reverse=True, **STARTED
    ),
    Relation("ExperimentConfig.TrialName", "aws_sagemaker_trial", reverse=True, **STARTED),
    Relation("LabelingJobArn", "aws_sagemaker_labeling_job", by="arn", reverse=True, **STARTED),
    Relation("AutoMLJobArn", "aws_sagemaker_auto_ml_job", by="arn", reverse=True, **STARTED),
)

TRANSFORM_JOB = Kind(
    name="aws_sagemaker_transform_job",
    bases=JOB,
    list=Call("sagemaker", "list_transform_jobs", "TransformJobSummaries[]", MaxResults=100),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_transform_job",
                _TRANSFORM,
                TransformJobName="{TransformJobName}",
            ),
            when=_TRANSFORMS,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"),
            into="Tags",
            when=_TRANSFORMS,
        ),
    ),
    id="TransformJobName",
    label="TransformJobName",
    arn="TransformJobArn",
    created="CreationTime",
    relations=_TRANSFORM_RELATIONS,
    undeletable=HISTORY,
)

_LABELS = 'contains(`["Initializing", "InProgress", "Stopping"]`, LabelingJobStatus)'
_ALGORITHM = "LabelingJobAlgorithmsConfig"
_RESOURCES = f"{_ALGORITHM}.LabelingJobResourceConfig"
_LABELING_RELATIONS = (
    Relation(
        f"{_RESOURCES}.VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation(
        f"{_RESOURCES}.VpcConfig.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"[OutputConfig.KmsKeyId, {_RESOURCES}.VolumeKmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "[InputConfig.DataSource.S3DataSource.ManifestS3Uri, OutputConfig.S3OutputPath,"
        " LabelCategoryConfigS3Uri]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(
        "[PreHumanTaskLambdaArn, AnnotationConsolidationLambdaArn]",
        "aws_lambda_function",
        by="arn",
        strength="needed",
        why="the job could not hand out or collect its work",
    ),
    Relation(
        "[InputConfig.DataSource.SnsDataSource.SnsTopicArn, OutputConfig.SnsTopicArn]",
        "aws_sns_topic",
        strength="needed",
        why="the job could get no input and announce no output",
    ),
    Relation(
        "WorkteamArn",
        "aws_sagemaker_workteam",
        by="arn",
        reverse=True,
        strength="needed",
        why="nobody could finish the work of the job",
    ),
    Relation(
        f"{_ALGORITHM}.InitialActiveLearningModelArn",
        "aws_sagemaker_model",
        by="arn",
        reverse=True,
        strength="origin",
        why="the job starts from the model and trains its own",
    ),
)

LABELING_JOB = Kind(
    name="aws_sagemaker_labeling_job",
    bases=JOB,
    list=Call("sagemaker", "list_labeling_jobs", "LabelingJobSummaryList[]", MaxResults=100),
    details=(
        # This call also returns the tags.
        Detail(
            Call("sagemaker", "describe_labeling_job", LabelingJobName="{LabelingJobName}"),
            when=_LABELS,
            describes=True,
        ),
    ),
    id="LabelingJobName",
    label="LabelingJobName",
    arn="LabelingJobArn",
    created="CreationTime",
    relations=_LABELING_RELATIONS,
    volatile=("LabelCounters",),
    undeletable=HISTORY,
)

_RECOMMENDS = 'contains(`["PENDING", "IN_PROGRESS", "STOPPING"]`, Status)'
# The list has the role of every job, but only running jobs need it.
_RECOMMENDATION_RELATIONS = (
    Relation("InputConfig.VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "InputConfig.VpcConfig.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(f"[@][?{_RECOMMENDS}].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("InputConfig.VolumeKmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "[SamplePayloadUrl, InputConfig.ContainerConfig.PayloadConfig.SamplePayloadUrl]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(
        "InputConfig.Endpoints[].EndpointName",
        "aws_sagemaker_endpoint",
        strength="needed",
        why="the job could not measure the endpoint",
    ),
)

INFERENCE_RECOMMENDATIONS_JOB = Kind(
    name="aws_sagemaker_inference_recommendations_job",
    bases=JOB,
    list=Call(
        "sagemaker",
        "list_inference_recommendations_jobs",
        "InferenceRecommendationsJobs[]",
        MaxResults=100,
    ),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_inference_recommendations_job",
                "{InputConfig: InputConfig}",
                JobName="{JobName}",
            ),
            when=_RECOMMENDS,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"),
            into="Tags",
            when=_RECOMMENDS,
        ),
    ),
    id="JobName",
    label="JobName",
    arn="JobArn",
    created="CreationTime",
    relations=_RECOMMENDATION_RELATIONS,
    ended="Status == 'DELETED'",
    undeletable=HISTORY,
)
