"""CloudFront policies, access controls, keys and field encryption, used by distributions.

The lists ask for custom policies only, which leaves out those of AWS.
"""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

PUBLIC_KEY = Kind(
    name="aws_cloudfront_public_key",
    scope="global",
    list=Call("cloudfront", "list_public_keys", "PublicKeyList.Items[]"),
    get=Call(
        "cloudfront",
        "get_public_key",
        "merge(PublicKey, PublicKey.PublicKeyConfig, {ETag: ETag})",
        Id="{id}",
    ),
    id="Id",
    label="Name",
    tags=None,
    created="CreatedTime",
    fingerprint=("CreatedTime", "EncodedKey"),
    delete=Delete(
        Call("cloudfront", "delete_public_key", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchPublicKey",),
        blocked=("PublicKeyInUse", "PreconditionFailed"),
        refused=(),
    ),
)

CACHE_POLICY = Kind(
    name="aws_cloudfront_cache_policy",
    scope="global",
    list=Call(
        "cloudfront", "list_cache_policies", "CachePolicyList.Items[].CachePolicy", Type="custom"
    ),
    get=Call("cloudfront", "get_cache_policy", "merge(CachePolicy, {ETag: ETag})", Id="{id}"),
    id="Id",
    label="CachePolicyConfig.Name",
    arn="arn:{partition}:cloudfront::{account}:cache-policy/{id}",
    tags=None,
    fingerprint=("LastModifiedTime",),
    delete=Delete(
        Call("cloudfront", "delete_cache_policy", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchCachePolicy",),
        blocked=("CachePolicyInUse", "PreconditionFailed"),
        refused=("IllegalDelete",),
    ),
)

RESPONSE_HEADERS_POLICY = Kind(
    name="aws_cloudfront_response_headers_policy",
    scope="global",
    list=Call(
        "cloudfront",
        "list_response_headers_policies",
        "ResponseHeadersPolicyList.Items[].ResponseHeadersPolicy",
        Type="custom",
    ),
    get=Call(
        "cloudfront",
        "get_response_headers_policy",
        "merge(ResponseHeadersPolicy, {ETag: ETag})",
        Id="{id}",
    ),
    id="Id",
    label="ResponseHeadersPolicyConfig.Name",
    arn="arn:{partition}:cloudfront::{account}:response-headers-policy/{id}",
    tags=None,
    fingerprint=("LastModifiedTime",),
    delete=Delete(
        Call("cloudfront", "delete_response_headers_policy", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchResponseHeadersPolicy",),
        blocked=("ResponseHeadersPolicyInUse", "PreconditionFailed"),
        refused=("IllegalDelete",),
    ),
)

ORIGIN_ACCESS_CONTROL = Kind(
    name="aws_cloudfront_origin_access_control",
    scope="global",
    list=Call("cloudfront", "list_origin_access_controls", "OriginAccessControlList.Items[]"),
    get=Call(
        "cloudfront",
        "get_origin_access_control",
        "merge(OriginAccessControl, OriginAccessControl.OriginAccessControlConfig, {ETag: ETag})",
        Id="{id}",
    ),
    id="Id",
    label="Name",
    arn="arn:{partition}:cloudfront::{account}:origin-access-control/{id}",
    tags=None,
    fingerprint=("Name", "OriginAccessControlOriginType", "SigningBehavior"),
    delete=Delete(
        Call("cloudfront", "delete_origin_access_control", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchOriginAccessControl",),
        blocked=("OriginAccessControlInUse", "PreconditionFailed"),
        refused=(),
    ),
)

_ENCRYPTION_PROFILES = (
    "[QueryArgProfileConfig.QueryArgProfiles.Items[].ProfileId,"
    " ContentTypeProfileConfig.ContentTypeProfiles.Items[].ProfileId][]"
)

FIELD_LEVEL_ENCRYPTION_CONFIG = Kind(
    name="aws_cloudfront_field_level_encryption_config",
    scope="global",
    list=Call(
        "cloudfront", "list_field_level_encryption_configs", "FieldLevelEncryptionList.Items[]"
    ),
    get=Call(
        "cloudfront",
        "get_field_level_encryption",
        "merge(FieldLevelEncryption, FieldLevelEncryption.FieldLevelEncryptionConfig,"
        " {ETag: ETag})",
        Id="{id}",
    ),
    id="Id",
    arn="arn:{partition}:cloudfront::{account}:field-level-encryption-config/{id}",
    tags=None,
    relations=(
        Relation(
            _ENCRYPTION_PROFILES,
            "aws_cloudfront_field_level_encryption_profile",
            deleted_before=True,
        ),
    ),
    fingerprint=("LastModifiedTime",),
    delete=Delete(
        Call("cloudfront", "delete_field_level_encryption_config", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchFieldLevelEncryptionConfig",),
        blocked=("FieldLevelEncryptionConfigInUse", "PreconditionFailed"),
        refused=(),
    ),
)

FIELD_LEVEL_ENCRYPTION_PROFILE = Kind(
    name="aws_cloudfront_field_level_encryption_profile",
    scope="global",
    list=Call(
        "cloudfront",
        "list_field_level_encryption_profiles",
        "FieldLevelEncryptionProfileList.Items[]",
    ),
    get=Call(
        "cloudfront",
        "get_field_level_encryption_profile",
        "merge(FieldLevelEncryptionProfile,"
        " FieldLevelEncryptionProfile.FieldLevelEncryptionProfileConfig, {ETag: ETag})",
        Id="{id}",
    ),
    id="Id",
    label="Name",
    arn="arn:{partition}:cloudfront::{account}:field-level-encryption-profile/{id}",
    tags=None,
    relations=(
        Relation(
            "EncryptionEntities.Items[].PublicKeyId",
            "aws_cloudfront_public_key",
            deleted_before=True,
        ),
    ),
    fingerprint=("LastModifiedTime",),
    delete=Delete(
        Call("cloudfront", "delete_field_level_encryption_profile", Id="{id}", IfMatch="{ETag}"),
        gone=("NoSuchFieldLevelEncryptionProfile",),
        blocked=("FieldLevelEncryptionProfileInUse", "PreconditionFailed"),
        refused=(),
    ),
)
