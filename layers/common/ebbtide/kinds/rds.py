"""RDS instances, clusters and snapshots."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Keep, Kind, Relation

_FOREIGN_ENGINE = Keep(
    'contains(`["docdb", "neptune"]`, Engine)',
    "it belongs to DocumentDB or Neptune, which have snapshots of their own",
)
_PROTECTED = Keep("DeletionProtection", "its deletion protection is on")
# AWS refuses a final snapshot of a cluster's member and of a read replica: their data lives
# elsewhere. The database's resource id tells two databases of the same name apart.
_NO_FINAL_SNAPSHOT = "(DBClusterIdentifier || ReadReplicaSourceDBInstanceIdentifier)"
_FINAL_SNAPSHOT = (
    f"{{!{_NO_FINAL_SNAPSHOT} && join('-', ['ebbtide-final', DBInstanceIdentifier, DbiResourceId])"
    " || `null`}"
)
# `a && false || null` would be null; a filter over the document itself can answer false.
_KEEP_BACKUPS = f"{{[@][?!{_NO_FINAL_SNAPSHOT}] | [0] && `false`}}"

_INSTANCE_RELATIONS = (
    Relation("DBSubnetGroup.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(
        "DBSubnetGroup.Subnets[].SubnetIdentifier",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "VpcSecurityGroups[].VpcSecurityGroupId",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("DBClusterIdentifier", "aws_rds_cluster", reverse=True, deleted_before=True),
    # AWS would turn the replicas of a deleted source into databases of their own.
    Relation(
        "ReadReplicaSourceDBInstanceIdentifier",
        "aws_rds_instance",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    Relation("MonitoringRoleArn", "aws_iam_role", by="arn", deleted_before=True),
)

_INSTANCE_DELETE = Delete(
    Call(
        "rds",
        "delete_db_instance",
        action=("rds:DeleteDBInstance", "rds:CreateDBSnapshot", "rds:AddTagsToResource"),
        DBInstanceIdentifier="{id}",
        SkipFinalSnapshot=f"{{{_NO_FINAL_SNAPSHOT} && `true` || `false`}}",
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
    note="Leaves a final snapshot, ebbtide-final-..., and the automated backups, if it can.",
)

INSTANCE = Kind(
    name="aws_rds_instance",
    bases=("database",),
    list=Call("rds", "describe_db_instances", "DBInstances[]"),
    get=Call("rds", "describe_db_instances", "DBInstances[]", DBInstanceIdentifier="{id}"),
    id="DBInstanceIdentifier",
    label="DBInstanceIdentifier",
    arn="DBInstanceArn",
    tags="TagList",
    created="InstanceCreateTime",
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
    keep=(_PROTECTED, _FOREIGN_ENGINE),
    fingerprint=("DbiResourceId", "InstanceCreateTime", "DBInstanceStatus"),
    delete=_INSTANCE_DELETE,
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
    note="Leaves a final snapshot, ebbtide-final-..., and the automated backups.",
)

CLUSTER = Kind(
    name="aws_rds_cluster",
    bases=("database",),
    list=Call("rds", "describe_db_clusters", "DBClusters[]"),
    get=Call("rds", "describe_db_clusters", "DBClusters[]", DBClusterIdentifier="{id}"),
    id="DBClusterIdentifier",
    label="DBClusterIdentifier",
    arn="DBClusterArn",
    tags="TagList",
    created="ClusterCreateTime",
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
    relations=(
        Relation(
            "VpcSecurityGroups[].VpcSecurityGroupId",
            "aws_ec2_security_group",
            reverse=True,
            deleted_before=True,
        ),
        Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
        Relation("AssociatedRoles[].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    ),
    volatile=("EarliestRestorableTime", "LatestRestorableTime", "Capacity"),
    keep=(_PROTECTED, _FOREIGN_ENGINE),
    fingerprint=("DbClusterResourceId", "ClusterCreateTime", "Status", "DBClusterMembers"),
    settles=("DBClusterMembers",),
    delete=_CLUSTER_DELETE,
)

SNAPSHOT = Kind(
    name="aws_rds_snapshot",
    bases=("snapshot",),
    list=Call("rds", "describe_db_snapshots", "DBSnapshots[]"),
    get=Call("rds", "describe_db_snapshots", "DBSnapshots[]", DBSnapshotIdentifier="{id}"),
    id="DBSnapshotIdentifier",
    label="DBSnapshotIdentifier",
    arn="DBSnapshotArn",
    tags="TagList",
    created="SnapshotCreateTime",
    fields={
        "snapshot_status": "Status",
        "volume_size": "AllocatedStorage",
        "encrypted": "Encrypted",
    },
    relations=(
        Relation("DBInstanceIdentifier", "aws_rds_instance", reverse=True),
        Relation("VpcId", "aws_vpc", reverse=True),
        Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    ),
    volatile=("PercentProgress",),
    keep=(
        Keep("SnapshotType != 'manual'", "AWS made it on a schedule and removes it itself"),
        Keep(
            "starts_with(DBSnapshotIdentifier, 'ebbtide-final-')",
            "it is the last copy of a database that Ebbtide deleted; remove it by hand",
        ),
    ),
    fingerprint=("SnapshotCreateTime", "Status", "SnapshotType"),
    delete=Delete(
        Call("rds", "delete_db_snapshot", DBSnapshotIdentifier="{id}"),
        gone=("DBSnapshotNotFound",),
        blocked=("InvalidDBSnapshotState",),
    ),
)
