"""S3 buckets, and the S3 settings of an account."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.kind import Call, Delete, Detail, Kind, Relation

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
    # Without MaxBuckets AWS leaves out the regions of the buckets, and refuses the request of an
    # account with a quota above 10,000.
    list=Call("s3", "list_buckets", "Buckets[]", action="s3:ListAllMyBuckets", MaxBuckets=1000),
    get=Call(
        "s3",
        "list_buckets",
        "Buckets[]",
        action="s3:ListAllMyBuckets",
        MaxBuckets=1000,
        Prefix="{id}",
    ),
    details=_DETAILS,
    id="Name",
    label="Name",
    arn="arn:{partition}:s3:::{id}",
    created="CreationDate",
    fields={
        "bucket_location": "BucketRegion",
        "encryption_enabled": "length(not_null(Encryption.Rules, `[]`)) > `0`",
    },
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
        note="Only an empty bucket is deleted: Ebbtide never removes objects or versions.",
        source="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    ),
)

ACCOUNT_SETTINGS = Kind(
    name="aws_s3_account_settings",
    bases=("phantom_resource",),
    scope="global",
    list=Call(
        "s3control",
        "get_public_access_block",
        "[PublicAccessBlockConfiguration][]",
        action="s3:GetAccountPublicAccessBlock",
        AccountId="{account}",
    ),
    absent=("NoSuchPublicAccessBlockConfiguration",),
    # There is one per account, and AWS gives it no name.
    id="'account-settings'",
    label="'account-settings'",
    tags=None,
    undeletable="These are settings of the account.",
)
