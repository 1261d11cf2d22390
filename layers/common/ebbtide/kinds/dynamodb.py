"""DynamoDB tables."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Keep, Kind, Relation

_TABLE = Call("dynamodb", "describe_table", "Table", TableName="{TableName}")
_TAGS = Detail(
    Call("dynamodb", "list_tags_of_resource", "Tags[]", ResourceArn="{TableArn}"), into="Tags"
)

TABLE = Kind(
    name="aws_dynamodb_table",
    bases=("database",),
    list=Call("dynamodb", "list_tables", "TableNames[].{TableName: @}"),
    get=Call("dynamodb", "describe_table", "Table", TableName="{id}"),
    details=(Detail(_TABLE), _TAGS),
    get_details=(_TAGS,),
    id="TableName",
    label="TableName",
    arn="TableArn",
    created="CreationDateTime",
    fields={"db_type": "'dynamodb'", "db_status": "TableStatus"},
    relations=(
        Relation("SSEDescription.KMSMasterKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    ),
    # The indexes carry sizes and counts of their own.
    volatile=("TableSizeBytes", "ItemCount", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"),
    keep=(
        Keep("DeletionProtectionEnabled", "its deletion protection is on"),
        Keep("Replicas", "it is replicated to other regions"),
    ),
    fingerprint=("TableId", "CreationDateTime", "TableStatus"),
    delete=Delete(
        Call("dynamodb", "delete_table", TableName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException", "LimitExceededException"),
        refused=("ValidationException",),
        note="No backup is made; with point-in-time recovery on, AWS keeps one for 35 days.",
    ),
)
