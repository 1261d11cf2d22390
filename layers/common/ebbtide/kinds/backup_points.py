"""AWS Backup recovery points, and the resources that have any."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_LISTED: Decision = {"strength": "history", "why": "it only says that the resource has backups"}

# For some services a recovery point is a snapshot, an image or a backup of that service, which is
# deleted with the recovery point and cannot be deleted in any other way.
_POINT_RELATIONS = (
    Relation("BackupVaultName", "aws_backup_vault", reverse=True, deleted_before=True, part="data"),
    Relation(
        "CreatedBy.BackupPlanId",
        "aws_backup_plan",
        reverse=True,
        strength="origin",
        why="a backup stays when its plan is gone",
    ),
    Relation(
        "ResourceArn",
        "aws_backup_protected_resource",
        strength="origin",
        why="a backup can be restored without its source",
    ),
    Relation("EncryptionKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    # AWS Backup needs this role to delete the recovery point.
    Relation("IamRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("RecoveryPointArn", "aws_ec2_snapshot", owns=True, pattern=r":snapshot/(snap-\w+)$"),
    Relation("RecoveryPointArn", "aws_ec2_image", owns=True, pattern=r":image/(ami-\w+)$"),
    Relation(
        "RecoveryPointArn",
        "aws_rds_snapshot",
        by="arn",
        owns=True,
        pattern=r"^(arn:[^:]+:rds:[^:]+:\d+:snapshot:.+)$",
    ),
    Relation(
        "RecoveryPointArn",
        "aws_rds_cluster_snapshot",
        by="arn",
        owns=True,
        pattern=r"^(arn:[^:]+:rds:[^:]+:\d+:cluster-snapshot:.+)$",
    ),
    Relation(
        "RecoveryPointArn",
        "aws_dynamodb_backup",
        owns=True,
        pattern=r"^(arn:[^:]+:dynamodb:[^:]+:\d+:table/[^/]+/backup/.+)$",
    ),
)

_POINT_NEVER = (
    NeverDelete(
        "CalculatedLifecycle.DeleteAt",
        "AWS Backup deletes it when it expires",
        "backup:CalculatedLifecycle",
    ),
    NeverDelete("starts_with(BackupVaultName, 'aws/')", "it is one of AWS's automatic backups"),
    NeverDelete(
        "VaultType && VaultType != 'BACKUP_VAULT'", "it is in a logically air-gapped vault"
    ),
    NeverDelete(
        "IsParent || ParentRecoveryPointArn",
        "it is part of a composite recovery point",
        "backup:RecoveryPointByBackupVault",
    ),
)

# Most recovery points expire automatically, which is not worth a call for each.
_POINT_DETAILS = (
    Detail(
        Call("backup", "list_tags", "Tags", ResourceArn="{RecoveryPointArn}"),
        into="Tags",
        when="!(CalculatedLifecycle.DeleteAt)",
    ),
)

_POINT_DELETE = Delete(
    Call(
        "backup",
        "delete_recovery_point",
        BackupVaultName="{BackupVaultName}",
        RecoveryPointArn="{id}",
    ),
    gone=("ResourceNotFoundException",),
    blocked=("InvalidResourceStateException",),
    # The vault is locked, or a legal hold covers the recovery point.
    refused=("InvalidParameterValueException", "InvalidRequestException"),
    note="The backup is lost for good, including the snapshot or image that holds it.",
)

RECOVERY_POINT = Kind(
    name="aws_backup_recovery_point",
    each="aws_backup_vault",
    list=Call(
        "backup",
        "list_recovery_points_by_backup_vault",
        "RecoveryPoints[]",
        BackupVaultName="{BackupVaultName}",
        MaxResults=1000,
    ),
    get=Call(
        "backup", "describe_recovery_point", BackupVaultName="{name}", RecoveryPointArn="{id}"
    ),
    details=_POINT_DETAILS,
    id="RecoveryPointArn",
    # AWS finds a recovery point only through its vault, so reading it again needs the vault's name.
    label="BackupVaultName",
    arn="RecoveryPointArn",
    created="CreationDate",
    relations=_POINT_RELATIONS,
    volatile=("LastRestoreTime", "IndexStatus", "IndexStatusMessage", "AggregatedScanResult"),
    never_delete=_POINT_NEVER,
    guardrail=Guardrail("it is a backup"),
    fingerprint=("CreationDate", "Status", "ResourceArn"),
    delete=_POINT_DELETE,
)

_PROTECTED_RELATIONS = (
    Relation(
        "LastBackupVaultArn",
        "aws_backup_vault",
        by="arn",
        reverse=True,
        strength="history",
        why="it only says where the last backup is",
    ),
    Relation(
        "ResourceArn",
        "aws_cloudformation_stack",
        pattern=r"^(arn:[^:]+:cloudformation:.+)$",
        **_LISTED,
    ),
    Relation(
        "ResourceArn",
        "aws_dynamodb_table",
        pattern=r":dynamodb:[^:]*:\d+:table/([^/]+)$",
        **_LISTED,
    ),
    Relation(
        "ResourceArn",
        "aws_dynamodb_global_table",
        pattern=r":dynamodb:[^:]*:\d+:table/([^/]+)$",
        **_LISTED,
    ),
    Relation(
        "ResourceArn", "aws_ec2_instance", pattern=r":ec2:[^:]*:\d+:instance/(i-\w+)$", **_LISTED
    ),
    Relation(
        "ResourceArn", "aws_ec2_volume", pattern=r":ec2:[^:]*:\d+:volume/(vol-\w+)$", **_LISTED
    ),
    Relation(
        "ResourceArn",
        "aws_efs_file_system",
        pattern=r":elasticfilesystem:[^:]*:\d+:file-system/(fs-\w+)$",
        **_LISTED,
    ),
    Relation(
        "ResourceArn",
        "aws_fsx_file_system",
        pattern=r":fsx:[^:]*:\d+:file-system/(fs-\w+)$",
        **_LISTED,
    ),
    Relation("ResourceArn", "aws_rds_cluster", pattern=r":rds:[^:]*:\d+:cluster:(.+)$", **_LISTED),
    Relation("ResourceArn", "aws_rds_instance", pattern=r":rds:[^:]*:\d+:db:(.+)$", **_LISTED),
    Relation(
        "ResourceArn",
        "aws_redshift_cluster",
        pattern=r":redshift:[^:]*:\d+:cluster:(.+)$",
        **_LISTED,
    ),
    Relation("ResourceArn", "aws_s3_bucket", pattern=r"^arn:[^:]+:s3:::([^/]+)$", **_LISTED),
)

PROTECTED_RESOURCE = Kind(
    name="aws_backup_protected_resource",
    list=Call("backup", "list_protected_resources", "Results[]", MaxResults=1000),
    id="ResourceArn",
    label="ResourceName || ResourceArn",
    tags=None,
    relations=_PROTECTED_RELATIONS,
    volatile=("LastBackupTime", "LastRecoveryPointArn"),
    undeletable="It only says that a resource has backups, and disappears with the last one.",
)
