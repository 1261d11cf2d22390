"""ElastiCache clusters, replication groups, subnet groups and serverless caches."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_LOG: Decision = {"strength": "needed", "why": "the cache could not deliver its logs"}

_TAGS = Detail(
    Call("elasticache", "list_tags_for_resource", "TagList[]", ResourceName="{ARN}"), into="Tags"
)
_LOG_GROUP = Relation(
    "LogDeliveryConfigurations[].DestinationDetails.CloudWatchLogsDetails.LogGroup",
    "aws_cloudwatch_log_group",
    **_NO_LOG,
)
_LOG_STREAM = Relation(
    "LogDeliveryConfigurations[].DestinationDetails.KinesisFirehoseDetails.DeliveryStream",
    "aws_firehose_delivery_stream",
    **_NO_LOG,
)

_CLUSTER_RELATIONS = (
    Relation(
        "SecurityGroups[].SecurityGroupId",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "CacheSubnetGroupName", "aws_elasticache_subnet_group", reverse=True, deleted_before=True
    ),
    Relation(
        "ReplicationGroupId",
        "aws_elasticache_replication_group",
        reverse=True,
        owned_by=True,
        source="elasticache:DeleteReplicationGroup",
    ),
    Relation(
        "NotificationConfiguration.TopicArn",
        "aws_sns_topic",
        strength="needed",
        why="events of the cache would notify nobody",
    ),
    _LOG_GROUP,
    _LOG_STREAM,
)

_CLUSTER_DELETE = Delete(
    Call(
        "elasticache",
        "delete_cache_cluster",
        action=("elasticache:DeleteCacheCluster", "elasticache:CreateSnapshot"),
        CacheClusterId="{id}",
        # Memcached has no snapshots.
        FinalSnapshotIdentifier=(
            "{Engine != 'memcached' && join('-', ['ebbtide-final', CacheClusterId,"
            " digits(CacheClusterCreateTime)]) || `null`}"
        ),
    ),
    gone=("CacheClusterNotFound",),
    blocked=("InvalidCacheClusterState",),
    refused=(
        "SnapshotAlreadyExistsFault",
        "SnapshotFeatureNotSupportedFault",
        "SnapshotQuotaExceededFault",
        "InvalidParameterValue",
        "InvalidParameterCombination",
    ),
    usual=600,
    note="Leaves a final snapshot, ebbtide-final-..., unless it runs Memcached.",
)

CACHE_CLUSTER = Kind(
    name="aws_elasticache_cache_cluster",
    list=Call("elasticache", "describe_cache_clusters", "CacheClusters[]"),
    get=Call("elasticache", "describe_cache_clusters", "CacheClusters[]", CacheClusterId="{id}"),
    details=(_TAGS,),
    id="CacheClusterId",
    label="CacheClusterId",
    arn="ARN",
    created="CacheClusterCreateTime",
    relations=_CLUSTER_RELATIONS,
    never_delete=(
        NeverDelete(
            "ReplicationGroupId",
            "it is a node of a replication group and is deleted with it",
            "elasticache:CacheCluster",
        ),
    ),
    fingerprint=("ARN", "CacheClusterCreateTime", "CacheClusterStatus"),
    delete=_CLUSTER_DELETE,
)

_GROUP_DELETE = Delete(
    Call(
        "elasticache",
        "delete_replication_group",
        action=("elasticache:DeleteReplicationGroup", "elasticache:CreateSnapshot"),
        ReplicationGroupId="{id}",
        RetainPrimaryCluster=False,
        FinalSnapshotIdentifier="ebbtide-final-{ReplicationGroupId}-{digits(ReplicationGroupCreateTime)}",
    ),
    gone=("ReplicationGroupNotFoundFault",),
    blocked=("InvalidReplicationGroupState",),
    refused=(
        "SnapshotAlreadyExistsFault",
        "SnapshotFeatureNotSupportedFault",
        "SnapshotQuotaExceededFault",
        "InvalidParameterValue",
        "InvalidParameterCombination",
    ),
    usual=600,
    note="Leaves a final snapshot, ebbtide-final-...; its cache clusters go with it.",
)

REPLICATION_GROUP = Kind(
    name="aws_elasticache_replication_group",
    list=Call("elasticache", "describe_replication_groups", "ReplicationGroups[]"),
    get=Call(
        "elasticache",
        "describe_replication_groups",
        "ReplicationGroups[]",
        ReplicationGroupId="{id}",
    ),
    details=(_TAGS,),
    id="ReplicationGroupId",
    label="ReplicationGroupId",
    arn="ARN",
    created="ReplicationGroupCreateTime",
    relations=(
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
        _LOG_GROUP,
        _LOG_STREAM,
    ),
    never_delete=(
        NeverDelete(
            "GlobalReplicationGroupInfo.GlobalReplicationGroupId",
            "it is part of a global datastore",
            "elasticache:GlobalReplicationGroupInfo",
        ),
    ),
    fingerprint=("ARN", "ReplicationGroupCreateTime", "Status"),
    delete=_GROUP_DELETE,
)

# AWS creates `default`.
_SUBNET_GROUPS = "CacheSubnetGroups[?CacheSubnetGroupName != 'default'][]"

SUBNET_GROUP = Kind(
    name="aws_elasticache_subnet_group",
    list=Call("elasticache", "describe_cache_subnet_groups", _SUBNET_GROUPS),
    get=Call(
        "elasticache", "describe_cache_subnet_groups", _SUBNET_GROUPS, CacheSubnetGroupName="{id}"
    ),
    details=(_TAGS,),
    id="CacheSubnetGroupName",
    label="CacheSubnetGroupName",
    arn="ARN",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("Subnets[].SubnetIdentifier", "aws_ec2_subnet", reverse=True, deleted_before=True),
    ),
    fingerprint=("ARN", "VpcId", "CacheSubnetGroupDescription"),
    delete=Delete(
        Call("elasticache", "delete_cache_subnet_group", CacheSubnetGroupName="{id}"),
        gone=("CacheSubnetGroupNotFoundFault",),
        blocked=("CacheSubnetGroupInUse",),
    ),
)

_SERVERLESS_DELETE = Delete(
    Call(
        "elasticache",
        "delete_serverless_cache",
        action=(
            "elasticache:DeleteServerlessCache",
            "elasticache:CreateServerlessCacheSnapshot",
        ),
        ServerlessCacheName="{id}",
        FinalSnapshotName="ebbtide-final-{ServerlessCacheName}-{digits(CreateTime)}",
    ),
    gone=("ServerlessCacheNotFoundFault",),
    blocked=("InvalidServerlessCacheStateFault",),
    refused=(
        "ServerlessCacheSnapshotAlreadyExistsFault",
        "InvalidParameterValue",
        "InvalidParameterCombination",
    ),
    usual=600,
    note="Leaves a final snapshot, ebbtide-final-...",
)

SERVERLESS_CACHE = Kind(
    name="aws_elasticache_serverless_cache",
    list=Call("elasticache", "describe_serverless_caches", "ServerlessCaches[]"),
    get=Call(
        "elasticache",
        "describe_serverless_caches",
        "ServerlessCaches[]",
        ServerlessCacheName="{id}",
    ),
    details=(_TAGS,),
    id="ServerlessCacheName",
    label="ServerlessCacheName",
    arn="ARN",
    created="CreateTime",
    relations=(
        Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    fingerprint=("ARN", "CreateTime", "Status"),
    sources={"usual": "ours"},
    delete=_SERVERLESS_DELETE,
)
