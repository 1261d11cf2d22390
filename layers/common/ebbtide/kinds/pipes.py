"""EventBridge pipes: each carries events from one source to one target."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_PIPE = Detail(Call("pipes", "describe_pipe", Name="{Name}"), describes=True)

_SOURCE = "its events would have no source"
_TARGET = "its events would reach nobody"
_LOG = "it would not be logged"
_ENDS = "[Source, Enrichment, Target]"
_DEAD = (
    "SourceParameters.[KinesisStreamParameters, DynamoDBStreamParameters][].DeadLetterConfig.Arn"
)
_TASK = "TargetParameters.EcsTaskParameters"
_NETWORK = f"{_TASK}.NetworkConfiguration.awsvpcConfiguration"
_CREDENTIALS = (
    "SourceParameters.[ActiveMQBrokerParameters, RabbitMQBrokerParameters,"
    " ManagedStreamingKafkaParameters, SelfManagedKafkaParameters][].Credentials.*[]"
)

_SOURCES = (
    Relation(
        "Source",
        "aws_dynamodb_table",
        by="arn",
        pattern=r"^(arn:[^:]+:dynamodb:[^:]+:[^:]+:table/[^/]+)/stream/",
        strength="needed",
        why=_SOURCE,
    ),
    Relation(
        "Source",
        "aws_msk_cluster",
        pattern=r"^(arn:[^:]+:kafka:.+)$",
        strength="needed",
        why=_SOURCE,
    ),
    Relation(
        "Source",
        "aws_mq_broker",
        pattern=r"^arn:[^:]+:mq:.+:broker:[^:]+:(b-.+)$",
        strength="needed",
        why=_SOURCE,
    ),
    Relation(
        _CREDENTIALS,
        "aws_secretsmanager_secret",
        pattern=r"^(arn:[^:]+:secretsmanager:.+)$",
        strength="needed",
        why=_SOURCE,
    ),
)

_BOTH_ENDS = (
    Relation(
        _ENDS,
        "aws_sqs_queue",
        by="arn",
        pattern=r"^(arn:[^:]+:sqs:.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        _ENDS,
        "aws_kinesis_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:kinesis:.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        _ENDS,
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        _ENDS,
        "aws_stepfunctions_state_machine",
        pattern=r"^(arn:[^:]+:states:[^:]+:[^:]+:stateMachine:[^:]+)",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        _ENDS,
        "aws_eventbridge_api_destination",
        by="arn",
        pattern=r"^(arn:[^:]+:events:.+:api-destination/.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        _ENDS,
        "aws_apigateway_rest_api",
        pattern=r"^arn:[^:]+:execute-api:[^:]+:[^:]+:(\w+)",
        strength="needed",
        why=_TARGET,
    ),
)

_TARGETS = (
    Relation(
        "Target",
        "aws_sns_topic",
        by="arn",
        pattern=r"^(arn:[^:]+:sns:.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        "Target",
        "aws_eventbridge_event_bus",
        by="arn",
        pattern=r"^(arn:[^:]+:events:.+:event-bus/.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        "Target",
        "aws_ecs_cluster",
        by="arn",
        pattern=r"^(arn:[^:]+:ecs:.+:cluster/.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        "Target",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:[^:]+:log-group:[^:]+)",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        "Target",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        "Target",
        "aws_batch_job_queue",
        pattern=r"^(arn:[^:]+:batch:.+:job-queue/.+)$",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        f"{_TASK}.TaskDefinitionArn",
        "aws_ecs_task_definition",
        strength="needed",
        why=_TARGET,
    ),
    Relation(
        f"{_TASK}.CapacityProviderStrategy[].capacityProvider",
        "aws_ecs_capacity_provider",
        by="name",
        pattern=r"^(?!FARGATE)(.+)$",
        other="^FARGATE",
        strength="needed",
        why=_TARGET,
    ),
    Relation(f"{_NETWORK}.Subnets", "aws_ec2_subnet", strength="needed", why=_TARGET),
    Relation(
        f"{_NETWORK}.SecurityGroups", "aws_ec2_security_group", strength="needed", why=_TARGET
    ),
)

_RELATIONS = (
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("KmsKeyIdentifier", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    *_SOURCES,
    *_BOTH_ENDS,
    *_TARGETS,
    Relation(
        _DEAD,
        "aws_sqs_queue",
        by="arn",
        pattern=r"^(arn:[^:]+:sqs:.+)$",
        strength="needed",
        why="events that it cannot deliver would be lost",
    ),
    Relation(
        "LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:[^:]+:log-group:[^:]+)",
        strength="needed",
        why=_LOG,
    ),
    Relation(
        "LogConfiguration.FirehoseLogDestination.DeliveryStreamArn",
        "aws_firehose_delivery_stream",
        by="arn",
        strength="needed",
        why=_LOG,
    ),
    Relation(
        "LogConfiguration.S3LogDestination.BucketName",
        "aws_s3_bucket",
        strength="needed",
        why=_LOG,
    ),
)

PIPE = Kind(
    name="aws_pipes_pipe",
    list=Call("pipes", "list_pipes", "Pipes[]"),
    get=Call("pipes", "describe_pipe", Name="{id}"),
    details=(_PIPE,),
    get_details=(),
    id="Name",
    label="Name",
    arn="Arn",
    created="CreationTime",
    relations=_RELATIONS,
    fingerprint=("Arn", "CreationTime", "LastModifiedTime"),
    sources={"fingerprint": "pipes:DescribePipe", "usual": "ours"},
    delete=Delete(
        Call("pipes", "delete_pipe", Name="{id}"),
        gone=("NotFoundException",),
        blocked=("ConflictException",),
        failed="CurrentState == 'DELETE_FAILED' || CurrentState == 'DELETE_ROLLBACK_FAILED'",
        why="StateReason",
        usual=120,
        note="Events that its source keeps stay there.",
    ),
)
