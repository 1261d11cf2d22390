"""EventBridge Scheduler schedules."""

from __future__ import annotations

from ebbtide.model.kind import Call, Decision, Delete, Kind, Relation

_NO_TARGET: Decision = {"strength": "needed", "why": "the schedule would invoke nothing"}

_TARGET = "Target.Arn"

# Only a call per schedule returns role, dead-letter queue and key; there may be a million.
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
)

SCHEDULE = Kind(
    name="aws_scheduler_schedule",
    list=Call("scheduler", "list_schedules", "Schedules[]"),
    # GetSchedule would need the group, which the name does not contain.
    get=Call("scheduler", "list_schedules", "Schedules[]", NamePrefix="{name}"),
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
