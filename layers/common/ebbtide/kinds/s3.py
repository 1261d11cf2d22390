"""S3 buckets, and the S3 settings of an account."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

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
    # Who gets its events, where it copies its objects, and where its access logs go.
    Detail(
        Call(
            "s3",
            "get_bucket_notification_configuration",
            action="s3:GetBucketNotification",
            Bucket="{Name}",
        )
    ),
    Detail(
        Call(
            "s3",
            "get_bucket_replication",
            action="s3:GetReplicationConfiguration",
            Bucket="{Name}",
        ),
        absent=("ReplicationConfigurationNotFoundError",),
    ),
    Detail(Call("s3", "get_bucket_logging", Bucket="{Name}")),
    # Without rules, old versions and unfinished uploads stay for ever.
    Detail(
        Call(
            "s3",
            "get_bucket_lifecycle_configuration",
            "Rules",
            action="s3:GetLifecycleConfiguration",
            Bucket="{Name}",
        ),
        into="LifecycleRules",
        absent=("NoSuchLifecycleConfiguration",),
    ),
)

_RELATIONS = (
    Relation(
        "Encryption.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "LambdaFunctionConfigurations[].LambdaFunctionArn",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        strength="needed",
        why="its events would be lost",
    ),
    Relation(
        "TopicConfigurations[].TopicArn",
        "aws_sns_topic",
        by="arn",
        strength="needed",
        why="its events would be lost",
    ),
    Relation(
        "QueueConfigurations[].QueueArn",
        "aws_sqs_queue",
        by="arn",
        strength="needed",
        why="its events would be lost",
    ),
    Relation("ReplicationConfiguration.Role", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "ReplicationConfiguration.Rules[].Destination.Bucket",
        "aws_s3_bucket",
        pattern=r"^arn:[^:]+:s3:::(.+)$",
        strength="needed",
        why="its objects would have no copy",
    ),
    Relation(
        "ReplicationConfiguration.Rules[].Destination.EncryptionConfiguration.ReplicaKmsKeyID",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "LoggingEnabled.TargetBucket",
        "aws_s3_bucket",
        strength="needed",
        why="its access logs would be lost",
    ),
)

_LOCK = Detail(
    Call(
        "s3",
        "get_object_lock_configuration",
        "ObjectLockConfiguration",
        action="s3:GetBucketObjectLockConfiguration",
        Bucket="{Name}",
    ),
    into="ObjectLock",
    absent=("ObjectLockConfigurationNotFoundError",),
)
_KEPT_FULL = (
    NeverDelete(
        "ObjectLock.ObjectLockEnabled", "its objects may be locked", "s3:ObjectLockConfiguration"
    ),
    NeverDelete(
        "ReplicationConfiguration.Rules[?Status == 'Enabled']",
        "its objects are replicated, so others rely on them",
        "s3:ReplicationConfiguration",
    ),
)
# Only on request of a job: parts of unfinished uploads, then versions and delete markers.
_EMPTY = (
    Prepare(
        Call(
            "s3",
            "abort_multipart_upload",
            Bucket="{id}",
            Key="{each.Key}",
            UploadId="{each.UploadId}",
        ),
        asks="empty",
        found=Call(
            "s3",
            "list_multipart_uploads",
            "Uploads[].{Key: Key, UploadId: UploadId}",
            action="s3:ListBucketMultipartUploads",
            Bucket="{id}",
        ),
        absent=("NoSuchUpload",),
        refuses=_KEPT_FULL,
    ),
    Prepare(
        Call(
            "s3",
            "delete_objects",
            action=("s3:DeleteObject", "s3:DeleteObjectVersion"),
            Bucket="{id}",
            Delete={"Objects": "{each}", "Quiet": True},
        ),
        asks="empty",
        found=Call(
            "s3",
            "list_object_versions",
            "[Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}",
            action="s3:ListBucketVersions",
            Bucket="{id}",
        ),
        batch=1000,
        errors="Errors[].{Code: Code, Message: Message}",
        refuses=_KEPT_FULL,
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
    get_details=(*_DETAILS, _LOCK),
    id="Name",
    label="Name",
    arn="arn:{partition}:s3:::{id}",
    created="CreationDate",
    fields={
        "bucket_location": "BucketRegion",
        "encryption_enabled": "length(not_null(Encryption.Rules, `[]`)) > `0`",
    },
    relations=_RELATIONS,
    fingerprint=("CreationDate",),
    delete=Delete(
        Call("s3", "delete_bucket", Bucket="{id}"),
        prepare=_EMPTY,
        gone=("NoSuchBucket",),
        blocked=("OperationAborted",),
        refused=("BucketNotEmpty",),
        note="Only an empty bucket is deleted, unless a job asks to empty it.",
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
