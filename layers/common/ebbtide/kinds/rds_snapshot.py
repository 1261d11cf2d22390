"""Snapshots of RDS instances and clusters."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Decision, Kind, Relation

_OWN_COPY: Decision = {"strength": "origin", "why": "a snapshot has its own copy of the data"}
_PLACE: Decision = {"strength": "origin", "why": "a snapshot can be restored in any VPC"}

_AUTOMATIC = NeverDelete(
    "SnapshotType != 'manual'",
    "AWS created it on a schedule and removes it automatically",
)

SNAPSHOT = Kind(
    name="aws_rds_snapshot",
    bases=("snapshot",),
    list=Call("rds", "describe_db_snapshots", "DBSnapshots[]"),
    get=Call("rds", "describe_db_snapshots", "DBSnapshots[]", DBSnapshotIdentifier="{id}"),
    id="DBSnapshotIdentifier",
    label="DBSnapshotIdentifier",
    arn="DBSnapshotArn",
    tags="TagList",
    created="SnapshotCreateTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "AllocatedStorage",
        "volume_id": "`null`",
        "encrypted": "Encrypted",
    },
    relations=(
        Relation("DBInstanceIdentifier", "aws_rds_instance", reverse=True, **_OWN_COPY),
        Relation("VpcId", "aws_vpc", reverse=True, **_PLACE),
        Relation("SourceDBSnapshotIdentifier", "aws_rds_snapshot", by="arn", **_OWN_COPY),
        Relation("OptionGroupName", "aws_rds_option_group", deleted_before=True),
        Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    ),
    volatile=("PercentProgress",),
    never_delete=(
        _AUTOMATIC,
        final_copy("DBSnapshotIdentifier"),
    ),
    fingerprint=("SnapshotCreateTime", "Status", "SnapshotType"),
    delete=Delete(
        Call("rds", "delete_db_snapshot", DBSnapshotIdentifier="{id}"),
        gone=("DBSnapshotNotFound",),
        blocked=("InvalidDBSnapshotState",),
    ),
)

_SNAPSHOTS = "DBClusterSnapshots[]"
# These include the snapshots of DocumentDB and Neptune, which the same calls manage.
_CLUSTER_SNAPSHOT_RELATIONS = (
    Relation(
        '[@][?!contains(`["docdb", "neptune"]`, Engine)].DBClusterIdentifier',
        "aws_rds_cluster",
        reverse=True,
        **_OWN_COPY,
    ),
    Relation(
        "[@][?Engine == 'docdb'].DBClusterIdentifier",
        "aws_docdb_cluster",
        reverse=True,
        **_OWN_COPY,
    ),
    Relation(
        "[@][?Engine == 'neptune'].DBClusterIdentifier",
        "aws_neptune_cluster",
        reverse=True,
        **_OWN_COPY,
    ),
    Relation("VpcId", "aws_vpc", reverse=True, **_PLACE),
    Relation("SourceDBClusterSnapshotArn", "aws_rds_cluster_snapshot", by="arn", **_OWN_COPY),
    Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
)

CLUSTER_SNAPSHOT = Kind(
    name="aws_rds_cluster_snapshot",
    bases=("snapshot",),
    list=Call("rds", "describe_db_cluster_snapshots", _SNAPSHOTS),
    get=Call(
        "rds", "describe_db_cluster_snapshots", _SNAPSHOTS, DBClusterSnapshotIdentifier="{id}"
    ),
    id="DBClusterSnapshotIdentifier",
    label="DBClusterSnapshotIdentifier",
    arn="DBClusterSnapshotArn",
    tags="TagList",
    created="SnapshotCreateTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "AllocatedStorage",
        "volume_id": "`null`",
        "encrypted": "StorageEncrypted",
    },
    relations=_CLUSTER_SNAPSHOT_RELATIONS,
    volatile=("PercentProgress",),
    never_delete=(
        _AUTOMATIC,
        final_copy("DBClusterSnapshotIdentifier"),
    ),
    fingerprint=("SnapshotCreateTime", "Status", "SnapshotType"),
    delete=Delete(
        Call("rds", "delete_db_cluster_snapshot", DBClusterSnapshotIdentifier="{id}"),
        gone=("DBClusterSnapshotNotFoundFault",),
        blocked=("InvalidDBClusterSnapshotStateFault",),
    ),
)
