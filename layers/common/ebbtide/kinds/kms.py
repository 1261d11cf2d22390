"""KMS keys; only customer managed keys can be scheduled for deletion."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Detail, Kind, NeverDelete

# Services name a key by id, ARN or alias; the text of an alias does not say which key it is.
KEY_ID = r"(?:.*/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$"

_KEY = Call("kms", "describe_key", "KeyMetadata", KeyId="{KeyId}")
_TAGS = Detail(
    Call("kms", "list_resource_tags", "Tags[]", KeyId="{KeyId}"),
    into="Tags",
    # Only the owner of a key may list its tags, and AWS owns the AWS managed keys.
    when="KeyManager == 'CUSTOMER'",
)

KEY = Kind(
    name="aws_kms_key",
    bases=("access_key",),
    list=Call("kms", "list_keys", "Keys[]"),
    get=Call("kms", "describe_key", "KeyMetadata", KeyId="{id}"),
    details=(Detail(_KEY, describes=True), _TAGS),
    get_details=(_TAGS,),
    id="KeyId",
    arn="Arn",
    created="CreationDate",
    fields={"access_key_status": "KeyState"},
    ended='contains(`["PendingDeletion", "PendingReplicaDeletion"]`, KeyState)',
    never_delete=(
        NeverDelete("KeyManager == 'AWS'", "it is managed by AWS", "kms:KeyMetadata"),
        NeverDelete("AWSAccountId != account", "it belongs to another account", "kms:KeyMetadata"),
        NeverDelete(
            "MultiRegionConfiguration.MultiRegionKeyType == 'PRIMARY'"
            " && MultiRegionConfiguration.ReplicaKeys",
            "it has replicas in other regions",
            "kms:MultiRegionConfiguration",
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
