"""AWS Backup plans, their selections of resources, and backup vaults."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation

# AWS creates a plan, a selection and a vault with these names for automatic backups of EFS.
_PLAN_DETAILS = (
    Detail(
        Call("backup", "get_backup_plan", "BackupPlan", BackupPlanId="{BackupPlanId}"),
        into="BackupPlan",
        describes=True,
    ),
    Detail(
        Call("backup", "list_tags", "Tags", ResourceArn="{BackupPlanArn}"),
        into="Tags",
    ),
)

PLAN = Kind(
    name="aws_backup_plan",
    list=Call("backup", "list_backup_plans", "BackupPlansList[]"),
    # A deleted plan can still be described but is no longer listed.
    get=Call("backup", "list_backup_plans", "BackupPlansList[]"),
    details=_PLAN_DETAILS,
    id="BackupPlanId",
    label="BackupPlanName",
    arn="BackupPlanArn",
    created="CreationDate",
    relations=(
        Relation(
            "BackupPlan.Rules[].TargetBackupVaultName", "aws_backup_vault", deleted_before=True
        ),
        Relation(
            "BackupPlan.Rules[].CopyActions[].DestinationBackupVaultArn",
            "aws_backup_vault",
            by="arn",
            deleted_before=True,
            across_regions=True,
        ),
    ),
    ended="DeletionDate",
    volatile=("LastExecutionDate",),
    last_use=LastUse(path="LastExecutionDate"),
    never_delete=(
        NeverDelete("starts_with(BackupPlanName, 'aws/')", "AWS created it for automatic backups"),
    ),
    guardrail=Guardrail("it makes backups"),
    fingerprint=("CreationDate", "VersionId"),
    delete=Delete(
        Call("backup", "delete_backup_plan", BackupPlanId="{id}"),
        gone=("ResourceNotFoundException",),
        # The plan still has selections.
        blocked=("InvalidRequestException",),
        note="It makes no more backups; existing ones stay.",
    ),
)

_SELECTED = Detail(
    Call(
        "backup",
        "get_backup_selection",
        "BackupSelection.{Resources: Resources, ListOfTags: ListOfTags}",
        BackupPlanId="{planId}",
        SelectionId="{SelectionId}",
    ),
    describes=True,
)

_SELECTION_RELATIONS = (
    Relation("planId", "aws_backup_plan", reverse=True, deleted_before=True, part="plain"),
    Relation("IamRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "Resources",
        "aws_dynamodb_table",
        by="arn",
        pattern=r"^(arn:[^:]+:dynamodb:.+:table/[^/*]+)$",
        strength="watches",
        why="a plan without it backs up the others",
    ),
    Relation(
        "Resources",
        "aws_s3_bucket",
        pattern=r"^arn:[^:]+:s3:::([^/*]+)$",
        strength="watches",
        why="a plan without it backs up the others",
    ),
    Relation(
        "Resources",
        "aws_ec2_volume",
        pattern=r":volume/(vol-\w+)$",
        strength="watches",
        why="a plan without it backs up the others",
    ),
    Relation(
        "Resources",
        "aws_ec2_instance",
        pattern=r":instance/(i-\w+)$",
        strength="watches",
        why="a plan without it backs up the others",
    ),
    Relation(
        "Resources",
        "aws_efs_file_system",
        pattern=r":file-system/(fs-\w+)$",
        strength="watches",
        why="a plan without it backs up the others",
    ),
)

SELECTION = Kind(
    name="aws_backup_selection",
    each="aws_backup_plan",
    list=Call(
        "backup", "list_backup_selections", "BackupSelectionsList[]", BackupPlanId="{BackupPlanId}"
    ),
    get=Call("backup", "list_backup_selections", "BackupSelectionsList[]", BackupPlanId="{planId}"),
    inherit={"planId": "BackupPlanId"},
    details=(_SELECTED,),
    id="join('/', [planId, SelectionId])",
    id_parts=r"(?P<planId>[^/]+)/[^/]+",
    label="SelectionName",
    tags=None,
    created="CreationDate",
    relations=_SELECTION_RELATIONS,
    never_delete=(
        NeverDelete(
            # The list may leave the role out (backup:BackupSelectionsListMember).
            "!IamRoleArn || contains(IamRoleArn, ':role/aws-service-role/')",
            "AWS created it for its own use",
        ),
    ),
    guardrail=Guardrail("it says what is backed up"),
    fingerprint=("CreationDate", "SelectionId", "IamRoleArn"),
    delete=Delete(
        Call(
            "backup",
            "delete_backup_selection",
            BackupPlanId="{planId}",
            SelectionId="{SelectionId}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=(),
        note="Its plan stops backing up the selected resources; existing backups stay.",
    ),
)

_NOTIFICATIONS = Detail(
    Call(
        "backup",
        "get_backup_vault_notifications",
        "{SNSTopicArn: SNSTopicArn}",
        BackupVaultName="{BackupVaultName}",
    ),
    # AWS answers so for a vault without notifications.
    absent=("ResourceNotFoundException",),
)

_VAULT_STAYS = (
    NeverDelete(
        "BackupVaultName == 'Default'",
        "it is the region's default vault",
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/delete-a-vault.html",
    ),
    NeverDelete(
        "starts_with(BackupVaultName, 'aws/')",
        "AWS created it for automatic backups",
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/delete-a-vault.html",
    ),
    NeverDelete("Locked", "it is locked", "backup:BackupVaultListMember", protects=True),
    NeverDelete(
        "VaultType && VaultType != 'BACKUP_VAULT'",
        "it is air-gapped, or gives access to a vault of another account",
    ),
)

VAULT = Kind(
    name="aws_backup_vault",
    list=Call("backup", "list_backup_vaults", "BackupVaultList[]"),
    # AWS answers AccessDenied for a vault that no longer exists.
    get=Call("backup", "list_backup_vaults", "BackupVaultList[]"),
    details=(
        Detail(Call("backup", "list_tags", "Tags", ResourceArn="{BackupVaultArn}"), into="Tags"),
        _NOTIFICATIONS,
    ),
    id="BackupVaultName",
    label="BackupVaultName",
    arn="BackupVaultArn",
    created="CreationDate",
    relations=(
        Relation("EncryptionKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
        Relation(
            "SNSTopicArn",
            "aws_sns_topic",
            by="arn",
            strength="needed",
            why="it could notify nobody",
        ),
    ),
    volatile=("NumberOfRecoveryPoints",),
    never_delete=_VAULT_STAYS,
    guardrail=Guardrail("it keeps backups"),
    fingerprint=("CreationDate", "BackupVaultArn"),
    delete=Delete(
        Call("backup", "delete_backup_vault", BackupVaultName="{id}"),
        gone=("ResourceNotFoundException",),
        # The vault still holds recovery points.
        blocked=("InvalidRequestException",),
        note="Only an empty vault is deleted.",
    ),
)
