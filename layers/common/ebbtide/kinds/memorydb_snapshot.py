"""Snapshots of MemoryDB clusters."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Decision, Kind, Relation

_OWN_COPY: Decision = {"strength": "origin", "why": "a snapshot has its own copy of the data"}

SNAPSHOT = Kind(
    name="aws_memorydb_snapshot",
    bases=("snapshot",),
    # AWS does not say when it made a snapshot, except for its shards, on request.
    list=Call("memorydb", "describe_snapshots", "Snapshots[]", ShowDetail=True),
    get=Call("memorydb", "describe_snapshots", "Snapshots[]", SnapshotName="{id}", ShowDetail=True),
    details=(Detail(Call("memorydb", "list_tags", "TagList[]", ResourceArn="{ARN}"), into="Tags"),),
    absent=("ServiceLinkedRoleNotFoundFault",),
    id="Name",
    label="Name",
    arn="ARN",
    created="ClusterConfiguration.Shards[0].SnapshotCreationTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "`null`",
        "volume_id": "`null`",
        "encrypted": "`true`",
    },
    relations=(
        Relation("ClusterConfiguration.Name", "aws_memorydb_cluster", reverse=True, **_OWN_COPY),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    never_delete=(
        NeverDelete("Source == 'automated'", "AWS removes it automatically", "memorydb:Snapshot"),
        final_copy("Name"),
    ),
    fingerprint=("ARN", "Status"),
    sources={"fingerprint": "memorydb:Snapshot"},
    delete=Delete(
        Call("memorydb", "delete_snapshot", SnapshotName="{id}"),
        gone=("SnapshotNotFoundFault",),
        blocked=("InvalidSnapshotStateFault",),
        refused=(),
    ),
)
