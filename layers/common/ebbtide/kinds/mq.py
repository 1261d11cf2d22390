"""Amazon MQ brokers."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

BROKER = Kind(
    name="aws_mq_broker",
    list=Call("mq", "list_brokers", "BrokerSummaries[]"),
    get=Call("mq", "describe_broker", BrokerId="{id}"),
    details=(Detail(Call("mq", "describe_broker", BrokerId="{BrokerId}"), describes=True),),
    get_details=(),
    id="BrokerId",
    label="BrokerName",
    arn="BrokerArn",
    created="Created",
    relations=(
        Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("EncryptionOptions.KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
        Relation(
            "Logs.[GeneralLogGroup, AuditLogGroup]",
            "aws_cloudwatch_log_group",
            strength="needed",
            why="the broker could not write its logs",
        ),
    ),
    never_delete=(
        NeverDelete("DataReplicationMode == 'CRDR'", "it is replicated to another region"),
    ),
    fingerprint=("BrokerArn", "Created", "BrokerState", "EngineType"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("mq", "delete_broker", BrokerId="{id}"),
        gone=("NotFoundException",),
        # The broker is being created, rebooted or changed.
        blocked=("BadRequestException",),
        usual=600,
        note="Its messages are lost; its configuration stays.",
    ),
)
