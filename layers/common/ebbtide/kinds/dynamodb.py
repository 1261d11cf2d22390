"""DynamoDB tables, global tables of version 2017.11.29, and backups."""

from __future__ import annotations

from ebbtide.kinds._scaling import SCALED_TABLES
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_TABLE = Call("dynamodb", "describe_table", "Table", TableName="{TableName}")
_TAGS = Detail(
    Call("dynamodb", "list_tags_of_resource", "Tags[]", ResourceArn="{TableArn}"), into="Tags"
)

_STREAMING = Detail(
    Call(
        "dynamodb",
        "describe_kinesis_streaming_destination",
        "KinesisDataStreamDestinations[]",
        TableName="{TableName}",
    ),
    into="KinesisDataStreamDestinations",
)

# AWS gives the size only in bytes, and encrypts every table.
_TABLE_FIELDS = {
    "db_type": "'dynamodb'",
    "db_status": "TableStatus",
    "db_endpoint": "`null`",
    "db_version": "`null`",
    "db_publicly_accessible": "`null`",
    "instance_type": "`null`",
    "volume_size": "`null`",
    "volume_iops": "`null`",
    "volume_encrypted": "`true`",
}

_TABLE_RELATIONS = (
    Relation("SSEDescription.KMSMasterKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        "RestoreSummary.SourceBackupArn",
        "aws_dynamodb_backup",
        strength="origin",
        why="a restored table works without its backup",
    ),
    Relation(
        "RestoreSummary.SourceTableArn",
        "aws_dynamodb_table",
        by="arn",
        strength="origin",
        why="a restored table works without its source",
    ),
    Relation(
        "KinesisDataStreamDestinations[].StreamArn",
        "aws_kinesis_stream",
        by="arn",
        strength="needed",
        why="its changes would reach nobody",
    ),
    Relation("ScalableTargets[].RoleARN", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "ScalingPolicies[].Alarms[].AlarmARN",
        "aws_cloudwatch_alarm",
        by="arn",
        strength="needed",
        why="it would no longer scale",
    ),
)

_TABLE_USE = LastUse(
    metrics=(
        UseMetric("AWS/DynamoDB", "ConsumedReadCapacityUnits", {"TableName": "{TableName}"}),
        UseMetric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "{TableName}"}),
    )
)

_TABLE_NEVER = (
    NeverDelete(
        "DeletionProtectionEnabled",
        "its deletion protection is on",
        "dynamodb:TableDescription",
        protects=True,
    ),
    # DeleteTable deletes one replica of a global table; the others stay.
    NeverDelete(
        "Replicas && GlobalTableVersion == '2017.11.29'",
        "it is a replica of a global table of version 2017.11.29",
        "dynamodb:DeleteTable",
    ),
    NeverDelete(
        "Replicas && MultiRegionConsistency == 'STRONG'",
        "replicas with strong consistency can only be deleted two at once",
        "dynamodb:UpdateTable",
    ),
)

TABLE = Kind(
    name="aws_dynamodb_table",
    bases=("database",),
    list=Call("dynamodb", "list_tables", "TableNames[].{TableName: @}"),
    get=Call("dynamodb", "describe_table", "Table", TableName="{id}"),
    details=(Detail(_TABLE, describes=True), _TAGS, _STREAMING, *SCALED_TABLES),
    get_details=(_TAGS, _STREAMING, *SCALED_TABLES),
    id="TableName",
    label="TableName",
    arn="TableArn",
    created="CreationDateTime",
    unique=("TableId",),
    last_use=_TABLE_USE,
    fields=_TABLE_FIELDS,
    relations=_TABLE_RELATIONS,
    # The indexes have sizes and counts of their own.
    volatile=("TableSizeBytes", "ItemCount", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"),
    never_delete=_TABLE_NEVER,
    fingerprint=("TableId", "CreationDateTime", "TableStatus"),
    sources={"unique": "dynamodb:TableDescription"},
    delete=Delete(
        Call("dynamodb", "delete_table", TableName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException", "LimitExceededException"),
        refused=("ValidationException",),
        usual=120,
        note="Replicas in other regions stay. If point-in-time recovery is on, AWS keeps a backup"
        " for 35 days.",
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html",
    ),
)

_GLOBAL_TABLE = Call(
    "dynamodb",
    "describe_global_table",
    "GlobalTableDescription",
    GlobalTableName="{GlobalTableName}",
)

# AWS lists only version 2017.11.29; a table of the current version names its own replicas.
GLOBAL_TABLE = Kind(
    name="aws_dynamodb_global_table",
    scope="global",
    list=Call("dynamodb", "list_global_tables", "GlobalTables[]"),
    details=(Detail(_GLOBAL_TABLE, describes=True),),
    id="GlobalTableName",
    label="GlobalTableName",
    arn="GlobalTableArn",
    tags=None,
    created="CreationDateTime",
    relations=(
        Relation(
            "ReplicationGroup[].ReplicaArn",
            "aws_dynamodb_table",
            by="arn",
            strength="watches",
            why="it only lists its replicas, each of which is a table of its own",
        ),
        Relation(
            "ReplicationGroup[].KMSMasterKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID
        ),
    ),
    undeletable="It consists of its replica tables; AWS has no call to delete it as a whole.",
)

_BACKUP = (
    "BackupDescription.{BackupArn: BackupDetails.BackupArn, BackupName: BackupDetails.BackupName,"
    " BackupStatus: BackupDetails.BackupStatus, BackupType: BackupDetails.BackupType,"
    " BackupCreationDateTime: BackupDetails.BackupCreationDateTime,"
    " TableName: SourceTableDetails.TableName, TableArn: SourceTableDetails.TableArn,"
    " TableId: SourceTableDetails.TableId}"
)

# Backups that AWS Backup created are recovery points in its vaults.
BACKUP = Kind(
    name="aws_dynamodb_backup",
    list=Call("dynamodb", "list_backups", "BackupSummaries[]", BackupType="USER"),
    get=Call("dynamodb", "describe_backup", _BACKUP, BackupArn="{id}"),
    id="BackupArn",
    label="BackupName",
    arn="BackupArn",
    tags=None,
    created="BackupCreationDateTime",
    relations=(
        Relation(
            "TableArn",
            "aws_dynamodb_table",
            by="arn",
            reverse=True,
            strength="origin",
            why="a backup can be restored without its table",
        ),
    ),
    ended="BackupStatus == 'DELETED'",
    fingerprint=("BackupStatus", "BackupCreationDateTime", "TableId"),
    delete=Delete(
        Call("dynamodb", "delete_backup", BackupArn="{id}"),
        gone=("BackupNotFoundException",),
        blocked=("BackupInUseException", "LimitExceededException"),
        refused=(),
        note="The original table is not affected.",
    ),
)
