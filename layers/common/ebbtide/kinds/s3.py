"""S3 buckets."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Kind, Relation
from ebbtide.kinds.kms import KEY_ID

_DETAILS = (
    Detail(
        Call("s3", "get_bucket_tagging", "TagSet[]", Bucket="{Name}"),
        into="Tags",
        absent=("NoSuchTagSet",),
    ),
    Detail(
        Call(
            "s3",
            "get_bucket_encryption",
            "ServerSideEncryptionConfiguration",
            action="s3:GetEncryptionConfiguration",
            Bucket="{Name}",
        ),
        into="Encryption",
        absent=("ServerSideEncryptionConfigurationNotFoundError",),
    ),
)

BUCKET = Kind(
    name="aws_s3_bucket",
    bases=("bucket",),
    scope="global",
    list=Call("s3", "list_buckets", "Buckets[]", action="s3:ListAllMyBuckets"),
    get=Call("s3", "list_buckets", "Buckets[]", action="s3:ListAllMyBuckets", Prefix="{id}"),
    details=_DETAILS,
    id="Name",
    label="Name",
    arn="arn:{partition}:s3:::{id}",
    created="CreationDate",
    fields={"bucket_location": "BucketRegion"},
    relations=(
        Relation(
            "Encryption.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
            "aws_kms_key",
            deleted_before=True,
            pattern=KEY_ID,
        ),
    ),
    fingerprint=("CreationDate",),
    delete=Delete(
        Call("s3", "delete_bucket", Bucket="{id}"),
        gone=("NoSuchBucket",),
        blocked=("OperationAborted",),
        refused=("BucketNotEmpty",),
        note="Only an empty bucket: objects, versions and delete markers are never removed.",
    ),
)
