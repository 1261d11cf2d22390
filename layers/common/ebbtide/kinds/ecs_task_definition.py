"""ECS task definitions; each revision is a resource."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

_RELATIONS = (
    Relation("taskRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("executionRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    # A task that starts late would need the log group, or create it again.
    Relation(
        'containerDefinitions[].logConfiguration.options."awslogs-group"',
        "aws_cloudwatch_log_group",
        deleted_before=True,
    ),
    Relation(
        "containerDefinitions[].image",
        "aws_ecr_repository",
        by="name",
        deleted_before=True,
        pattern=r"^\d+\.dkr[.-]ecr[^/]*/([^:@]+)",
        other=r"^(?!\d+\.dkr)",
    ),
    Relation(
        "containerDefinitions[].secrets[].valueFrom",
        "aws_secretsmanager_secret",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:[^:]+)",
    ),
    # A parameter is named by ARN or, in the same region, by name.
    Relation(
        "containerDefinitions[].secrets[].valueFrom",
        "aws_ssm_parameter",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:ssm:.+)$",
    ),
    Relation(
        "containerDefinitions[].secrets[].valueFrom",
        "aws_ssm_parameter",
        deleted_before=True,
        pattern=r"^((?!arn:).+)$",
    ),
    Relation(
        "volumes[].efsVolumeConfiguration.fileSystemId",
        "aws_efs_file_system",
        deleted_before=True,
    ),
    Relation(
        "volumes[].efsVolumeConfiguration.authorizationConfig.accessPointId",
        "aws_efs_access_point",
        deleted_before=True,
        source="efs:DeleteAccessPoint",
    ),
)

_DESCRIBE = Call(
    "ecs",
    "describe_task_definition",
    "merge(taskDefinition, {tags: tags})",
    taskDefinition="{id}",
    include=["TAGS"],
)

# ECS looks from time to time whether a task or deployment still refers to it, and then removes it.
# Until then it can be read, and services still scale with it, so it has not ended.
_DELETE = Delete(
    Call("ecs", "delete_task_definitions", taskDefinitions=["{id}"]),
    prepare=(
        Prepare(
            Call("ecs", "deregister_task_definition", taskDefinition="{id}"),
            when="status == 'ACTIVE'",
            until="status != 'ACTIVE'",
            source="ecs:DeleteTaskDefinitions",
        ),
    ),
    errors="failures[].{Code: reason, Message: detail}",
    blocked=(),
    note="Is deregistered first, which nothing takes back; its description registers it anew.",
)

TASK_DEFINITION = Kind(
    name="aws_ecs_task_definition",
    list=Call(
        "ecs",
        "list_task_definitions",
        "taskDefinitionArns[].{taskDefinitionArn: @}",
        status="ACTIVE",
    ),
    get=_DESCRIBE,
    details=(Detail(_DESCRIBE, describes=True),),
    get_details=(),
    id="taskDefinitionArn",
    label="taskDefinitionArn",
    label_pattern=r"([^/]+)$",
    arn="taskDefinitionArn",
    tags="tags",
    created="registeredAt",
    relations=_RELATIONS,
    # Answered, but documented nowhere.
    gone=("ClientException: Unable to describe task definition",),
    never_delete=(
        NeverDelete(
            "status == 'DELETE_IN_PROGRESS'", "it is already being deleted", "ecs:TaskDefinition"
        ),
    ),
    fingerprint=("taskDefinitionArn", "registeredAt", "status"),
    settles=("status",),
    sources={"settles": "ecs:DeregisterTaskDefinition"},
    delete=_DELETE,
)
