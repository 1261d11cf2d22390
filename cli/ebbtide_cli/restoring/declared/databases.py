"""How databases come back from their last copies, and the groups that they need."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import PAIRS, Follow, Restoration, same

_GROUPS = "{VpcSecurityGroups[].VpcSecurityGroupId}"
_NO_COPY = "its deletion left no final snapshot"
_SINCE = "What was written after its final snapshot: nothing, unless it was stopped. "

TABLE_OF = {
    **same("TableName", "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes"),
    **same("StreamSpecification", "DeletionProtectionEnabled"),
    "SSESpecification": "{SSEDescription && {Enabled: `true`, SSEType: SSEDescription.SSEType,"
    " KMSMasterKeyId: SSEDescription.KMSMasterKeyArn} || `null`}",
    "TableClass": "{TableClassSummary.TableClass}",
    "Tags": PAIRS,
}
TABLE = Restoration(
    way="copy",
    # AWS keeps one if point-in-time recovery was on.
    find=Call(
        "dynamodb",
        "list_backups",
        "BackupSummaries[-1].BackupArn",
        TableName="{TableName}",
        BackupType="SYSTEM",
    ),
    instead={
        "found": Call(
            "dynamodb",
            "restore_table_from_backup",
            TargetTableName="{TableName}",
            BackupArn="{found}",
        ),
        "BillingModeSummary.BillingMode == 'PAY_PER_REQUEST'": Call(
            "dynamodb",
            "create_table",
            **TABLE_OF,
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes="{GlobalSecondaryIndexes[].{IndexName: IndexName,"
            " KeySchema: KeySchema, Projection: Projection}}",
        ),
    },
    call=Call(
        "dynamodb",
        "create_table",
        **TABLE_OF,
        **same("ProvisionedThroughput", "GlobalSecondaryIndexes"),
    ),
    keeps_id=True,
    ready="TableStatus == 'ACTIVE'",
    then=(Follow(Call("dynamodb", "tag_resource", ResourceArn="{arn}", Tags=PAIRS)),),
    lost="Its items, unless point-in-time recovery was on: then AWS keeps a backup for 35 days. "
    "Its scaling policies, its time to live, and where it streamed to.",
)
RDS_INSTANCE = Restoration(
    way="copy",
    call=Call(
        "rds",
        "restore_db_instance_from_db_snapshot",
        DBSnapshotIdentifier="{deletion.FinalDBSnapshotIdentifier}",
        **same("DBInstanceIdentifier", "DBInstanceClass", "AvailabilityZone", "MultiAZ"),
        **same("PubliclyAccessible", "AutoMinorVersionUpgrade", "LicenseModel", "StorageType"),
        **same("CopyTagsToSnapshot", "DeletionProtection"),
        Port="{Endpoint.Port}",
        DBSubnetGroupName="{DBSubnetGroup.DBSubnetGroupName}",
        VpcSecurityGroupIds=_GROUPS,
        DBParameterGroupName="{DBParameterGroups[0].DBParameterGroupName}",
        OptionGroupName="{OptionGroupMemberships[?!starts_with(OptionGroupName, 'default:')]"
        " | [0].OptionGroupName}",
        EnableIAMDatabaseAuthentication="{IAMDatabaseAuthenticationEnabled}",
        EnableCloudwatchLogsExports="{EnabledCloudwatchLogsExports}",
        Tags=PAIRS,
    ),
    instead={
        "DBClusterIdentifier": Call(
            "rds",
            "create_db_instance",
            **same("DBInstanceIdentifier", "DBInstanceClass", "Engine", "DBClusterIdentifier"),
            **same("AvailabilityZone", "PubliclyAccessible"),
            Tags=PAIRS,
        )
    },
    when="DBClusterIdentifier || deletion.FinalDBSnapshotIdentifier",
    unless=f"{_NO_COPY}: it was a copy of another database",
    keeps_id=True,
    lost=f"{_SINCE}Its automated backups, its monitoring, and its replicas.",
)


def _cluster(service: str, *more: str) -> Restoration:
    return Restoration(
        way="copy",
        call=Call(
            service,
            "restore_db_cluster_from_snapshot",
            SnapshotIdentifier="{deletion.FinalDBSnapshotIdentifier}",
            **same("DBClusterIdentifier", "Engine", "EngineVersion", "Port", "KmsKeyId", *more),
            DBSubnetGroupName="{DBSubnetGroup}",
            VpcSecurityGroupIds=_GROUPS,
            DBClusterParameterGroupName="{DBClusterParameterGroup}",
            EnableCloudwatchLogsExports="{EnabledCloudwatchLogsExports}",
            Tags=PAIRS,
        ),
        when="deletion.FinalDBSnapshotIdentifier",
        unless=_NO_COPY,
        keeps_id=True,
        lost=f"{_SINCE}Its instances: restore them after it.",
    )


def _member(service: str) -> Restoration:
    return Restoration(
        way="create",
        call=Call(
            service,
            "create_db_instance",
            **same("DBInstanceIdentifier", "DBInstanceClass", "Engine", "DBClusterIdentifier"),
            **same("AvailabilityZone", "PromotionTier"),
            Tags=PAIRS,
        ),
        keeps_id=True,
        lost="Nothing: the data is that of its cluster.",
    )


REDSHIFT = Restoration(
    way="copy",
    call=Call(
        "redshift",
        "restore_from_cluster_snapshot",
        SnapshotIdentifier="{deletion.FinalClusterSnapshotIdentifier}",
        **same("ClusterIdentifier", "ClusterSubnetGroupName", "PubliclyAccessible", "NodeType"),
        **same("NumberOfNodes", "KmsKeyId", "EnhancedVpcRouting", "AllowVersionUpgrade"),
        Port="{Endpoint.Port}",
        VpcSecurityGroupIds=_GROUPS,
        ClusterParameterGroupName="{ClusterParameterGroups[0].ParameterGroupName}",
        IamRoles="{IamRoles[].IamRoleArn}",
    ),
    when="deletion.FinalClusterSnapshotIdentifier",
    unless=_NO_COPY,
    keeps_id=True,
    then=(Follow(Call("redshift", "create_tags", ResourceName="{arn}", Tags=PAIRS)),),
    lost="Its automated snapshots.",
)
CACHE_CLUSTER = Restoration(
    way="copy",
    call=Call(
        "elasticache",
        "create_cache_cluster",
        SnapshotName="{deletion.FinalSnapshotIdentifier}",
        **same("CacheClusterId", "CacheNodeType", "Engine", "EngineVersion"),
        **same("CacheSubnetGroupName", "PreferredMaintenanceWindow"),
        NumCacheNodes="{NumCacheNodes}",
        SecurityGroupIds="{SecurityGroups[].SecurityGroupId}",
        CacheParameterGroupName="{CacheParameterGroup.CacheParameterGroupName}",
        Tags=PAIRS,
    ),
    when="!ReplicationGroupId",
    unless="it was a node of a replication group: restore that one",
    keeps_id=True,
    lost="Its data, if it ran Memcached.",
)
REPLICATION_GROUP = Restoration(
    way="copy",
    call=Call(
        "elasticache",
        "create_replication_group",
        SnapshotName="{deletion.FinalSnapshotIdentifier}",
        ReplicationGroupDescription="{Description}",
        **same("ReplicationGroupId", "CacheNodeType", "TransitEncryptionEnabled", "KmsKeyId"),
        **same("AtRestEncryptionEnabled", "UserGroupIds"),
        Tags=PAIRS,
    ),
    when="deletion.FinalSnapshotIdentifier",
    unless=_NO_COPY,
    keeps_id=True,
    lost="Its subnets, security groups and replicas: AWS takes the defaults. Its password.",
)
MEMORY_DB = Restoration(
    way="copy",
    call=Call(
        "memorydb",
        "create_cluster",
        ClusterName="{Name}",
        SnapshotName="{deletion.FinalSnapshotName}",
        SecurityGroupIds="{SecurityGroups[].SecurityGroupId}",
        **same("NodeType", "ACLName", "SubnetGroupName", "ParameterGroupName", "TLSEnabled"),
        **same("Description", "KmsKeyId", "Engine", "EngineVersion"),
        Tags=PAIRS,
    ),
    when="deletion.FinalSnapshotName",
    unless=_NO_COPY,
    keeps_id=True,
    lost="Nothing but its endpoints.",
)
LIGHTSAIL = Restoration(
    way="copy",
    call=Call(
        "lightsail",
        "create_relational_database_from_snapshot",
        relationalDatabaseName="{id}",
        relationalDatabaseSnapshotName="{deletion.finalRelationalDatabaseSnapshotName}",
        relationalDatabaseBundleId="{relationalDatabaseBundleId}",
        publiclyAccessible="{publiclyAccessible}",
        tags="{tagged.lower}",
    ),
    when="deletion.finalRelationalDatabaseSnapshotName",
    unless=_NO_COPY,
    keeps_id=True,
    lost="Its automatic backups.",
)
SUBNET_GROUP = Restoration(
    way="create",
    call=Call(
        "rds",
        "create_db_subnet_group",
        **same("DBSubnetGroupName", "DBSubnetGroupDescription"),
        SubnetIds="{Subnets[].SubnetIdentifier}",
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
REDSHIFT_SUBNET_GROUP = Restoration(
    way="create",
    call=Call(
        "redshift",
        "create_cluster_subnet_group",
        **same("ClusterSubnetGroupName", "Description"),
        SubnetIds="{Subnets[].SubnetIdentifier}",
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
CACHE_SUBNET_GROUP = Restoration(
    way="create",
    call=Call(
        "elasticache",
        "create_cache_subnet_group",
        **same("CacheSubnetGroupName", "CacheSubnetGroupDescription"),
        SubnetIds="{Subnets[].SubnetIdentifier}",
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_dynamodb_table": TABLE,
    "aws_rds_instance": RDS_INSTANCE,
    "aws_rds_cluster": _cluster("rds", "DeletionProtection", "CopyTagsToSnapshot"),
    "aws_docdb_cluster": _cluster("docdb", "DeletionProtection"),
    "aws_docdb_instance": _member("docdb"),
    "aws_neptune_cluster": _cluster("neptune", "DeletionProtection"),
    "aws_neptune_instance": _member("neptune"),
    "aws_redshift_cluster": REDSHIFT,
    "aws_elasticache_cache_cluster": CACHE_CLUSTER,
    "aws_elasticache_replication_group": REPLICATION_GROUP,
    "aws_memorydb_cluster": MEMORY_DB,
    "aws_lightsail_database": LIGHTSAIL,
    "aws_rds_subnet_group": SUBNET_GROUP,
    "aws_redshift_subnet_group": REDSHIFT_SUBNET_GROUP,
    "aws_elasticache_subnet_group": CACHE_SUBNET_GROUP,
}
