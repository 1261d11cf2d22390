"""SageMaker jobs that create models: training, tuning, AutoML and compilation.

An account may have very many jobs, so only running ones, which still use resources, are described.
"""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.kinds.sagemaker import BUCKET
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Decision, Kind, Relation

RUNS: Decision = {"strength": "needed", "why": "the job that runs reads it or writes to it"}
STARTED: Decision = {"strength": "history", "why": "it only says what the job belongs to"}
_LOADED: Decision = {"strength": "origin", "why": "the job loaded the algorithm when it started"}

JOB = ("aws_sagemaker_job", "ai_job", "ai_resource")
HISTORY = "It is a record: a job ends automatically, and its use of resources ends with it."

_TRAINS = 'contains(`["InProgress", "Stopping"]`, TrainingJobStatus)'
# Leaves out the hyperparameters and the environment, where people put passwords.
_TRAINING = (
    "{AlgorithmSpecification: AlgorithmSpecification, RoleArn: RoleArn, VpcConfig: VpcConfig,"
    " InputDataConfig: InputDataConfig, OutputDataConfig: OutputDataConfig,"
    " ResourceConfig: ResourceConfig, CheckpointConfig: CheckpointConfig,"
    " ExperimentConfig: ExperimentConfig, TuningJobArn: TuningJobArn,"
    " LabelingJobArn: LabelingJobArn, AutoMLJobArn: AutoMLJobArn}"
)
_TRAINING_RELATIONS = (
    Relation("VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VpcConfig.SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "[OutputDataConfig.KmsKeyId, ResourceConfig.VolumeKmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "[OutputDataConfig.S3OutputPath, CheckpointConfig.S3Uri,"
        " InputDataConfig[].DataSource.S3DataSource.S3Uri][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(
        "AlgorithmSpecification.AlgorithmName",
        "aws_sagemaker_algorithm",
        pattern=r"^([A-Za-z0-9-]+)$",
        **_LOADED,
    ),
    Relation(
        "AlgorithmSpecification.AlgorithmName",
        "aws_sagemaker_algorithm",
        by="arn",
        pattern=r"^(arn:.+)$",
        **_LOADED,
    ),
    Relation(
        "ExperimentConfig.ExperimentName", "aws_sagemaker_experiment", reverse=True, **STARTED
    ),
    Relation("ExperimentConfig.TrialName", "aws_sagemaker_trial", reverse=True, **STARTED),
    Relation(
        "TuningJobArn",
        "aws_sagemaker_hyper_parameter_tuning_job",
        by="arn",
        reverse=True,
        **STARTED,
    ),
    Relation("LabelingJobArn", "aws_sagemaker_labeling_job", by="arn", reverse=True, **STARTED),
    Relation("AutoMLJobArn", "aws_sagemaker_auto_ml_job", by="arn", reverse=True, **STARTED),
    Relation(
        "AlgorithmSpecification.TrainingImage",
        "aws_ecr_repository",
        by="name",
        pattern=r"^\d+\.dkr\.ecr[^/]*\.amazonaws\.com[^/]*/([^:@]+)",
        strength="history",
        why="the job has pulled its image",
    ),
)

TRAINING_JOB = Kind(
    name="aws_sagemaker_training_job",
    bases=JOB,
    list=Call("sagemaker", "list_training_jobs", "TrainingJobSummaries[]", MaxResults=100),
    details=(
        Detail(
            Call(
                "sagemaker", "describe_training_job", _TRAINING, TrainingJobName="{TrainingJobName}"
            ),
            when=_TRAINS,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"), into="Tags", when=_TRAINS
        ),
    ),
    id="TrainingJobName",
    label="TrainingJobName",
    arn="TrainingJobArn",
    created="CreationTime",
    relations=_TRAINING_RELATIONS,
    undeletable=HISTORY,
)

_TUNES = 'contains(`["InProgress", "Stopping"]`, HyperParameterTuningJobStatus)'
_PART = (
    "{RoleArn: RoleArn, VpcConfig: VpcConfig, InputDataConfig: InputDataConfig,"
    " OutputDataConfig: OutputDataConfig, ResourceConfig: ResourceConfig,"
    " HyperParameterTuningResourceConfig: HyperParameterTuningResourceConfig,"
    " CheckpointConfig: CheckpointConfig, AlgorithmSpecification: AlgorithmSpecification}"
)
_TUNING = (
    f"{{TrainingJobDefinition: TrainingJobDefinition.{_PART},"
    f" TrainingJobDefinitions: TrainingJobDefinitions[].{_PART}}}"
)
_DEFINITIONS = "[TrainingJobDefinition, TrainingJobDefinitions][]"
_TUNING_RELATIONS = (
    Relation(
        f"{_DEFINITIONS}.VpcConfig.Subnets[]", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation(
        f"{_DEFINITIONS}.VpcConfig.SecurityGroupIds[]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(f"{_DEFINITIONS}.RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"{_DEFINITIONS}.[OutputDataConfig.KmsKeyId, ResourceConfig.VolumeKmsKeyId,"
        " HyperParameterTuningResourceConfig.VolumeKmsKeyId][]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"{_DEFINITIONS}.[OutputDataConfig.S3OutputPath, CheckpointConfig.S3Uri,"
        " InputDataConfig[].DataSource.S3DataSource.S3Uri][][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
)

TUNING_JOB = Kind(
    name="aws_sagemaker_hyper_parameter_tuning_job",
    bases=JOB,
    list=Call(
        "sagemaker",
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries[]",
        MaxResults=100,
    ),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_hyper_parameter_tuning_job",
                _TUNING,
                HyperParameterTuningJobName="{HyperParameterTuningJobName}",
            ),
            when=_TUNES,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"), into="Tags", when=_TUNES
        ),
    ),
    id="HyperParameterTuningJobName",
    label="HyperParameterTuningJobName",
    arn="HyperParameterTuningJobArn",
    created="CreationTime",
    relations=_TUNING_RELATIONS,
    volatile=("TrainingJobStatusCounters", "ObjectiveStatusCounters"),
    undeletable=HISTORY,
)

_SEARCHES = 'contains(`["InProgress", "Stopping"]`, AutoMLJobStatus)'
# Version 2 of the call also describes the jobs of version 1.
_AUTO_ML = (
    "{RoleArn: RoleArn, AutoMLJobInputDataConfig: AutoMLJobInputDataConfig,"
    " OutputDataConfig: OutputDataConfig, SecurityConfig: SecurityConfig,"
    " AutoMLProblemTypeConfigName: AutoMLProblemTypeConfigName}"
)
_AUTO_ML_RELATIONS = (
    Relation(
        "SecurityConfig.VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation(
        "SecurityConfig.VpcConfig.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "[OutputDataConfig.KmsKeyId, SecurityConfig.VolumeKmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "[OutputDataConfig.S3OutputPath,"
        " AutoMLJobInputDataConfig[].DataSource.S3DataSource.S3Uri][]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
)

AUTO_ML_JOB = Kind(
    name="aws_sagemaker_auto_ml_job",
    bases=JOB,
    list=Call("sagemaker", "list_auto_ml_jobs", "AutoMLJobSummaries[]", MaxResults=100),
    details=(
        Detail(
            Call("sagemaker", "describe_auto_ml_job_v2", _AUTO_ML, AutoMLJobName="{AutoMLJobName}"),
            when=_SEARCHES,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"),
            into="Tags",
            when=_SEARCHES,
        ),
    ),
    id="AutoMLJobName",
    label="AutoMLJobName",
    arn="AutoMLJobArn",
    created="CreationTime",
    relations=_AUTO_ML_RELATIONS,
    undeletable=HISTORY,
)

_COMPILES = 'contains(`["STARTING", "INPROGRESS", "STOPPING"]`, CompilationJobStatus)'
_COMPILATION = (
    "{RoleArn: RoleArn, InputConfig: InputConfig, OutputConfig: OutputConfig, VpcConfig: VpcConfig,"
    " ModelArtifacts: ModelArtifacts}"
)
_COMPILATION_RELATIONS = (
    Relation("VpcConfig.Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VpcConfig.SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("OutputConfig.KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "[InputConfig.S3Uri, OutputConfig.S3OutputLocation]",
        "aws_s3_bucket",
        pattern=BUCKET,
        **RUNS,
    ),
    Relation(
        "ModelArtifacts.S3ModelArtifacts",
        "aws_s3_bucket",
        pattern=BUCKET,
        strength="history",
        why="the job has written its model",
    ),
)

COMPILATION_JOB = Kind(
    name="aws_sagemaker_compilation_job",
    bases=JOB,
    list=Call("sagemaker", "list_compilation_jobs", "CompilationJobSummaries[]", MaxResults=100),
    details=(
        Detail(
            Call(
                "sagemaker",
                "describe_compilation_job",
                _COMPILATION,
                CompilationJobName="{CompilationJobName}",
            ),
            when=_COMPILES,
            describes=True,
        ),
        Detail(
            Call("sagemaker", "list_tags", "Tags[]", ResourceArn="{arn}"),
            into="Tags",
            when=_COMPILES,
        ),
    ),
    id="CompilationJobName",
    label="CompilationJobName",
    arn="CompilationJobArn",
    created="CreationTime",
    relations=_COMPILATION_RELATIONS,
    undeletable=HISTORY,
)
