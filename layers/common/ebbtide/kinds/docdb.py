"""DocumentDB clusters and their instances, which the RDS API lists as well."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

# These kinds share the list calls of the RDS kinds, which saves calls. DocumentDB's own describe
# calls do not return tags, and do not say whether a cluster is a member of a global one.
_INSTANCES = "DBInstances[?Engine == 'docdb'][]"
_CLUSTERS = "DBClusters[?Engine == 'docdb'][]"
_INSTANCE_TAGS = Detail(
    Call("docdb", "list_tags_for_resource", "TagList[]", ResourceName="{DBInstanceArn}"),
    into="TagList",
)
# Only this list shows the members of global clusters, primary and secondary.
_GLOBAL = Detail(
    Call(
        "docdb",
        "describe_global_clusters",
        "GlobalClusters[].GlobalClusterMembers[].[DBClusterArn, Readers[]][]"
        " | [].{DBClusterArn: @}",
        action="rds:DescribeGlobalClusters",
    ),
    into="GlobalClusters",
    match=("DBClusterArn", "DBClusterArn"),
    once=True,
)
_SECURITY_GROUPS = Relation(
    "VpcSecurityGroups[].VpcSecurityGroupId",
    "aws_ec2_security_group",
    reverse=True,
    deleted_before=True,
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
    _SECURITY_GROUPS,
    Relation(
        "DBClusterIdentifier", "aws_docdb_cluster", reverse=True, deleted_before=True, part="data"
    ),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("PerformanceInsightsKMSKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
)

_CONNECTIONS = UseMetric(
    "AWS/DocDB",
    "DatabaseConnections",
    {"DBInstanceIdentifier": "{DBInstanceIdentifier}"},
    statistic="Maximum",
)

INSTANCE = Kind(
    name="aws_docdb_instance",
    bases=("database",),
    list=Call("rds", "describe_db_instances", _INSTANCES),
    get=Call("docdb", "describe_db_instances", _INSTANCES, DBInstanceIdentifier="{id}"),
    get_details=(_INSTANCE_TAGS,),
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
        "volume_size": "`null`",
        "volume_iops": "`null`",
        "volume_encrypted": "StorageEncrypted",
    },
    relations=_INSTANCE_RELATIONS,
    volatile=("LatestRestorableTime",),
    fingerprint=("DbiResourceId", "InstanceCreateTime", "DBInstanceStatus"),
    sources={"unique": "docdb:DBInstance"},
    delete=Delete(
        Call("docdb", "delete_db_instance", DBInstanceIdentifier="{id}"),
        gone=("DBInstanceNotFound",),
        blocked=("InvalidDBInstanceState", "InvalidDBClusterStateFault"),
        usual=900,
        note="The data stays in its cluster.",
    ),
)

# The exported log types, each preceded by the prefix of its log group: ",<group>,<group>".
_LOGS = (
    "join(join('', [',/aws/docdb/', DBClusterIdentifier, '/']),"
    " [[''], EnabledCloudwatchLogsExports || `[]`][])"
)

_CLUSTER_RELATIONS = (
    Relation("DBSubnetGroup", "aws_rds_subnet_group", reverse=True, deleted_before=True),
    Relation("DBClusterParameterGroup", "aws_rds_cluster_parameter_group", deleted_before=True),
    _SECURITY_GROUPS,
    Relation(
        "ReplicationSourceIdentifier",
        "aws_docdb_cluster",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("AssociatedRoles[].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("MasterUserSecret.SecretArn", "aws_secretsmanager_secret", by="arn", owns=True),
    Relation(
        _LOGS,
        "aws_cloudwatch_log_group",
        pattern=r",([^,]+)",
        strength="needed",
        why="the cluster could not publish its logs",
    ),
)

_CLUSTER_DELETE = Delete(
    Call(
        "docdb",
        "delete_db_cluster",
        action=(
            "rds:DeleteDBCluster",
            "rds:CreateDBClusterSnapshot",
            "rds:AddTagsToResource",
        ),
        DBClusterIdentifier="{id}",
        SkipFinalSnapshot=False,
        FinalDBSnapshotIdentifier="ebbtide-final-{DBClusterIdentifier}-{DbClusterResourceId}",
    ),
    gone=("DBClusterNotFoundFault",),
    blocked=("InvalidDBClusterStateFault", "InvalidDBClusterSnapshotStateFault"),
    refused=(
        "InvalidParameterCombination",
        "DBClusterSnapshotAlreadyExistsFault",
        "SnapshotQuotaExceeded",
    ),
    usual=900,
    note="Leaves a final snapshot, ebbtide-final-...; automated snapshots are lost.",
)

CLUSTER = Kind(
    name="aws_docdb_cluster",
    bases=("database",),
    list=Call("rds", "describe_db_clusters", _CLUSTERS),
    get=Call("rds", "describe_db_clusters", _CLUSTERS, DBClusterIdentifier="{id}"),
    details=(_GLOBAL,),
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
        "db_publicly_accessible": "`false`",
        "instance_type": "`null`",
        "volume_size": "`null`",
        "volume_iops": "`null`",
        "volume_encrypted": "StorageEncrypted",
    },
    relations=_CLUSTER_RELATIONS,
    volatile=("EarliestRestorableTime", "LatestRestorableTime"),
    never_delete=(
        NeverDelete(
            "DeletionProtection", "its deletion protection is on", "docdb:DBCluster", protects=True
        ),
        NeverDelete(
            "GlobalClusters || GlobalClusterIdentifier",
            "it is a member of a global cluster",
            "docdb:GlobalClusterMember",
        ),
    ),
    fingerprint=("DbClusterResourceId", "ClusterCreateTime", "Status", "DBClusterMembers"),
    settles=("DBClusterMembers",),
    sources={"settles": "docdb:DBCluster", "unique": "docdb:DBCluster"},
    delete=_CLUSTER_DELETE,
)
