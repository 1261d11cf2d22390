"""EventBridge event buses, rules and archives."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Decision, Kind, Relation

_NO_TARGET: Decision = {"strength": "needed", "why": "events that match the rule would be lost"}

# Every region has a default bus, so its detail calls are made even in empty accounts.
_OWN_BUS = "Name != 'default'"

_DESCRIBE = Detail(
    Call("events", "describe_event_bus", Name="{Name}"), when=_OWN_BUS, describes=True
)
_TAGS = Detail(
    Call("events", "list_tags_for_resource", "Tags[]", ResourceARN="{Arn}"),
    into="Tags",
    when=_OWN_BUS,
)

EVENT_BUS = Kind(
    name="aws_eventbridge_event_bus",
    list=Call("events", "list_event_buses", "EventBuses[]"),
    get=Call("events", "describe_event_bus", Name="{id}"),
    details=(_DESCRIBE, _TAGS),
    get_details=(_TAGS,),
    id="Name",
    label="Name",
    arn="Arn",
    created="CreationTime",
    relations=(
        Relation("KmsKeyIdentifier", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
        Relation("DeadLetterConfig.Arn", "aws_sqs_queue", by="arn", deleted_before=True),
    ),
    never_delete=(
        NeverDelete(
            "Name == 'default'",
            "it is the default bus of its region, which AWS does not delete",
            "events:DeleteEventBus",
        ),
        NeverDelete("ManagedBy", "an AWS service manages this bus", "events:EventBus"),
    ),
    fingerprint=("Arn", "CreationTime"),
    delete=Delete(
        Call("events", "delete_event_bus", Name="{id}"),
        gone=("ResourceNotFoundException",),
        # ValidationException: the bus still has rules.
        blocked=("ConcurrentModificationException", "ValidationException"),
    ),
)

_RULE_DETAILS = (
    Detail(
        Call(
            "events",
            "list_targets_by_rule",
            "Targets[]",
            Rule="{Name}",
            EventBusName="{EventBusName}",
        ),
        into="Targets",
        when="!ManagedBy",
    ),
    Detail(
        Call("events", "list_tags_for_resource", "Tags[]", ResourceARN="{Arn}"),
        into="Tags",
        when="!ManagedBy",
    ),
)

_TARGET = "Targets[].Arn"

_RULE_RELATIONS = (
    Relation(
        "EventBusName",
        "aws_eventbridge_event_bus",
        reverse=True,
        deleted_before=True,
        part="plain",
        pattern=r"^(?:arn:.+:event-bus/)?(.+)$",
    ),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("Targets[].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
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
        pattern=r"^(arn:[^:]+:states:[^:]+:[^:]+:stateMachine:[^:]+)",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET,
        "aws_cloudwatch_log_group",
        pattern=r"^arn:[^:]+:logs:[^:]+:[^:]+:log-group:([^:]+)",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET, "aws_kinesis_stream", by="arn", pattern=r"^(arn:[^:]+:kinesis:.+)$", **_NO_TARGET
    ),
    Relation(
        _TARGET,
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        **_NO_TARGET,
    ),
    Relation(_TARGET, "aws_ecs_cluster", pattern=r"^(arn:[^:]+:ecs:.+:cluster/.+)$", **_NO_TARGET),
    Relation(
        "Targets[].EcsParameters.TaskDefinitionArn",
        "aws_ecs_task_definition",
        deleted_before=True,
    ),
    Relation(
        _TARGET, "aws_batch_job_queue", pattern=r"^(arn:[^:]+:batch:.+:job-queue/.+)$", **_NO_TARGET
    ),
    Relation(
        _TARGET,
        "aws_codebuild_project",
        pattern=r"^arn:[^:]+:codebuild:[^:]+:[^:]+:project/(.+)$",
        **_NO_TARGET,
    ),
    Relation(
        _TARGET,
        "aws_codepipeline_pipeline",
        pattern=r"^arn:[^:]+:codepipeline:[^:]+:[^:]+:([^:]+)$",
        **_NO_TARGET,
    ),
    # The target may be another bus, even one of another account.
    Relation(
        _TARGET,
        "aws_eventbridge_event_bus",
        by="arn",
        pattern=r"^(arn:[^:]+:events:[^:]+:[^:]+:event-bus/.+)$",
        across_regions=True,
        source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html",
        **_NO_TARGET,
    ),
    Relation("Targets[].DeadLetterConfig.Arn", "aws_sqs_queue", by="arn", deleted_before=True),
    Relation(
        "Targets[].EcsParameters.CapacityProviderStrategy[].capacityProvider",
        "aws_ecs_capacity_provider",
        by="name",
        pattern=r"^(?!FARGATE)(.+)$",
        other="^FARGATE",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Targets[].EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets[]",
        "aws_ec2_subnet",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Targets[].EcsParameters.NetworkConfiguration.awsvpcConfiguration.SecurityGroups[]",
        "aws_ec2_security_group",
        strength="needed",
        why="it could not start its task",
    ),
    Relation(
        "Targets[].RunCommandParameters.RunCommandTargets[].Values[]",
        "aws_ec2_instance",
        pattern=r"^(i-\w+)$",
        strength="watches",
        why="it only runs commands on it",
    ),
    Relation(
        _TARGET,
        "aws_eventbridge_api_destination",
        by="arn",
        pattern=r"^(arn:[^:]+:events:.+:api-destination/.+)$",
        strength="needed",
        why="its events would reach nobody",
    ),
)

_RULE_DELETE = Delete(
    Call("events", "delete_rule", Name="{Name}", EventBusName="{EventBusName}"),
    prepare=(
        Prepare(
            Call(
                "events",
                "remove_targets",
                Rule="{Name}",
                EventBusName="{EventBusName}",
                Ids=["{each.Id}"],
            ),
            each="Targets[]",
            undo=Call(
                "events",
                "put_targets",
                Rule="{Name}",
                EventBusName="{EventBusName}",
                Targets=["{each}"],
            ),
            absent=("ResourceNotFoundException",),
            errors="FailedEntries[].{Code: ErrorCode, Message: ErrorMessage}",
        ),
    ),
    gone=("ResourceNotFoundException",),
    blocked=("ConcurrentModificationException",),
    refused=("ManagedRuleException",),
)

RULE = Kind(
    name="aws_eventbridge_rule",
    each="aws_eventbridge_event_bus",
    list=Call("events", "list_rules", "Rules[]", EventBusName="{Name}"),
    get=Call("events", "describe_rule", Name="{name}", EventBusName="{bus}"),
    inherit={"bus": "Name"},
    # A rule of the default bus does not name its bus.
    id_parts=r"arn:[^:]+:events:[^:]+:[^:]+:rule/(?:(?P<bus>.+)/)?[^/]+",
    details=_RULE_DETAILS,
    id="Arn",
    label="Name",
    arn="Arn",
    relations=_RULE_RELATIONS,
    never_delete=(NeverDelete("ManagedBy", "an AWS service manages this rule", "events:Rule"),),
    fingerprint=("Arn", "State", "Targets"),
    settles=("Targets",),
    sources={"settles": "events:RemoveTargets"},
    delete=_RULE_DELETE,
)

ARCHIVE = Kind(
    name="aws_eventbridge_archive",
    list=Call("events", "list_archives", "Archives[]"),
    get=Call("events", "describe_archive", ArchiveName="{id}"),
    id="ArchiveName",
    label="ArchiveName",
    arn="arn:{partition}:events:{region}:{account}:archive/{id}",
    tags=None,
    created="CreationTime",
    relations=(
        Relation(
            "EventSourceArn",
            "aws_eventbridge_event_bus",
            by="arn",
            reverse=True,
            deleted_before=True,
            part="data",
        ),
    ),
    volatile=("SizeBytes", "EventCount"),
    fingerprint=("ArchiveName", "CreationTime", "EventSourceArn"),
    delete=Delete(
        Call("events", "delete_archive", ArchiveName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConcurrentModificationException",),
        note="Its archived events are lost.",
    ),
)
