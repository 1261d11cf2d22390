"""MemoryDB clusters."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(Call("memorydb", "list_tags", "TagList[]", ResourceArn="{ARN}"), into="Tags")

_SUBNETS = Detail(
    Call("memorydb", "describe_subnet_groups", "SubnetGroups[]"),
    into="SubnetGroup",
    match=("Name", "SubnetGroupName"),
    once=True,
)

_DELETE = Delete(
    Call(
        "memorydb",
        "delete_cluster",
        action=("memorydb:DeleteCluster", "memorydb:CreateSnapshot"),
        ClusterName="{id}",
        FinalSnapshotName="ebbtide-final-{Name}-{digits(Shards[].Nodes[].CreateTime | [0])}",
    ),
    gone=("ClusterNotFoundFault",),
    blocked=("InvalidClusterStateFault",),
    refused=(
        "SnapshotAlreadyExistsFault",
        "InvalidParameterValueException",
        "InvalidParameterCombinationException",
    ),
    usual=900,
    note="Leaves a final snapshot, ebbtide-final-...",
)

_RELATIONS = (
    Relation(
        "SecurityGroups[].SecurityGroupId",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "SnsTopicArn",
        "aws_sns_topic",
        strength="needed",
        why="events of the cluster would notify nobody",
    ),
    Relation(
        "SubnetGroup[].Subnets[].Identifier", "aws_ec2_subnet", reverse=True, deleted_before=True
    ),
    Relation("SubnetGroup[].VpcId", "aws_vpc", reverse=True, deleted_before=True),
)

CLUSTER = Kind(
    name="aws_memorydb_cluster",
    bases=("database",),
    # AWS gives the creation time only for the nodes, not for the cluster.
    list=Call("memorydb", "describe_clusters", "Clusters[]", ShowShardDetails=True),
    get=Call(
        "memorydb", "describe_clusters", "Clusters[]", ClusterName="{id}", ShowShardDetails=True
    ),
    details=(_TAGS, _SUBNETS),
    # An account has the service's role only after its first use of the service.
    absent=("ServiceLinkedRoleNotFoundFault",),
    id="Name",
    label="Name",
    arn="ARN",
    fields={
        "db_type": "Engine",
        "db_status": "Status",
        "db_endpoint": "ClusterEndpoint.Address",
        "db_version": "EngineVersion",
        "db_publicly_accessible": "`false`",
        "instance_type": "NodeType",
        "volume_size": "`null`",
        "volume_iops": "`null`",
        "volume_encrypted": "`true`",
    },
    relations=_RELATIONS,
    never_delete=(
        NeverDelete(
            "MultiRegionClusterName", "it is part of a multi-Region cluster", "memorydb:Cluster"
        ),
    ),
    fingerprint=("ARN", "Status", "Shards"),
    sources={"usual": "ours"},
    delete=_DELETE,
)
