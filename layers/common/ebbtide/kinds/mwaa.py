"""Amazon MWAA (Apache Airflow) environments."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_LOGGING = (
    "LoggingConfiguration.[DagProcessingLogs, SchedulerLogs, WebserverLogs, WorkerLogs, TaskLogs][]"
)

_RELATIONS = (
    Relation("ExecutionRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("KmsKey", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("SourceBucketArn", "aws_s3_bucket", deleted_before=True, pattern=r":::(.+)$"),
    Relation("NetworkConfiguration.SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "NetworkConfiguration.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_LOGGING}.CloudWatchLogGroupArn",
        "aws_cloudwatch_log_group",
        deleted_before=True,
        pattern=r":log-group:([^:]+)",
    ),
)

# The Airflow options may contain passwords.
_ENVIRONMENT = 'Environment && merge(Environment, `{"AirflowConfigurationOptions": null}`)'

ENVIRONMENT = Kind(
    name="aws_mwaa_environment",
    list=Call("mwaa", "list_environments", "Environments[].{Name: @}"),
    get=Call("mwaa", "get_environment", _ENVIRONMENT, Name="{id}"),
    details=(Detail(Call("mwaa", "get_environment", _ENVIRONMENT, Name="{Name}"), describes=True),),
    get_details=(),
    id="Name",
    label="Name",
    arn="Arn",
    created="CreatedAt",
    relations=_RELATIONS,
    fingerprint=("Arn", "CreatedAt", "Status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("mwaa", "delete_environment", Name="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ServiceUnavailableException",),
        refused=("ValidationException",),
        usual=1800,
        note="Its metadata (runs, connections, variables) is lost; the DAGs stay in their bucket.",
    ),
)
