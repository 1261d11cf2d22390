"""Redshift clusters and their subnet groups."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_LOGGING = Detail(
    Call("redshift", "describe_logging_status", ClusterIdentifier="{ClusterIdentifier}"),
    into="LoggingStatus",
)
_CLUSTER_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(
        "Endpoint.VpcEndpoints[].NetworkInterfaces[].SubnetId",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "ClusterSubnetGroupName", "aws_redshift_subnet_group", reverse=True, deleted_before=True
    ),
    Relation(
        "VpcSecurityGroups[].VpcSecurityGroupId",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("IamRoles[].IamRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("MasterPasswordSecretKmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("MasterPasswordSecretArn", "aws_secretsmanager_secret", by="arn", owns=True),
    Relation("CustomDomainCertificateArn", "aws_acm_certificate", deleted_before=True),
    Relation("ElasticIpStatus.ElasticIp", "aws_ec2_elastic_ip", by="ip", deleted_before=True),
    Relation(
        "LoggingStatus.BucketName",
        "aws_s3_bucket",
        strength="needed",
        why="its audit logs would be lost",
    ),
)

_CLUSTER_DELETE = Delete(
    Call(
        "redshift",
        "delete_cluster",
        action=("redshift:DeleteCluster", "redshift:CreateClusterSnapshot"),
        ClusterIdentifier="{id}",
        SkipFinalClusterSnapshot=False,
        FinalClusterSnapshotIdentifier="ebbtide-final-{ClusterIdentifier}-{digits(ClusterCreateTime)}",
    ),
    gone=("ClusterNotFound",),
    blocked=("InvalidClusterState",),
    refused=("ClusterSnapshotAlreadyExists", "ClusterSnapshotQuotaExceeded"),
    usual=900,
    note="Leaves a final snapshot, ebbtide-final-...; automated snapshots are lost.",
)

_CONNECTIONS = UseMetric(
    "AWS/Redshift",
    "DatabaseConnections",
    {"ClusterIdentifier": "{ClusterIdentifier}"},
    statistic="Maximum",
)

CLUSTER = Kind(
    name="aws_redshift_cluster",
    bases=("database",),
    list=Call("redshift", "describe_clusters", "Clusters[]"),
    get=Call("redshift", "describe_clusters", "Clusters[]", ClusterIdentifier="{id}"),
    details=(_LOGGING,),
    id="ClusterIdentifier",
    label="ClusterIdentifier",
    arn="arn:{partition}:redshift:{region}:{account}:cluster:{id}",
    created="ClusterCreateTime",
    last_use=LastUse(metrics=(_CONNECTIONS,)),
    fields={
        "db_type": "'redshift'",
        "db_status": "ClusterStatus",
        "db_endpoint": "Endpoint.Address",
        "db_version": "ClusterVersion",
        "db_publicly_accessible": "PubliclyAccessible",
        "instance_type": "NodeType",
        "volume_size": "`null`",
        "volume_iops": "`null`",
        "volume_encrypted": "Encrypted",
    },
    relations=_CLUSTER_RELATIONS,
    volatile=(
        "LoggingStatus",
        "ClusterAvailabilityStatus",
        "DataTransferProgress",
        "ExpectedNextSnapshotScheduleTime",
        "NextMaintenanceWindowStartTime",
        "RestoreStatus",
    ),
    fingerprint=("ClusterCreateTime", "ClusterNamespaceArn", "ClusterStatus"),
    delete=_CLUSTER_DELETE,
)

# AWS creates `default`.
_SUBNET_GROUPS = "ClusterSubnetGroups[?ClusterSubnetGroupName != 'default'][]"

SUBNET_GROUP = Kind(
    name="aws_redshift_subnet_group",
    list=Call("redshift", "describe_cluster_subnet_groups", _SUBNET_GROUPS),
    get=Call(
        "redshift", "describe_cluster_subnet_groups", _SUBNET_GROUPS, ClusterSubnetGroupName="{id}"
    ),
    id="ClusterSubnetGroupName",
    label="ClusterSubnetGroupName",
    arn="arn:{partition}:redshift:{region}:{account}:subnetgroup:{id}",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("Subnets[].SubnetIdentifier", "aws_ec2_subnet", reverse=True, deleted_before=True),
    ),
    fingerprint=("VpcId", "SubnetGroupStatus", "Description"),
    delete=Delete(
        Call("redshift", "delete_cluster_subnet_group", ClusterSubnetGroupName="{id}"),
        gone=("ClusterSubnetGroupNotFoundFault",),
        blocked=("InvalidClusterSubnetGroupStateFault", "InvalidClusterSubnetStateFault"),
    ),
)
