"""Secrets Manager secrets; their values are never read."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.kind import Call, Delete, Detail, Kind, LastUse, NeverDelete, Relation

# The list names the primary region of a replicated secret, but not its replicas. Any other is read
# before its deletion, like all.
_REPLICATION = Detail(
    Call(
        "secretsmanager",
        "describe_secret",
        "{ARN: ARN, ReplicationStatus: ReplicationStatus, CrossAccountPrimary: CrossAccountPrimary,"
        " CrossAccountReplicas: CrossAccountReplicas}",
        SecretId="{ARN}",
    ),
    when="PrimaryRegion",
    describes=True,
)

_NEVER = (
    NeverDelete("OwningService", "an AWS service manages it", "secretsmanager:SecretListEntry"),
    # AWS deletes a replica immediately, without a recovery window.
    NeverDelete(
        "PrimaryRegion && PrimaryRegion != region",
        "it is the replica of another secret",
        "secretsmanager:SecretListEntry",
    ),
    NeverDelete(
        "ReplicationStatus",
        "it is replicated to other regions",
        "secretsmanager:DeleteSecret",
    ),
    NeverDelete(
        "CrossAccountPrimary || CrossAccountReplicas",
        "it is replicated from or to another account",
        "secretsmanager:DeleteSecret",
    ),
)

SECRET = Kind(
    name="aws_secretsmanager_secret",
    list=Call("secretsmanager", "list_secrets", "SecretList[]"),
    get=Call("secretsmanager", "describe_secret", SecretId="{id}"),
    details=(_REPLICATION,),
    get_details=(),
    id="ARN",
    label="Name",
    arn="ARN",
    created="CreatedDate",
    relations=(
        Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
        Relation("RotationLambdaARN", "aws_lambda_function", by="arn", deleted_before=True),
        Relation("ExternalSecretRotationRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    ),
    ended="DeletedDate",
    last_use=LastUse(path="LastAccessedDate"),
    volatile=("LastAccessedDate",),
    never_delete=_NEVER,
    fingerprint=("CreatedDate", "LastChangedDate"),
    delete=Delete(
        Call("secretsmanager", "delete_secret", SecretId="{id}", RecoveryWindowInDays="{`30`}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        # AWS refuses to delete a secret that has replicas.
        refused=("InvalidParameterException", "InvalidRequestException"),
        note="AWS deletes the secret after 30 days; until then, RestoreSecret restores it.",
    ),
)
