"""EventBridge Scheduler schedules."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_TARGET: Decision = {"strength": "needed", "why": "the schedule would invoke nothing"}

_TARGET = "Target.Arn"

_RELATIONS = (
    Relation(
        _TARGET,
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        **_NO_TARGET,
    ),
    Relation(_TARGET, "aws_sqs_queue", by="arn", pattern=r"^(arn:[^:]+:sqs:.+)$", **_NO_TARGET),
    Relation(_TARGET, "aws_sns_topic", pattern=r"^(arn:[^:]+:sns:.+)$", **_NO_TARGET),
    Relation(
        _TARGET,
        "aws_stepfunctions_state_machine",
        pattern=r"^(arn:[^:]+:states:[^:]+:\d+:stateMachine:[^:]+)",
        **_NO_TARGET,
    ),
    Relation(_TARGET, "aws_ecs_cluster", pattern=r"^(arn:[^:]+:ecs:.+:cluster/.+)$", **_NO_TARGET),
    Relation(
        _TARGET,
        "aws_eventbridge_event_bus",
        by="arn",
        pattern=r"^(arn:[^:]+:events:[^:]+:[^:]+:event-bus/.+)$",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET,
        "aws_kinesis_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:kinesis:[^:]+:\d+:stream/.+)$",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET,
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:[^:]+:\d+:.+)$",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET,
        "aws_codepipeline_pipeline",
        pattern=r"^arn:[^:]+:codepipeline:[^:]+:\d+:([^:]+)$",
        **_NO_TARGET,
    ),
    Relation("Target.RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("KmsKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "Target.DeadLetterConfig.Arn",
        "aws_sqs_queue",
        by="arn",
        strength="needed",
        why="events that it cannot deliver would be lost",
    ),
    Relation(
        "Target.EcsParameters.TaskDefinitionArn",
        "aws_ecs_task_definition",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Target.EcsParameters.CapacityProviderStrategy[].capacityProvider",
        "aws_ecs_capacity_provider",
        by="name",
        pattern=r"^(?!FARGATE)(.+)$",
        other="^FARGATE",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets",
        "aws_ec2_subnet",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.SecurityGroups",
        "aws_ec2_security_group",
        strength="needed",
        why="it could not start its task",
    ),
)

# Only a call per schedule returns role, dead-letter queue, key and the network of a task.
_SCHEDULE = Detail(
    Call("scheduler", "get_schedule", Name="{Name}", GroupName="{GroupName}"), describes=True
)

SCHEDULE = Kind(
    name="aws_scheduler_schedule",
    list=Call("scheduler", "list_schedules", "Schedules[]"),
    # GetSchedule needs the group, which the name does not contain.
    get=Call("scheduler", "list_schedules", "Schedules[]", NamePrefix="{name}"),
    details=(_SCHEDULE,),
    id="Arn",
    label="Name",
    arn="Arn",
    tags=None,
    created="CreationDate",
    relations=_RELATIONS,
    fingerprint=("Arn", "CreationDate", "LastModificationDate"),
    delete=Delete(
        Call("scheduler", "delete_schedule", Name="{Name}", GroupName="{GroupName}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
    ),
)
