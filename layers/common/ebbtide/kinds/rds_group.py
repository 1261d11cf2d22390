"""Subnet, parameter and option groups of RDS, which DocumentDB and Neptune use as well.

The `default` groups, which AWS creates, are left out.
"""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_SUBNET_GROUPS = "DBSubnetGroups[?DBSubnetGroupName != 'default'][]"
_SUBNET_GROUP_TAGS = Detail(
    Call("rds", "list_tags_for_resource", "TagList[]", ResourceName="{DBSubnetGroupArn}"),
    into="Tags",
)

SUBNET_GROUP = Kind(
    name="aws_rds_subnet_group",
    list=Call("rds", "describe_db_subnet_groups", _SUBNET_GROUPS),
    get=Call("rds", "describe_db_subnet_groups", _SUBNET_GROUPS, DBSubnetGroupName="{id}"),
    details=(_SUBNET_GROUP_TAGS,),
    id="DBSubnetGroupName",
    label="DBSubnetGroupName",
    arn="DBSubnetGroupArn",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("Subnets[].SubnetIdentifier", "aws_ec2_subnet", reverse=True, deleted_before=True),
    ),
    never_delete=(
        NeverDelete(
            "starts_with(DBSubnetGroupName, 'default-')",
            "the RDS console created it as the default of its VPC",
        ),
    ),
    fingerprint=("DBSubnetGroupArn", "VpcId", "SubnetGroupStatus"),
    delete=Delete(
        Call("rds", "delete_db_subnet_group", DBSubnetGroupName="{id}"),
        gone=("DBSubnetGroupNotFoundFault",),
        blocked=("InvalidDBSubnetGroupStateFault", "InvalidDBSubnetStateFault"),
    ),
)

_PARAMETER_GROUPS = "DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')][]"
_PARAMETER_GROUP_TAGS = Detail(
    Call("rds", "list_tags_for_resource", "TagList[]", ResourceName="{DBParameterGroupArn}"),
    into="Tags",
)

PARAMETER_GROUP = Kind(
    name="aws_rds_parameter_group",
    list=Call("rds", "describe_db_parameter_groups", _PARAMETER_GROUPS),
    get=Call("rds", "describe_db_parameter_groups", _PARAMETER_GROUPS, DBParameterGroupName="{id}"),
    details=(_PARAMETER_GROUP_TAGS,),
    id="DBParameterGroupName",
    label="DBParameterGroupName",
    arn="DBParameterGroupArn",
    fingerprint=("DBParameterGroupArn", "DBParameterGroupFamily", "Description"),
    delete=Delete(
        Call("rds", "delete_db_parameter_group", DBParameterGroupName="{id}"),
        gone=("DBParameterGroupNotFound",),
        blocked=("InvalidDBParameterGroupState",),
        note="The values of its parameters are lost.",
    ),
)

_CLUSTER_PARAMETER_GROUPS = (
    "DBClusterParameterGroups[?!starts_with(DBClusterParameterGroupName, 'default.')][]"
)
_CLUSTER_PARAMETER_GROUP_TAGS = Detail(
    Call("rds", "list_tags_for_resource", "TagList[]", ResourceName="{DBClusterParameterGroupArn}"),
    into="Tags",
)

CLUSTER_PARAMETER_GROUP = Kind(
    name="aws_rds_cluster_parameter_group",
    list=Call("rds", "describe_db_cluster_parameter_groups", _CLUSTER_PARAMETER_GROUPS),
    get=Call(
        "rds",
        "describe_db_cluster_parameter_groups",
        _CLUSTER_PARAMETER_GROUPS,
        DBClusterParameterGroupName="{id}",
    ),
    details=(_CLUSTER_PARAMETER_GROUP_TAGS,),
    id="DBClusterParameterGroupName",
    label="DBClusterParameterGroupName",
    arn="DBClusterParameterGroupArn",
    fingerprint=("DBClusterParameterGroupArn", "DBParameterGroupFamily", "Description"),
    delete=Delete(
        Call("rds", "delete_db_cluster_parameter_group", DBClusterParameterGroupName="{id}"),
        gone=("DBParameterGroupNotFound",),
        blocked=("InvalidDBParameterGroupState",),
        note="The values of its parameters are lost.",
    ),
)

_OPTION_GROUPS = "OptionGroupsList[?!starts_with(OptionGroupName, 'default:')][]"
_OPTION_GROUP_TAGS = Detail(
    Call("rds", "list_tags_for_resource", "TagList[]", ResourceName="{OptionGroupArn}"),
    into="Tags",
)

OPTION_GROUP = Kind(
    name="aws_rds_option_group",
    list=Call("rds", "describe_option_groups", _OPTION_GROUPS),
    get=Call("rds", "describe_option_groups", _OPTION_GROUPS, OptionGroupName="{id}"),
    details=(_OPTION_GROUP_TAGS,),
    id="OptionGroupName",
    label="OptionGroupName",
    arn="OptionGroupArn",
    relations=(
        Relation(
            "VpcId",
            "aws_vpc",
            reverse=True,
            strength="watches",
            why="its options only apply in the VPC",
        ),
        Relation(
            "Options[].VpcSecurityGroupMemberships[].VpcSecurityGroupId",
            "aws_ec2_security_group",
            reverse=True,
            deleted_before=True,
        ),
    ),
    fingerprint=("OptionGroupArn", "EngineName", "MajorEngineVersion"),
    delete=Delete(
        Call("rds", "delete_option_group", OptionGroupName="{id}"),
        gone=("OptionGroupNotFoundFault",),
        # A snapshot still uses the option group of its database.
        blocked=("InvalidOptionGroupStateFault",),
    ),
)
