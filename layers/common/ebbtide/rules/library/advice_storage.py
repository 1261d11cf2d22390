"""Advice about volumes, logs, and other places of data. None of these rules selects anything."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.search_rule import declare

_AT_ONCE = timedelta(days=1)
_THERE = "volume_status in [available, in-use]"

# gp3 includes 3,000 IOPS and 125 MiB/s; https://aws.amazon.com/ebs/pricing/.
GP2_VOLUMES = declare(
    "gp2_volumes",
    question="Which volumes are of the type gp2, which gp3 replaces for less money?",
    search=f"is(aws_ec2_volume) and volume_type = gp2 and {_THERE}",
    reason="a volume of the type gp2",
    facts=("volume_size", "volume_iops"),
    min_age=_AT_ONCE,
    advises="change its type to gp3 with the same IOPS and 125 MiB/s",
    instead={"volume_type": "gp3", "throughput": 125},
    cannot_see=("how much of the up to 250 MiB/s of a large gp2 volume is used",),
)

IO1_VOLUMES = declare(
    "io1_volumes",
    question="Which volumes are of the type io1, which io2 replaces for the same money?",
    search=f"is(aws_ec2_volume) and volume_type = io1 and {_THERE}",
    reason="a volume of the type io1",
    facts=("volume_size", "volume_iops"),
    min_age=_AT_ONCE,
    advises="change its type to io2, which is a hundred times more durable",
    instead={"volume_type": "io2"},
    cannot_see=("instances that io2 cannot be attached to",),
)

MODEST_IOPS_VOLUMES = declare(
    "modest_iops_volumes",
    question="Which volumes of the types io1 and io2 have no more IOPS than gp3 offers?",
    search=f"is(aws_ec2_volume) and volume_type in [io1, io2] and volume_iops <= 16000 and {_THERE}"
    " and multi_attach_enabled != true",
    reason="a volume with provisioned IOPS that gp3 offers for less money",
    facts=("volume_type", "volume_size", "volume_iops"),
    min_age=_AT_ONCE,
    advises="change its type to gp3 with the same IOPS and 500 MiB/s",
    instead={"volume_type": "gp3", "throughput": 500},
    cannot_see=("how much it needs the lower latency and the durability of io2",),
)

LOG_GROUPS_WITHOUT_RETENTION = declare(
    "log_groups_without_retention",
    question="Which log groups keep their events for ever?",
    search="is(aws_cloudwatch_log_group) and retention_in_days = null and "
    "retention_policy_name = null and log_group_class != DELIVERY",
    reason="a log group without a retention period",
    facts=("stored_bytes", "log_group_class"),
    min_age=_AT_ONCE,
    advises="give it a retention period",
    cannot_see=("duties to keep its events",),
)

BUCKETS_WITHOUT_LIFECYCLE = declare(
    "buckets_without_lifecycle",
    question="Which buckets have no lifecycle rules?",
    search="is(aws_s3_bucket) and lifecycle_rules = null",
    reason="a bucket without lifecycle rules",
    facts=("bucket_location",),
    min_age=_AT_ONCE,
    advises="give it rules that move or delete old objects and old versions",
    cannot_see=("objects that must stay for ever in the class that they are in",),
)

BUCKETS_WITH_UNFINISHED_UPLOADS = declare(
    "buckets_that_keep_unfinished_uploads",
    question="Which buckets keep the parts of uploads that were never finished?",
    search="is(aws_s3_bucket) and not lifecycle_rules[*].{status = Enabled and "
    "abort_incomplete_multipart_upload.days_after_initiation > 0}",
    reason="a bucket that keeps the parts of unfinished uploads for ever",
    facts=("bucket_location",),
    min_age=_AT_ONCE,
    advises="give it a lifecycle rule that aborts unfinished uploads after a week",
    cannot_see=("whether there are unfinished uploads, and rules that cover a part of the bucket",),
)

REPOSITORIES_WITHOUT_LIFECYCLE = declare(
    "repositories_without_lifecycle",
    question="Which repositories of ECR have no lifecycle policy?",
    search="is(aws_ecr_repository) and lifecycle_policy_text = null",
    reason="a repository without a lifecycle policy",
    facts=("repository_uri",),
    min_age=_AT_ONCE,
    advises="give it a lifecycle policy that expires old and untagged images",
    cannot_see=("scripts that delete old images",),
)

TABLES_WITHOUT_SCALING = declare(
    "tables_without_scaling",
    question="Which DynamoDB tables have a fixed capacity, without automatic scaling?",
    # A table that was never on demand has no billing mode.
    search="is(aws_dynamodb_table) and table_status = ACTIVE and "
    "billing_mode_summary.billing_mode != PAY_PER_REQUEST and scalable_targets = null",
    reason="a table with a fixed capacity",
    facts=("provisioned_throughput", "billing_mode_summary"),
    min_age=timedelta(days=14),
    advises="pay for its requests, or scale its capacity by its load",
    cannot_see=("reserved capacity that has been paid for",),
)

TABLES_OF_IDLE_CAPACITY = declare(
    "tables_of_idle_capacity",
    question="Which DynamoDB tables pay for capacity that nobody has used lately?",
    search="is(aws_dynamodb_table) and table_status = ACTIVE and "
    "billing_mode_summary.billing_mode != PAY_PER_REQUEST and last_access > {{idle_for}}",
    reason="a table with a capacity that is not used",
    facts=("provisioned_throughput", "item_count"),
    min_age=timedelta(days=14),
    idle_for=timedelta(days=14),
    last_use=("aws_dynamodb_table",),
    advises="pay for its requests, which cost nothing while there are none",
    cannot_see=("a time of the year at which it is needed",),
)

IDLE_KEYS = declare(
    "idle_keys",
    question="Which keys of KMS has nobody used for long?",
    search="is(aws_kms_key) and key_manager = CUSTOMER and key_state in [Enabled, Disabled] and "
    "last_access > {{idle_for}}",
    reason="a key that nobody has used for long",
    facts=("description", "key_usage", "key_state"),
    min_age=timedelta(days=90),
    idle_for=timedelta(days=180),
    last_use=("aws_kms_key",),
    advises="find out what is encrypted with it; disable it first, and delete it much later",
    saves_all=True,
    cannot_see=("data, snapshots and backups that only this key can decrypt",),
)
