"""AWS Backup's backup, copy and restore jobs of the last 30 days."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.kind import Decision, Kind, Relation

_RECORD: Decision = {"strength": "history", "why": "it is the record of a job and needs nothing"}

_PLAN = Relation("CreatedBy.BackupPlanId", "aws_backup_plan", reverse=True, **_RECORD)

BACKUP_JOB = Kind(
    name="aws_backup_job",
    list=Call("backup", "list_backup_jobs", "BackupJobs[]", MaxResults=1000),
    id="BackupJobId",
    tags=None,
    created="CreationDate",
    relations=(
        Relation("ResourceArn", "aws_backup_protected_resource", **_RECORD),
        Relation("RecoveryPointArn", "aws_backup_recovery_point", **_RECORD),
        _PLAN,
        Relation("BackupVaultArn", "aws_backup_vault", by="arn", reverse=True, **_RECORD),
    ),
    volatile=("PercentDone", "BytesTransferred", "BackupSizeInBytes", "ExpectedCompletionDate"),
    undeletable="It is a record, which AWS removes after 30 days.",
)

COPY_JOB = Kind(
    name="aws_backup_copy_job",
    list=Call("backup", "list_copy_jobs", "CopyJobs[]", MaxResults=1000),
    id="CopyJobId",
    tags=None,
    created="CreationDate",
    relations=(
        Relation("SourceRecoveryPointArn", "aws_backup_recovery_point", **_RECORD),
        Relation("DestinationRecoveryPointArn", "aws_backup_recovery_point", **_RECORD),
        Relation("SourceBackupVaultArn", "aws_backup_vault", by="arn", **_RECORD),
        Relation("DestinationBackupVaultArn", "aws_backup_vault", by="arn", **_RECORD),
        _PLAN,
    ),
    volatile=("BackupSizeInBytes", "ChildJobsInState"),
    undeletable="It is a record, which AWS removes after 30 days.",
)

RESTORE_JOB = Kind(
    name="aws_backup_restore_job",
    list=Call("backup", "list_restore_jobs", "RestoreJobs[]", MaxResults=1000),
    id="RestoreJobId",
    tags=None,
    created="CreationDate",
    relations=(
        Relation("RecoveryPointArn", "aws_backup_recovery_point", reverse=True, **_RECORD),
        Relation(
            "CreatedBy.RestoreTestingPlanArn",
            "aws_backup_restore_testing_plan",
            by="arn",
            reverse=True,
            **_RECORD,
        ),
        Relation("BackupVaultArn", "aws_backup_vault", by="arn", reverse=True, **_RECORD),
    ),
    volatile=("PercentDone", "BackupSizeInBytes", "ExpectedCompletionTimeMinutes"),
    undeletable="It is a record, which AWS removes after 30 days.",
)
