"""How buckets, backups, file systems and what analyses data come back."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import MAP, PAIRS, TOKEN, Follow, Restoration, same

BUCKET = Restoration(
    way="create",
    call=Call(
        "s3",
        "create_bucket",
        Bucket="{Name}",
        CreateBucketConfiguration={
            "LocationConstraint": "{BucketRegion != 'us-east-1' && BucketRegion || `null`}"
        },
    ),
    keeps_id=True,
    then=(
        Follow(Call("s3", "put_bucket_tagging", Bucket="{Name}", Tagging={"TagSet": PAIRS})),
        Follow(
            Call(
                "s3",
                "put_bucket_encryption",
                Bucket="{Name}",
                ServerSideEncryptionConfiguration="{Encryption}",
            ),
            when="Encryption",
        ),
        Follow(
            Call(
                "s3",
                "put_bucket_logging",
                Bucket="{Name}",
                BucketLoggingStatus={"LoggingEnabled": "{LoggingEnabled}"},
            ),
            when="LoggingEnabled",
        ),
        Follow(
            Call(
                "s3",
                "put_bucket_notification_configuration",
                Bucket="{Name}",
                NotificationConfiguration=same(
                    "TopicConfigurations",
                    "QueueConfigurations",
                    "LambdaFunctionConfigurations",
                    "EventBridgeConfiguration",
                ),
            ),
            when="TopicConfigurations || QueueConfigurations || LambdaFunctionConfigurations"
            " || EventBridgeConfiguration",
        ),
    ),
    lost="Its objects, and whatever Ebbtide does not read: versioning, replication, policy, "
    "lifecycle, CORS, website, access settings. Its name, once somebody else has taken it.",
)
NAMED_QUERY = Restoration(
    way="create",
    call=Call(
        "athena",
        "create_named_query",
        "NamedQueryId",
        **same("Name", "Description", "Database", "QueryString", "WorkGroup"),
        ClientRequestToken=TOKEN,
    ),
    new="NamedQueryId",
    repeatable=True,
    lost="Its id.",
)
WORK_GROUP = Restoration(
    way="create",
    call=Call(
        "athena",
        "create_work_group",
        **same("Name", "Configuration", "Description"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Its query executions and named queries.",
)
DATA_CATALOG = Restoration(
    way="create",
    call=Call(
        "athena",
        "create_data_catalog",
        Name="{CatalogName}",
        **same("Type", "Description", "Parameters"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
GLUE_DATABASE = Restoration(
    way="create",
    call=Call(
        "glue",
        "create_database",
        DatabaseInput=same("Name", "Description", "LocationUri", "Parameters", "TargetDatabase"),
        Tags=MAP,
    ),
    keeps_id=True,
    lost="Its tables. Crawlers can find them again.",
)
GLUE_JOB = Restoration(
    way="create",
    call=Call(
        "glue",
        "create_job",
        **same("Name", "Description", "LogUri", "Role", "ExecutionProperty", "Command"),
        **same("DefaultArguments", "NonOverridableArguments", "Connections", "MaxRetries"),
        **same("Timeout", "SecurityConfiguration", "NotificationProperty", "GlueVersion"),
        **same("NumberOfWorkers", "WorkerType", "ExecutionClass", "JobMode"),
        MaxCapacity="{!WorkerType && MaxCapacity || `null`}",
        Tags=MAP,
    ),
    keeps_id=True,
    lost="Its runs and bookmarks.",
)
CRAWLER = Restoration(
    way="create",
    call=Call(
        "glue",
        "create_crawler",
        **same("Name", "Role", "DatabaseName", "Description", "Targets", "Classifiers"),
        **same("TablePrefix", "SchemaChangePolicy", "RecrawlPolicy", "LineageConfiguration"),
        **same("Configuration", "CrawlerSecurityConfiguration", "LakeFormationConfiguration"),
        Schedule="{Schedule.ScheduleExpression}",
        Tags=MAP,
    ),
    keeps_id=True,
    lost="Its crawls.",
)
VAULT = Restoration(
    way="create",
    call=Call(
        "backup",
        "create_backup_vault",
        **same("BackupVaultName", "EncryptionKeyArn"),
        BackupVaultTags=MAP,
    ),
    keeps_id=True,
    lost="Its recovery points, which went before it, its policy, its lock and its notifications.",
)
BACKUP_PLAN = Restoration(
    way="create",
    call=Call(
        "backup",
        "create_backup_plan",
        "BackupPlanId",
        BackupPlan="{BackupPlan}",
        BackupPlanTags=MAP,
        CreatorRequestId=TOKEN,
    ),
    new="BackupPlanId",
    lost="Its id and versions, and its selections, which went before it.",
)
ACCESS_POINT = Restoration(
    way="create",
    call=Call(
        "efs",
        "create_access_point",
        "AccessPointId",
        **same("FileSystemId", "PosixUser", "RootDirectory"),
        ClientToken=TOKEN,
        Tags=PAIRS,
    ),
    new="AccessPointId",
    lost="Its id.",
)
MOUNT_TARGET = Restoration(
    way="create",
    call=Call(
        "efs",
        "create_mount_target",
        "MountTargetId",
        **same("FileSystemId", "SubnetId", "IpAddress", "SecurityGroups"),
    ),
    new="MountTargetId",
    # AWS refuses a second one in the same zone.
    repeatable=True,
    lost="Its id.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_s3_bucket": BUCKET,
    "aws_athena_named_query": NAMED_QUERY,
    "aws_athena_work_group": WORK_GROUP,
    "aws_athena_data_catalog": DATA_CATALOG,
    "aws_glue_database": GLUE_DATABASE,
    "aws_glue_job": GLUE_JOB,
    "aws_glue_crawler": CRAWLER,
    "aws_backup_vault": VAULT,
    "aws_backup_plan": BACKUP_PLAN,
    "aws_efs_access_point": ACCESS_POINT,
    "aws_efs_mount_target": MOUNT_TARGET,
}
