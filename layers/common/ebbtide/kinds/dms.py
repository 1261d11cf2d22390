"""Replication instances of the Database Migration Service."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(
    Call("dms", "list_tags_for_resource", "TagList[]", ResourceArn="{ReplicationInstanceArn}"),
    into="Tags",
)

_RELATIONS = (
    Relation("ReplicationSubnetGroup.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(
        "ReplicationSubnetGroup.Subnets[].SubnetIdentifier",
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
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
)

REPLICATION_INSTANCE = Kind(
    name="aws_dms_replication_instance",
    list=Call("dms", "describe_replication_instances", "ReplicationInstances[]"),
    get=Call(
        "dms",
        "describe_replication_instances",
        "ReplicationInstances[]",
        Filters=[{"Name": "replication-instance-arn", "Values": ["{id}"]}],
    ),
    details=(_TAGS,),
    id="ReplicationInstanceArn",
    label="ReplicationInstanceIdentifier",
    arn="ReplicationInstanceArn",
    created="InstanceCreateTime",
    relations=_RELATIONS,
    fingerprint=("InstanceCreateTime", "ReplicationInstanceStatus", "ReplicationInstanceClass"),
    delete=Delete(
        Call("dms", "delete_replication_instance", ReplicationInstanceArn="{id}"),
        gone=("ResourceNotFoundFault",),
        # The instance still has replication tasks.
        blocked=("InvalidResourceStateFault",),
        usual=600,
        note="Its endpoints stay. AWS refuses while it has replication tasks.",
    ),
)
