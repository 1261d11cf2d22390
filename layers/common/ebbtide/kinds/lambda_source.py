"""Lambda layers and event source mappings."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Decision, Kind, Relation

_LOST: Decision = {"strength": "needed", "why": "records that the function fails on would be lost"}

_LAYER_DELETE = Delete(
    Call(
        "lambda",
        "delete_layer_version",
        LayerName="{LayerName}",
        VersionNumber="{LatestMatchingVersion.Version}",
    ),
    # Deleting a missing version succeeds, so the last version can be deleted with the others.
    prepare=(
        Prepare(
            Call(
                "lambda",
                "delete_layer_version",
                LayerName="{LayerName}",
                VersionNumber="{each.Version}",
            ),
            each="Versions[]",
            absent=("ResourceNotFoundException",),
        ),
    ),
    gone=("ResourceNotFoundException",),
    blocked=(),
    note="All of its versions go with it; functions that use one keep their copy.",
)

LAYER = Kind(
    name="aws_lambda_layer",
    list=Call("lambda", "list_layers", "Layers[]"),
    # No other call returns the layer itself.
    get=Call("lambda", "list_layers", "Layers[]"),
    get_details=(
        Detail(
            Call("lambda", "list_layer_versions", "LayerVersions[]", LayerName="{LayerName}"),
            into="Versions",
        ),
    ),
    id="LayerArn",
    label="LayerName",
    arn="LayerArn",
    tags=None,
    created="LatestMatchingVersion.CreatedDate",
    fingerprint=("LayerArn", "LatestMatchingVersion"),
    delete=_LAYER_DELETE,
)

_FUNCTION = r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)"
_FAILED = "DestinationConfig.OnFailure.Destination"

_RELATIONS = (
    # AWS keeps the mappings of a deleted function.
    Relation(
        "FunctionArn",
        "aws_lambda_function",
        by="arn",
        reverse=True,
        deleted_before=True,
        part="plain",
        pattern=_FUNCTION,
    ),
    Relation(
        "EventSourceArn",
        "aws_sqs_queue",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:sqs:.+)$",
    ),
    Relation(
        "EventSourceArn",
        "aws_kinesis_stream",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:kinesis:[^:]+:[^:]+:stream/[^/]+)",
    ),
    Relation(
        "EventSourceArn",
        "aws_dynamodb_table",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:dynamodb:[^:]+:[^:]+:table/[^/]+)/stream/",
    ),
    Relation(
        "EventSourceArn",
        "aws_dynamodb_global_table",
        pattern=r"^arn:[^:]+:dynamodb:[^:]+:[^:]+:table/([^/]+)/stream/",
        strength="watches",
        why="it reads the stream of the table of its region",
    ),
    Relation(
        "EventSourceArn",
        "aws_msk_cluster",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:kafka:.+)$",
    ),
    Relation(
        "EventSourceArn",
        "aws_mq_broker",
        deleted_before=True,
        pattern=r"^arn:[^:]+:mq:.+:broker:[^:]+:(b-.+)$",
    ),
    Relation(
        "EventSourceArn",
        "aws_docdb_cluster",
        deleted_before=True,
        pattern=r"^arn:[^:]+:rds:[^:]+:[^:]+:cluster:(.+)$",
    ),
    Relation(_FAILED, "aws_sqs_queue", by="arn", pattern=r"^(arn:[^:]+:sqs:.+)$", **_LOST),
    Relation(_FAILED, "aws_sns_topic", pattern=r"^(arn:[^:]+:sns:.+)$", **_LOST),
    Relation(_FAILED, "aws_s3_bucket", pattern=r"^arn:[^:]+:s3:::(.+)$", **_LOST),
    Relation("KMSKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "SourceAccessConfigurations[].URI",
        "aws_secretsmanager_secret",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:secretsmanager:.+)$",
        # A virtual host, or one of the places below.
        other=r"^(?!arn:)",
    ),
    Relation(
        "SourceAccessConfigurations[].URI",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
        pattern=r"^(?:subnet:)?(subnet-\w+)$",
    ),
    Relation(
        "SourceAccessConfigurations[].URI",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
        pattern=r"^(?:security_group:)?(sg-\w+)$",
        other=r"^(?!.*sg-)",
    ),
)

EVENT_SOURCE_MAPPING = Kind(
    name="aws_lambda_event_source_mapping",
    list=Call("lambda", "list_event_source_mappings", "EventSourceMappings[]"),
    get=Call("lambda", "get_event_source_mapping", UUID="{id}"),
    details=(
        Detail(
            Call("lambda", "list_tags", "Tags", Resource="{EventSourceMappingArn}"), into="Tags"
        ),
    ),
    id="UUID",
    arn="EventSourceMappingArn",
    relations=_RELATIONS,
    volatile=("LastProcessingResult", "StateTransitionReason"),
    fingerprint=("EventSourceMappingArn", "FunctionArn", "LastModified"),
    delete=Delete(
        Call("lambda", "delete_event_source_mapping", UUID="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException", "ResourceConflictException"),
        note="The source no longer invokes the function.",
    ),
)
