"""Snapshots of Redshift clusters and of Redshift Serverless."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Decision, Kind, Relation

_OWN_COPY: Decision = {"strength": "origin", "why": "a snapshot has its own copy of the data"}

_STAYS = (
    NeverDelete("SnapshotType == 'automated'", "AWS removes it automatically", "redshift:Snapshot"),
    NeverDelete("OwnerAccount != account", "it belongs to another account", "redshift:Snapshot"),
    NeverDelete(
        "AccountsWithRestoreAccess", "it is shared with other accounts", "redshift:Snapshot"
    ),
    final_copy("SnapshotIdentifier"),
)

SNAPSHOT = Kind(
    name="aws_redshift_snapshot",
    bases=("snapshot",),
    list=Call("redshift", "describe_cluster_snapshots", "Snapshots[]"),
    get=Call("redshift", "describe_cluster_snapshots", "Snapshots[]", SnapshotIdentifier="{id}"),
    id="SnapshotIdentifier",
    label="SnapshotIdentifier",
    arn="SnapshotArn",
    created="SnapshotCreateTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "`null`",
        "volume_id": "`null`",
        "encrypted": "Encrypted",
    },
    relations=(
        Relation("ClusterIdentifier", "aws_redshift_cluster", reverse=True, **_OWN_COPY),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    volatile=(
        "BackupProgressInMegaBytes",
        "CurrentBackupRateInMegaBytesPerSecond",
        "ElapsedTimeInSeconds",
        "EstimatedSecondsToCompletion",
        "ManualSnapshotRemainingDays",
    ),
    never_delete=_STAYS,
    fingerprint=("SnapshotCreateTime", "Status", "SnapshotType"),
    sources={"fingerprint": "redshift:Snapshot"},
    delete=Delete(
        Call("redshift", "delete_cluster_snapshot", SnapshotIdentifier="{id}"),
        gone=("ClusterSnapshotNotFound",),
        blocked=("InvalidClusterSnapshotState",),
        refused=(),
    ),
)

_SERVERLESS_STAYS = (
    NeverDelete(
        "ownerAccount != account",
        "it belongs to another account",
        "redshift-serverless:Snapshot",
    ),
    NeverDelete(
        "accountsWithRestoreAccess || accountsWithProvisionedRestoreAccess",
        "it is shared with other accounts",
        "redshift-serverless:Snapshot",
    ),
    final_copy("snapshotName"),
)

SERVERLESS_SNAPSHOT = Kind(
    name="aws_redshift_serverless_snapshot",
    bases=("snapshot",),
    list=Call("redshift-serverless", "list_snapshots", "snapshots[]"),
    get=Call("redshift-serverless", "get_snapshot", "snapshot", snapshotName="{id}"),
    details=(
        Detail(
            Call(
                "redshift-serverless",
                "list_tags_for_resource",
                "tags[]",
                resourceArn="{snapshotArn}",
            ),
            into="tags",
        ),
    ),
    id="snapshotName",
    label="snapshotName",
    arn="snapshotArn",
    tags="tags",
    created="snapshotCreateTime",
    fields={
        "snapshot_status": "status",
        "volume_size": "`null`",
        "volume_id": "`null`",
        "encrypted": "`true`",
    },
    relations=(
        Relation("namespaceName", "aws_redshift_serverless_namespace", reverse=True, **_OWN_COPY),
        Relation("kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    ended="status == 'DELETED'",
    volatile=("elapsedTimeInSeconds", "estimatedSecondsToCompletion", "snapshotRemainingDays"),
    never_delete=_SERVERLESS_STAYS,
    fingerprint=("snapshotArn", "snapshotCreateTime", "status"),
    sources={"fingerprint": "redshift-serverless:Snapshot"},
    delete=Delete(
        Call("redshift-serverless", "delete_snapshot", snapshotName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        refused=(),
    ),
)
