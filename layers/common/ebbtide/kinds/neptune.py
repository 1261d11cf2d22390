"""Neptune clusters and their instances, which the RDS API lists as well."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# These kinds share the list calls of the RDS kinds, which saves calls. Neptune's own describe
# calls, used to read a resource again, do not return its tags.
_INSTANCES = "DBInstances[?Engine == 'neptune'][]"
_CLUSTERS = "DBClusters[?Engine == 'neptune'][]"
_INSTANCE_TAGS = Detail(
    Call("neptune", "list_tags_for_resource", "TagList[]", ResourceName="{DBInstanceArn}"),
    into="TagList",
)
_CLUSTER_TAGS = Detail(
    Call("neptune", "list_tags_for_resource", "TagList[]", ResourceName="{DBClusterArn}"),
    into="TagList",
)
_PROTECTED = NeverDelete(
    "DeletionProtection", "its deletion protection is on", "neptune:DBCluster", protects=True
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
        "DBClusterIdentifier", "aws_neptune_cluster", reverse=True, deleted_before=True, part="data"
    ),
    Relation(
        "DBParameterGroups[].DBParameterGroupName", "aws_rds_parameter_group", deleted_before=True
    ),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("PerformanceInsightsKMSKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("MonitoringRoleArn", "aws_iam_role", by="arn", deleted_before=True),
)

INSTANCE = Kind(
    name="aws_neptune_instance",
    bases=("database",),
    list=Call("rds", "describe_db_instances", _INSTANCES),
    get=Call("neptune", "describe_db_instances", _INSTANCES, DBInstanceIdentifier="{id}"),
    get_details=(_INSTANCE_TAGS,),
    id="DBInstanceIdentifier",
    label="DBInstanceIdentifier",
    arn="DBInstanceArn",
    tags="TagList",
    created="InstanceCreateTime",
    unique=("DbiResourceId",),
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
    never_delete=(_PROTECTED,),
    fingerprint=("DbiResourceId", "InstanceCreateTime", "DBInstanceStatus"),
    sources={"unique": "neptune:DBInstance"},
    delete=Delete(
        # The data belongs to the cluster, so AWS makes no final snapshot of a member.
        Call("neptune", "delete_db_instance", DBInstanceIdentifier="{id}", SkipFinalSnapshot=True),
        gone=("DBInstanceNotFound",),
        blocked=("InvalidDBInstanceState", "InvalidDBClusterStateFault"),
        refused=("InvalidParameterCombination", "DBSnapshotAlreadyExists", "SnapshotQuotaExceeded"),
        usual=900,
        note="The data stays in its cluster.",
    ),
)

# The exported log types, each preceded by the prefix of its log group: ",<group>,<group>".
_LOGS = (
    "join(join('', [',/aws/neptune/', DBClusterIdentifier, '/']),"
    " [[''], EnabledCloudwatchLogsExports || `[]`][])"
)

_CLUSTER_RELATIONS = (
    Relation("DBSubnetGroup", "aws_rds_subnet_group", reverse=True, deleted_before=True),
    Relation("DBClusterParameterGroup", "aws_rds_cluster_parameter_group", deleted_before=True),
    _SECURITY_GROUPS,
    Relation(
        "ReplicationSourceIdentifier",
        "aws_neptune_cluster",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("AssociatedRoles[].RoleArn", "aws_iam_role", by="arn", deleted_before=True),
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
        "neptune",
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
    name="aws_neptune_cluster",
    bases=("database",),
    list=Call("rds", "describe_db_clusters", _CLUSTERS),
    get=Call("neptune", "describe_db_clusters", _CLUSTERS, DBClusterIdentifier="{id}"),
    get_details=(_CLUSTER_TAGS,),
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
        "db_publicly_accessible": "`null`",
        "instance_type": "`null`",
        "volume_size": "`null`",
        "volume_iops": "`null`",
        "volume_encrypted": "StorageEncrypted",
    },
    relations=_CLUSTER_RELATIONS,
    volatile=("EarliestRestorableTime", "LatestRestorableTime"),
    never_delete=(
        _PROTECTED,
        NeverDelete(
            "GlobalClusterIdentifier",
            "it is a member of a global cluster",
            "neptune:RemoveFromGlobalCluster",
        ),
    ),
    fingerprint=("DbClusterResourceId", "ClusterCreateTime", "Status", "DBClusterMembers"),
    settles=("DBClusterMembers",),
    sources={"settles": "neptune:DBCluster", "usual": "ours", "unique": "neptune:DBCluster"},
    delete=_CLUSTER_DELETE,
)
