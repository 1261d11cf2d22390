"""Backups of FSx file systems and volumes, among them the final ones that Ebbtide leaves."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Kind, Relation

BACKUP = Kind(
    name="aws_fsx_backup",
    bases=("snapshot",),
    list=Call("fsx", "describe_backups", "Backups[]"),
    get=Call("fsx", "describe_backups", "Backups[]", BackupIds=["{id}"]),
    id="BackupId",
    arn="ResourceARN",
    created="CreationTime",
    fields={
        "snapshot_status": "Lifecycle",
        "volume_size": "FileSystem.StorageCapacity",
        "volume_id": "`null`",
        "encrypted": "`true`",
    },
    relations=(
        Relation(
            "FileSystem.FileSystemId",
            "aws_fsx_file_system",
            reverse=True,
            strength="origin",
            why="a backup has its own copy of the data",
        ),
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    ended="Lifecycle == 'DELETED'",
    volatile=("ProgressPercent",),
    never_delete=(
        NeverDelete("OwnerId && OwnerId != account", "it belongs to another account", "fsx:Backup"),
        NeverDelete(
            "Type == 'AUTOMATIC'", "AWS removes it after the file system's retention", "fsx:Backup"
        ),
        NeverDelete("Type == 'AWS_BACKUP'", "AWS Backup manages it", "fsx:Backup"),
        final_copy("(Tags[?Key == 'Name'].Value | [0] || '')"),
    ),
    fingerprint=("CreationTime", "Lifecycle"),
    sources={"fingerprint": "fsx:Backup"},
    delete=Delete(
        Call("fsx", "delete_backup", BackupId="{id}"),
        gone=("BackupNotFound",),
        blocked=("BackupInProgress", "BackupRestoring", "BackupBeingCopied"),
        refused=("BadRequest", "IncompatibleParameterError"),
        note="Its data is lost.",
    ),
)
