"""MSK clusters, provisioned and serverless."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_LOG: Decision = {"strength": "needed", "why": "the brokers could not deliver their logs"}

_RELATIONS = (
    Relation(
        "Provisioned.BrokerNodeGroupInfo.ClientSubnets",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "Provisioned.BrokerNodeGroupInfo.SecurityGroups",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "Serverless.VpcConfigs[].SubnetIds[]", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation(
        "Serverless.VpcConfigs[].SecurityGroupIds[]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "Provisioned.LoggingInfo.BrokerLogs.CloudWatchLogs.LogGroup",
        "aws_cloudwatch_log_group",
        **_NO_LOG,
    ),
    Relation(
        "Provisioned.LoggingInfo.BrokerLogs.Firehose.DeliveryStream",
        "aws_firehose_delivery_stream",
        **_NO_LOG,
    ),
    Relation("Provisioned.LoggingInfo.BrokerLogs.S3.Bucket", "aws_s3_bucket", **_NO_LOG),
    Relation(
        "Provisioned.LoggingInfo.AuthorizerLogs.CloudWatchLogs.LogGroup",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="its authorizer would not be logged",
    ),
    Relation(
        "Provisioned.LoggingInfo.AuthorizerLogs.Firehose.DeliveryStream",
        "aws_firehose_delivery_stream",
        strength="needed",
        why="its authorizer would not be logged",
    ),
    Relation(
        "Provisioned.LoggingInfo.AuthorizerLogs.S3.Bucket",
        "aws_s3_bucket",
        strength="needed",
        why="its authorizer would not be logged",
    ),
)

CLUSTER = Kind(
    name="aws_msk_cluster",
    list=Call("kafka", "list_clusters_v2", "ClusterInfoList[]"),
    get=Call("kafka", "describe_cluster_v2", "ClusterInfo", ClusterArn="{id}"),
    id="ClusterArn",
    label="ClusterName",
    arn="ClusterArn",
    created="CreationTime",
    relations=_RELATIONS,
    volatile=("ActiveOperationArn",),
    fingerprint=("CreationTime", "CurrentVersion", "State"),
    sources={
        "failed": "https://docs.aws.amazon.com/msk/latest/developerguide/msk-cluster-states.html",
        "usual": "ours",
    },
    delete=Delete(
        Call("kafka", "delete_cluster", ClusterArn="{id}", CurrentVersion="{CurrentVersion}"),
        gone=("NotFoundException",),
        # AWS deletes only an active or failed cluster.
        blocked=("BadRequestException",),
        failed="State == 'FAILED'",
        why="StateInfo.Message",
        usual=900,
        note="Its topics and their records are lost; its configuration stays.",
    ),
)
