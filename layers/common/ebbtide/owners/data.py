"""Services that store, copy, back up and migrate data."""

from __future__ import annotations

from ebbtide.owners.mark import Mark

_POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
_SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html"
_DLM = "https://docs.aws.amazon.com/ebs/latest/userguide/dlm-elements.html"

BACKUP_SOURCE = Mark(
    tag="aws:backup:source-resource",
    words="AWS Backup, for",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/tags-on-backups.html",
)
BACKUP = Mark(
    tag="aws:backup:",
    words="AWS Backup, with",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/tags-on-backups.html",
)
LIFECYCLE_POLICY = Mark(
    tag="aws:dlm:lifecycle-policy-id",
    words="the lifecycle policy",
    kind="aws_dlm_lifecycle_policy",
    by="id",
    # A policy copies its snapshots to other regions, tags included.
    anywhere=True,
    family="dlm",
    source=_DLM,
)
LIFECYCLE_SCHEDULE = Mark(
    tag="aws:dlm:",
    words="a lifecycle policy, with",
    family="dlm",
    source=_DLM,
)
LIFECYCLE_MANAGED = Mark(
    tag="dlm:managed",
    words="a lifecycle policy, with",
    family="dlm",
    source=_DLM,
)
DATABASE_SECRET = Mark(
    tag="aws:rds:primaryDBInstanceArn",
    words="the database",
    kind="aws_rds_instance",
    by="arn",
    family="secret",
    source=f"{_POLICIES}/AmazonRDSServiceRolePolicy.html",
)
CLUSTER_SECRET = Mark(
    tag="aws:rds:primaryDBClusterArn",
    words="the database cluster",
    kind="aws_rds_cluster",
    by="arn",
    family="secret",
    # Neptune and DocumentDB have ARNs of the same form.
    elsewhere="the cluster may be one of DocumentDB or Neptune",
    source=f"{_POLICIES}/AmazonRDSServiceRolePolicy.html",
)
SECRET_OF_SERVICE = Mark(
    tag="aws:secretsmanager:owningService",
    words="the service",
    source=_SECRETS,
)
FSX = Mark(
    tag="AmazonFSx",
    words="Amazon FSx, with",
    source=f"{_POLICIES}/AmazonFSxServiceRolePolicy.html",
)
DISASTER_RECOVERY = Mark(
    tag="AWSElasticDisasterRecoveryManaged",
    words="Elastic Disaster Recovery, with",
    source="https://docs.aws.amazon.com/drs/latest/userguide/security-iam-awsmanpol.html",
)
DISASTER_RECOVERY_SOURCE = Mark(
    tag="AWSElasticDisasterRecoverySourceServerID",
    words="Elastic Disaster Recovery, for",
    source="https://docs.aws.amazon.com/drs/latest/userguide/security-iam-awsmanpol.html",
)
MIGRATION = Mark(
    tag="AWSApplicationMigrationServiceManaged",
    words="the Application Migration Service, with",
    source=f"{_POLICIES}/AWSApplicationMigrationServiceRolePolicy.html",
)
MIGRATION_SOURCE = Mark(
    tag="AWSApplicationMigrationServiceSourceServerID",
    words="the Application Migration Service, for",
    source=f"{_POLICIES}/AWSApplicationMigrationServiceRolePolicy.html",
)
REPLICATION_SERVERS = Mark(
    attribute="name",
    of=("aws_ec2_instance", "aws_ec2_volume", "aws_ec2_security_group", "aws_ec2_launch_template"),
    matches=r"AWS (?:Elastic Disaster Recovery|Application Migration Service) .*",
    words="a replication service",
    source="https://docs.aws.amazon.com/drs/latest/userguide/replication-server-settings.html",
)
KAFKA = Mark(
    tag="AWSMSKManaged",
    words="Amazon MSK, with",
    source=f"{_POLICIES}/KafkaServiceRolePolicy.html",
)
DIRECTORY_GROUP_DESCRIPTION = Mark(
    attribute="description",
    of=("aws_ec2_security_group",),
    matches=r"(?:AWS|Amazon Web Services) created security group for "
    r"(?P<owner>d-[0-9a-f]{10}) directory controllers",
    words="the directory",
    kind="aws_directory_service_directory",
    by="id",
    source="ds:AddIpRoutesRequest",
)
DIRECTORY_GROUP = Mark(
    attribute="group_name",
    of=("aws_ec2_security_group",),
    matches=r"(?P<owner>d-[0-9a-f]{10})_controllers",
    words="the directory",
    kind="aws_directory_service_directory",
    by="id",
    source="https://docs.aws.amazon.com/directoryservice/latest/admin-guide/"
    "ms_ad_getting_started_what_gets_created.html",
)
