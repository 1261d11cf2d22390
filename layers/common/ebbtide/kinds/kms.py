"""KMS keys; only customer managed keys can be scheduled for deletion."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation

# Services name a key by id, ARN, alias or the ARN of an alias, as the user gave it. The aliases
# that begin with aws/ are those of AWS's own keys.
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
_ALIAS = r"(?:arn:[^:]+:kms:[^:]+:\d{12}:)?alias/(?!aws/).+"
KEY_ID = rf"^(?:(?:arn:[^:]+:kms:[^:]+:\d{{12}}:)?key/)?({_ID}|{_ALIAS})$"

_KEY = Call("kms", "describe_key", "KeyMetadata", KeyId="{KeyId}")
_TAGS = Detail(
    Call("kms", "list_resource_tags", "Tags[]", KeyId="{KeyId}"),
    into="Tags",
    # Only the owner of a key may list its tags, and AWS owns the AWS managed keys.
    when="KeyManager == 'CUSTOMER'",
)
_ALIASES = Detail(
    Call("kms", "list_aliases", "Aliases[]"),
    into="Aliases",
    when="KeyManager == 'CUSTOMER'",
    match=("TargetKeyId", "KeyId"),
    once=True,
)
_OWN_ALIASES = Detail(
    Call("kms", "list_aliases", "Aliases[]", KeyId="{KeyId}"),
    into="Aliases",
    when="KeyManager == 'CUSTOMER'",
)
# AWS records each use of a key for encryption, decryption, signing and so on.
_USE = Detail(
    Call("kms", "get_key_last_usage", KeyId="{KeyId}"),
    into="LastUsage",
    when="KeyManager == 'CUSTOMER'",
)

KEY = Kind(
    name="aws_kms_key",
    bases=("access_key",),
    list=Call("kms", "list_keys", "Keys[]"),
    get=Call("kms", "describe_key", "KeyMetadata", KeyId="{id}"),
    details=(Detail(_KEY, describes=True), _TAGS, _ALIASES),
    get_details=(_TAGS, _OWN_ALIASES),
    id="KeyId",
    aliases={"alias": "aliases[].[alias_name, alias_arn][]"},
    pointers=rf"^{_ALIAS}$",
    arn="Arn",
    created="CreationDate",
    fields={"access_key_status": "KeyState"},
    last_use=LastUse("LastUsage.KeyLastUsage.Timestamp", _USE, since="LastUsage.TrackingStartDate"),
    volatile=("LastUsage",),
    ended='contains(`["PendingDeletion", "PendingReplicaDeletion"]`, KeyState)',
    never_delete=(
        NeverDelete("KeyManager == 'AWS'", "it is managed by AWS", "kms:KeyMetadata"),
        NeverDelete("AWSAccountId != account", "it belongs to another account", "kms:KeyMetadata"),
    ),
    # AWS deletes a primary key only after its replicas.
    relations=(
        Relation(
            "MultiRegionConfiguration | [@][?MultiRegionKeyType == 'PRIMARY'].ReplicaKeys[].Arn",
            "aws_kms_key",
            by="arn",
            deleted_after=True,
            across_regions=True,
            source="kms:ScheduleKeyDeletion",
        ),
    ),
    fingerprint=("CreationDate", "KeyState"),
    delete=Delete(
        Call("kms", "schedule_key_deletion", KeyId="{id}", PendingWindowInDays=30),
        gone=("NotFoundException",),
        blocked=("DependencyTimeoutException",),
        refused=("KMSInvalidStateException",),
        note="AWS deletes the key after 30 days; until then, CancelKeyDeletion restores it.",
    ),
)
