"""Secrets Manager secrets; their values are never read."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation

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
        "CrossAccountPrimary || CrossAccountReplicas",
        "it is replicated from or to another account",
        "secretsmanager:DeleteSecret",
    ),
)

# Regions of replicas, which AWS deletes at once. It refuses to delete a secret that has any.
_REMOVE_REPLICAS = Prepare(
    Call(
        "secretsmanager",
        "remove_regions_from_replication",
        SecretId="{id}",
        RemoveReplicaRegions="{ReplicationStatus[].Region}",
    ),
    when="ReplicationStatus",
    undo=Call(
        "secretsmanager",
        "replicate_secret_to_regions",
        SecretId="{id}",
        AddReplicaRegions="{ReplicationStatus[].{Region: Region, KmsKeyId: KmsKeyId}}",
    ),
    until="!ReplicationStatus",
    source="secretsmanager:RemoveRegionsFromReplication",
)

# The primary of a replica, as its region and the replica's own ARN.
_PRIMARY = (
    "[@][?PrimaryRegion && !contains(ARN, join('', [':', PrimaryRegion, ':']))]"
    ".join('|', [PrimaryRegion, ARN])"
)

_RELATIONS = (
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("RotationLambdaARN", "aws_lambda_function", by="arn", deleted_before=True),
    Relation("ExternalSecretRotationRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        _PRIMARY,
        "aws_secretsmanager_secret",
        by="arn",
        owned_by=True,
        across_regions=True,
        pattern=r"^([^|]+)\|arn:[^:]+:secretsmanager:[^:]+:[^:]+:(.+)$",
        value="arn:{partition}:secretsmanager:{1}:{account}:{2}",
        source="secretsmanager:RemoveRegionsFromReplication",
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
    relations=_RELATIONS,
    ended="DeletedDate",
    last_use=LastUse(path="LastAccessedDate"),
    volatile=("LastAccessedDate",),
    never_delete=_NEVER,
    fingerprint=("CreatedDate", "LastChangedDate"),
    delete=Delete(
        Call("secretsmanager", "delete_secret", SecretId="{id}", RecoveryWindowInDays="{`30`}"),
        prepare=(_REMOVE_REPLICAS,),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("InvalidParameterException", "InvalidRequestException"),
        note="AWS deletes the secret after 30 days; until then, RestoreSecret restores it. Its"
        " replicas go at once.",
    ),
)
