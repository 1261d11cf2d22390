"""KMS keys; only customer managed ones can be scheduled for deletion."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Detail, Kind, NeverDelete

# Services name a key by its id or its ARN; an alias cannot be resolved from its text.
KEY_ID = r"(?:.*/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$"

_KEY = Call("kms", "describe_key", "KeyMetadata", KeyId="{KeyId}")
_TAGS = Detail(
    Call("kms", "list_resource_tags", "Tags[]", KeyId="{KeyId}"),
    into="Tags",
    # Only the owner of a key may list its tags, and the owner of AWS's keys is AWS.
    when="KeyManager == 'CUSTOMER'",
)

KEY = Kind(
    name="aws_kms_key",
    bases=("access_key",),
    list=Call("kms", "list_keys", "Keys[]"),
    get=Call("kms", "describe_key", "KeyMetadata", KeyId="{id}"),
    details=(Detail(_KEY), _TAGS),
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
        note="Deletes the key after 30 days; until then CancelKeyDeletion brings it back.",
    ),
)
