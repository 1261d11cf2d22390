"""RDS and Aurora database instances and clusters."""

from __future__ import annotations

from ebbtide.kinds._databases import CLUSTER_STAYS, INSTANCE_STAYS, NO_FINAL_SNAPSHOT
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

# The same calls return DocumentDB and Neptune databases, which are kinds of their own.
_INSTANCES = 'DBInstances[?!contains(`["docdb", "neptune"]`, Engine)][]'
_CLUSTERS = 'DBClusters[?!contains(`["docdb", "neptune"]`, Engine)][]'
# The name contains the resource id, which differs between databases of the same name.
_FINAL_SNAPSHOT = (
    f"{{!{NO_FINAL_SNAPSHOT} && join('-', ['ebbtide-final', DBInstanceIdentifier, DbiResourceId])"
    " || `null`}"
)
# `a && false || null` would be null, whereas a filter over the document itself can return false.
_KEEP_BACKUPS = f"{{[@][?!{NO_FINAL_SNAPSHOT}] | [0] && `false`}}"
# Log groups are named after the database and the log type. Joining the log types with the common
# prefix gives ",<group>,<group>".
_INSTANCE_LOGS = (
    "join(join('', [',/aws/rds/instance/', DBInstanceIdentifier, '/']),"
    " [[''], EnabledCloudwatchLogsExports || `[]`][])"
)
_CLUSTER_LOGS = (
    "join(join('', [',/aws/rds/cluster/', DBClusterIdentifier, '/']),"
    " [[''], EnabledCloudwatchLogsExports || `[]`][])"
)

# Instances and clusters name these in the same way.
_COMMON = (
    Relation(
        "VpcSecurityGroups[].VpcSecurityGroupId",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    Relation("PerformanceInsightsKMSKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("ActivityStreamKmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "ActivityStreamKinesisStreamName",
        "aws_kinesis_stream",
        strength="needed",
        why="the activity of the database could not be streamed",
    ),
    Relation("MonitoringRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("AssociatedRoles[].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "MasterUserSecret.SecretArn",
        "aws_secretsmanager_secret",
        by="arn",
        owns=True,
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
    ),
    Relation("DomainMemberships[].IAMRoleName", "aws_iam_role", by="name", deleted_before=True),
    Relation(
        "DomainMemberships[].AuthSecretArn",
        "aws_secretsmanager_secret",
        by="arn",
        strength="needed",
        why="it could not join its domain again",
    ),
)

_INSTANCE_RELATIONS = (
    Relation("DBSubnetGroup.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(
        "DBSubnetGroup.Subnets[].SubnetIdentifier",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "DBSubnetGroup.DBSubnetGroupName",
        "aws_rds_subnet_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "DBClusterIdentifier", "aws_rds_cluster", reverse=True, deleted_before=True, part="data"
    ),
    # AWS would turn the replicas of a deleted source into independent databases.
    Relation(
        "ReadReplicaSourceDBInstanceIdentifier",
        "aws_rds_instance",
        reverse=True,
        deleted_before=True,
    ),
    # A source in another region is named by ARN.
    Relation(
        "ReadReplicaSourceDBInstanceIdentifier",
        "aws_rds_instance",
        by="arn",
        reverse=True,
        deleted_before=True,
        across_regions=True,
        pattern=r"^(arn:.+)$",
    ),
    Relation(
        "ReadReplicaSourceDBClusterIdentifier", "aws_rds_cluster", reverse=True, deleted_before=True
    ),
    Relation(
        "DBParameterGroups[].DBParameterGroupName", "aws_rds_parameter_group", deleted_before=True
    ),
    Relation(
        "OptionGroupMemberships[].OptionGroupName", "aws_rds_option_group", deleted_before=True
    ),
    Relation(
        "EnhancedMonitoringResourceArn",
        "aws_cloudwatch_log_group",
        pattern=r":log-group:([^:]+)",
        strength="needed",
        why="the database could not deliver its enhanced monitoring",
    ),
    Relation(
        _INSTANCE_LOGS,
        "aws_cloudwatch_log_group",
        pattern=r",([^,]+)",
        strength="needed",
        why="the database could not publish its logs",
    ),
    *_COMMON,
    Relation(
        "CustomIamInstanceProfile", "aws_iam_instance_profile", by="name", deleted_before=True
    ),
    Relation(
        "TdeCredentialArn",
        "aws_secretsmanager_secret",
        by="arn",
        strength="needed",
        why="its encrypted data could not be read",
    ),
)

_INSTANCE_DELETE = Delete(
    Call(
        "rds",
        "delete_db_instance",
        action=("rds:DeleteDBInstance", "rds:CreateDBSnapshot", "rds:AddTagsToResource"),
        DBInstanceIdentifier="{id}",
        SkipFinalSnapshot=f"{{{NO_FINAL_SNAPSHOT} && `true` || `false`}}",
        FinalDBSnapshotIdentifier=_FINAL_SNAPSHOT,
        DeleteAutomatedBackups=_KEEP_BACKUPS,
    ),
    gone=("DBInstanceNotFound",),
    blocked=("InvalidDBInstanceState", "InvalidDBClusterStateFault"),
    refused=(
        "InvalidParameterCombination",
        "DBSnapshotAlreadyExists",
        "SnapshotQuotaExceeded",
        "DBInstanceAutomatedBackupQuotaExceeded",
        "KMSKeyNotAccessibleFault",
    ),
    usual=900,
    note="Leaves a final snapshot, ebbtide-final-..., and the automated backups, if it can.",
)

_CONNECTIONS = UseMetric(
    "AWS/RDS",
    "DatabaseConnections",
    {"DBInstanceIdentifier": "{DBInstanceIdentifier}"},
    statistic="Maximum",
)

INSTANCE = Kind(
    name="aws_rds_instance",
    bases=("database",),
    list=Call("rds", "describe_db_instances", _INSTANCES),
    get=Call("rds", "describe_db_instances", _INSTANCES, DBInstanceIdentifier="{id}"),
    id="DBInstanceIdentifier",
    label="DBInstanceIdentifier",
    arn="DBInstanceArn",
    tags="TagList",
    created="InstanceCreateTime",
    unique=("DbiResourceId",),
    last_use=LastUse(metrics=(_CONNECTIONS,)),
    fields={
        "db_type": "Engine",
        "db_status": "DBInstanceStatus",
        "db_endpoint": "Endpoint.Address",
        "db_version": "EngineVersion",
        "db_publicly_accessible": "PubliclyAccessible",
        "instance_type": "DBInstanceClass",
        "volume_size": "AllocatedStorage",
        "volume_iops": "Iops",
        "volume_encrypted": "StorageEncrypted",
    },
    relations=_INSTANCE_RELATIONS,
    volatile=("LatestRestorableTime",),
    never_delete=INSTANCE_STAYS,
    fingerprint=("DbiResourceId", "InstanceCreateTime", "DBInstanceStatus"),
    sources={"unique": "rds:DBInstance"},
    delete=_INSTANCE_DELETE,
)

_CLUSTER_RELATIONS = (
    Relation("DBSubnetGroup", "aws_rds_subnet_group", reverse=True, deleted_before=True),
    Relation("DBClusterParameterGroup", "aws_rds_cluster_parameter_group", deleted_before=True),
    Relation(
        "DBClusterOptionGroupMemberships[].DBClusterOptionGroupName",
        "aws_rds_option_group",
        deleted_before=True,
    ),
    # AWS would turn the replicas of a deleted source into independent databases.
    Relation(
        "ReplicationSourceIdentifier",
        "aws_rds_cluster",
        by="arn",
        reverse=True,
        deleted_before=True,
        across_regions=True,
        pattern=r"^(arn:[^:]+:rds:[^:]+:\d+:cluster:.+)$",
    ),
    Relation(
        "ReplicationSourceIdentifier",
        "aws_rds_instance",
        by="arn",
        pattern=r"^(arn:[^:]+:rds:[^:]+:\d+:db:.+)$",
        across_regions=True,
        strength="needed",
        why="replication to the cluster would end",
    ),
    Relation(
        _CLUSTER_LOGS,
        "aws_cloudwatch_log_group",
        pattern=r",([^,]+)",
        strength="needed",
        why="the cluster could not publish its logs",
    ),
    *_COMMON,
)

_CLUSTER_DELETE = Delete(
    Call(
        "rds",
        "delete_db_cluster",
        action=(
            "rds:DeleteDBCluster",
            "rds:CreateDBClusterSnapshot",
            "rds:AddTagsToResource",
        ),
        DBClusterIdentifier="{id}",
        SkipFinalSnapshot=False,
        FinalDBSnapshotIdentifier="ebbtide-final-{DBClusterIdentifier}-{DbClusterResourceId}",
        DeleteAutomatedBackups=False,
    ),
    gone=("DBClusterNotFoundFault",),
    blocked=(
        "InvalidDBClusterStateFault",
        "InvalidDBClusterSnapshotStateFault",
        "InvalidGlobalClusterStateFault",
    ),
    refused=(
        "InvalidParameterCombination",
        "DBClusterSnapshotAlreadyExistsFault",
        "SnapshotQuotaExceeded",
        "DBClusterAutomatedBackupQuotaExceededFault",
        "KMSKeyNotAccessibleFault",
    ),
    usual=900,
    note="Leaves a final snapshot, ebbtide-final-..., and the automated backups.",
)

CLUSTER = Kind(
    name="aws_rds_cluster",
    bases=("database",),
    list=Call("rds", "describe_db_clusters", _CLUSTERS),
    get=Call("rds", "describe_db_clusters", _CLUSTERS, DBClusterIdentifier="{id}"),
    id="DBClusterIdentifier",
    label="DBClusterIdentifier",
    arn="DBClusterArn",
    tags="TagList",
    created="ClusterCreateTime",
    unique=("DbClusterResourceId",),
    fields={
        "db_type": "Engine",
        "db_status": "Status",
        "db_endpoint": "Endpoint",
        "db_version": "EngineVersion",
        "db_publicly_accessible": "PubliclyAccessible",
        "instance_type": "DBClusterInstanceClass",
        "volume_size": "AllocatedStorage",
        "volume_iops": "Iops",
        "volume_encrypted": "StorageEncrypted",
    },
    relations=_CLUSTER_RELATIONS,
    volatile=("EarliestRestorableTime", "LatestRestorableTime", "Capacity"),
    never_delete=CLUSTER_STAYS,
    fingerprint=("DbClusterResourceId", "ClusterCreateTime", "Status", "DBClusterMembers"),
    settles=("DBClusterMembers",),
    sources={"settles": "rds:DBCluster", "unique": "rds:DBCluster"},
    delete=_CLUSTER_DELETE,
)
