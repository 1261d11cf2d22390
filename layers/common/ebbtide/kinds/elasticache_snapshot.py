"""Snapshots of ElastiCache clusters, replication groups and serverless caches."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Decision, Kind, Relation

_OWN_COPY: Decision = {"strength": "origin", "why": "a snapshot has its own copy of the data"}
_TAGS = Detail(
    Call("elasticache", "list_tags_for_resource", "TagList[]", ResourceName="{ARN}"), into="Tags"
)

SNAPSHOT = Kind(
    name="aws_elasticache_snapshot",
    bases=("snapshot",),
    list=Call("elasticache", "describe_snapshots", "Snapshots[]"),
    get=Call("elasticache", "describe_snapshots", "Snapshots[]", SnapshotName="{id}"),
    details=(_TAGS,),
    id="SnapshotName",
    label="SnapshotName",
    arn="ARN",
    created="NodeSnapshots[0].SnapshotCreateTime",
    fields={
        "snapshot_status": "SnapshotStatus",
        "volume_size": "`null`",
        "volume_id": "`null`",
        "encrypted": "`null`",
    },
    relations=(
        Relation("CacheClusterId", "aws_elasticache_cache_cluster", reverse=True, **_OWN_COPY),
        Relation(
            "ReplicationGroupId", "aws_elasticache_replication_group", reverse=True, **_OWN_COPY
        ),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    never_delete=(
        NeverDelete(
            "SnapshotSource == 'automated'", "AWS removes it automatically", "elasticache:Snapshot"
        ),
        final_copy("SnapshotName"),
    ),
    fingerprint=("ARN", "SnapshotStatus"),
    sources={"fingerprint": "elasticache:Snapshot"},
    delete=Delete(
        Call("elasticache", "delete_snapshot", SnapshotName="{id}"),
        gone=("SnapshotNotFoundFault",),
        blocked=("InvalidSnapshotState",),
        refused=(),
    ),
)

_SERVERLESS = "ServerlessCacheSnapshots[]"

_SERVERLESS_STAYS = (
    NeverDelete(
        "SnapshotType == 'automated'",
        "AWS removes it automatically",
        "elasticache:ServerlessCacheSnapshot",
    ),
    final_copy("ServerlessCacheSnapshotName"),
)

SERVERLESS_SNAPSHOT = Kind(
    name="aws_elasticache_serverless_snapshot",
    bases=("snapshot",),
    list=Call("elasticache", "describe_serverless_cache_snapshots", _SERVERLESS),
    get=Call(
        "elasticache",
        "describe_serverless_cache_snapshots",
        _SERVERLESS,
        ServerlessCacheSnapshotName="{id}",
    ),
    details=(_TAGS,),
    id="ServerlessCacheSnapshotName",
    label="ServerlessCacheSnapshotName",
    arn="ARN",
    created="CreateTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "`null`",
        "volume_id": "`null`",
        "encrypted": "`null`",
    },
    relations=(
        Relation(
            "ServerlessCacheConfiguration.ServerlessCacheName",
            "aws_elasticache_serverless_cache",
            reverse=True,
            **_OWN_COPY,
        ),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    never_delete=_SERVERLESS_STAYS,
    fingerprint=("CreateTime", "Status"),
    sources={"fingerprint": "elasticache:ServerlessCacheSnapshot"},
    delete=Delete(
        Call("elasticache", "delete_serverless_cache_snapshot", ServerlessCacheSnapshotName="{id}"),
        gone=("ServerlessCacheSnapshotNotFoundFault",),
        blocked=("InvalidServerlessCacheSnapshotStateFault",),
        refused=(),
    ),
)
