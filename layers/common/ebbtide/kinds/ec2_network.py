"""VPCs, subnets, security groups, route tables and network ACLs."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Decision, Kind, Relation

_BLACK_HOLE: Decision = {
    "strength": "needed",
    "why": "the route would lead nowhere, and its subnets would lose that way",
}

VPC = Kind(
    name="aws_vpc",
    bases=("network",),
    list=Call("ec2", "describe_vpcs", "Vpcs[]", MaxResults=500),
    get=Call("ec2", "describe_vpcs", "Vpcs[]", VpcIds=["{id}"]),
    everywhere=True,
    id="VpcId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:vpc/{id}",
    # AWS writes "default" for a VPC without DHCP options.
    relations=(
        Relation(
            "DhcpOptionsId", "aws_ec2_dhcp_options", deleted_before=True, pattern=r"^(dopt-\w+)$"
        ),
    ),
    never_delete=(
        NeverDelete("IsDefault", "it is the default VPC of its region", "ec2:Vpc"),
        NeverDelete(
            "OwnerId != account", "it belongs to another account, which shares it", "ec2:Vpc"
        ),
    ),
    fingerprint=("State", "CidrBlock", "DhcpOptionsId"),
    delete=Delete(
        Call("ec2", "delete_vpc", VpcId="{id}"),
        gone=("InvalidVpcID.NotFound",),
        blocked=("DependencyViolation",),
    ),
)

SUBNET = Kind(
    name="aws_ec2_subnet",
    bases=("subnet",),
    list=Call("ec2", "describe_subnets", "Subnets[]", MaxResults=500),
    get=Call("ec2", "describe_subnets", "Subnets[]", SubnetIds=["{id}"]),
    everywhere=True,
    id="SubnetId",
    arn="SubnetArn",
    relations=(Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),),
    volatile=("AvailableIpAddressCount",),
    never_delete=(
        NeverDelete("DefaultForAz", "it is the default subnet of its zone", "ec2:Subnet"),
        NeverDelete(
            "OwnerId != account", "it belongs to another account, which shares it", "ec2:Subnet"
        ),
    ),
    fingerprint=("State", "VpcId", "CidrBlock"),
    delete=Delete(
        Call("ec2", "delete_subnet", SubnetId="{id}"),
        gone=("InvalidSubnetID.NotFound",),
        blocked=("DependencyViolation",),
    ),
)

# A revocation takes the permission as it was granted, reduced to the groups that it names.
_INGRESS_BY_GROUP = (
    "{IpPermissions[?UserIdGroupPairs].{IpProtocol: IpProtocol, FromPort: FromPort,"
    " ToPort: ToPort, UserIdGroupPairs: UserIdGroupPairs}}"
)
_EGRESS_BY_GROUP = _INGRESS_BY_GROUP.replace("IpPermissions[", "IpPermissionsEgress[", 1)

_GROUP_PREPARE = (
    Prepare(
        Call(
            "ec2",
            "revoke_security_group_ingress",
            GroupId="{id}",
            IpPermissions=_INGRESS_BY_GROUP,
        ),
        when="IpPermissions[?UserIdGroupPairs]",
        undo=Call(
            "ec2",
            "authorize_security_group_ingress",
            GroupId="{id}",
            IpPermissions=_INGRESS_BY_GROUP,
        ),
        absent=("InvalidPermission.NotFound",),
    ),
    Prepare(
        Call(
            "ec2",
            "revoke_security_group_egress",
            GroupId="{id}",
            IpPermissions=_EGRESS_BY_GROUP,
        ),
        when="IpPermissionsEgress[?UserIdGroupPairs]",
        undo=Call(
            "ec2",
            "authorize_security_group_egress",
            GroupId="{id}",
            IpPermissions=_EGRESS_BY_GROUP,
        ),
        absent=("InvalidPermission.NotFound",),
    ),
)

_GROUP_RELATIONS = (
    Relation(
        "[@][?!(GroupName == 'default')].VpcId",
        "aws_vpc",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    # AWS creates this one with the VPC and deletes it with the VPC.
    Relation(
        "[@][?GroupName == 'default'].VpcId",
        "aws_vpc",
        reverse=True,
        owned_by=True,
        source="ec2:DeleteVpc",
    ),
    # Two groups often name each other, so each revokes its own rules first.
    Relation(
        "[IpPermissions, IpPermissionsEgress][].UserIdGroupPairs[].GroupId",
        "aws_ec2_security_group",
        deleted_before=True,
        severable=True,
    ),
    Relation(
        "[IpPermissions, IpPermissionsEgress][].PrefixListIds[].PrefixListId",
        "aws_ec2_prefix_list",
        deleted_before=True,
    ),
)

SECURITY_GROUP = Kind(
    name="aws_ec2_security_group",
    bases=("security_group",),
    list=Call("ec2", "describe_security_groups", "SecurityGroups[]", MaxResults=500),
    get=Call("ec2", "describe_security_groups", "SecurityGroups[]", GroupIds=["{id}"]),
    everywhere=True,
    id="GroupId",
    label="GroupName",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:security-group/{id}",
    fields={
        "group_ip_permissions": "IpPermissions",
        "group_ip_permissions_egress": "IpPermissionsEgress",
    },
    relations=_GROUP_RELATIONS,
    never_delete=(
        NeverDelete(
            "GroupName == 'default'",
            "it is the default security group of its VPC",
            "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        ),
        NeverDelete(
            "OwnerId != account",
            "it belongs to another account, which shares it",
            "ec2:SecurityGroup",
        ),
    ),
    fingerprint=("VpcId", "GroupName", "IpPermissions", "IpPermissionsEgress"),
    settles=("IpPermissions", "IpPermissionsEgress"),
    sources={"settles": "ec2:RevokeSecurityGroupIngress"},
    delete=Delete(
        Call("ec2", "delete_security_group", GroupId="{id}"),
        prepare=_GROUP_PREPARE,
        gone=("InvalidGroup.NotFound",),
        blocked=("DependencyViolation", "InvalidGroup.InUse"),
        refused=("CannotDelete", "OperationNotPermitted"),
    ),
)

_TABLE_RELATIONS = (
    Relation(
        "[@][?!(Associations[?Main])].VpcId",
        "aws_vpc",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    # AWS creates this one with the VPC and deletes it with the VPC.
    Relation(
        "[@][?Associations[?Main]].VpcId",
        "aws_vpc",
        reverse=True,
        owned_by=True,
        source="ec2:DeleteVpc",
    ),
    Relation("Associations[].SubnetId", "aws_ec2_subnet", deleted_after=True),
    Relation("Routes[].NatGatewayId", "aws_ec2_nat_gateway", **_BLACK_HOLE),
    Relation(
        "Routes[].GatewayId", "aws_ec2_internet_gateway", pattern=r"^(igw-\w+)$", **_BLACK_HOLE
    ),
    Relation("Routes[].VpcPeeringConnectionId", "aws_vpc_peering_connection", **_BLACK_HOLE),
    Relation("Routes[].NetworkInterfaceId", "aws_ec2_network_interface", **_BLACK_HOLE),
    Relation("Routes[].InstanceId", "aws_ec2_instance", **_BLACK_HOLE),
    Relation("Routes[].TransitGatewayId", "aws_ec2_transit_gateway", **_BLACK_HOLE),
    Relation(
        "Routes[].EgressOnlyInternetGatewayId",
        "aws_ec2_egress_only_internet_gateway",
        **_BLACK_HOLE,
    ),
    # AWS removes the routes to a gateway endpoint with the endpoint, and refuses to delete that of
    # a Gateway Load Balancer while routes lead to it. No order: the former go before their tables.
    Relation(
        "Routes[].GatewayId",
        "aws_vpc_endpoint",
        pattern=r"^(vpce-\w+)$",
        strength="needed",
        why="the subnets of the table would lose their way to the service",
        source="ec2:DeleteVpcEndpoints",
    ),
    Relation("Routes[].GatewayId", "aws_ec2_vpn_gateway", pattern=r"^(vgw-\w+)$", **_BLACK_HOLE),
    Relation(
        "PropagatingVgws[].GatewayId",
        "aws_ec2_vpn_gateway",
        pattern=r"^(vgw-\w+)$",
        strength="watches",
        why="the table only takes over the routes that the gateway learns",
    ),
    # A gateway may have its own route table, like a subnet, for incoming traffic.
    Relation(
        "Associations[].GatewayId",
        "aws_ec2_internet_gateway",
        deleted_after=True,
        pattern=r"^(igw-\w+)$",
    ),
    Relation(
        "Associations[].GatewayId",
        "aws_ec2_vpn_gateway",
        deleted_after=True,
        pattern=r"^(vgw-\w+)$",
    ),
    Relation("Routes[].DestinationPrefixListId", "aws_ec2_prefix_list", deleted_before=True),
)

ROUTE_TABLE = Kind(
    name="aws_ec2_route_table",
    bases=("routing_table",),
    list=Call("ec2", "describe_route_tables", "RouteTables[]", MaxResults=100),
    get=Call("ec2", "describe_route_tables", "RouteTables[]", RouteTableIds=["{id}"]),
    everywhere=True,
    id="RouteTableId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:route-table/{id}",
    relations=_TABLE_RELATIONS,
    never_delete=(
        NeverDelete(
            "Associations[?Main]", "it is the main route table of its VPC", "ec2:DeleteRouteTable"
        ),
        NeverDelete(
            "OwnerId != account", "it belongs to another account, which shares it", "ec2:RouteTable"
        ),
    ),
    fingerprint=("VpcId", "Associations"),
    settles=("Associations",),
    sources={"settles": "ec2:RouteTable"},
    delete=Delete(
        Call("ec2", "delete_route_table", RouteTableId="{id}"),
        gone=("InvalidRouteTableID.NotFound",),
        blocked=("DependencyViolation",),
    ),
)

NETWORK_ACL = Kind(
    name="aws_ec2_network_acl",
    bases=("network_acl",),
    list=Call("ec2", "describe_network_acls", "NetworkAcls[]", MaxResults=500),
    get=Call("ec2", "describe_network_acls", "NetworkAcls[]", NetworkAclIds=["{id}"]),
    everywhere=True,
    id="NetworkAclId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:network-acl/{id}",
    relations=(
        Relation(
            "[@][?!IsDefault].VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"
        ),
        # AWS creates this one with the VPC and deletes it with the VPC.
        Relation(
            "[@][?IsDefault].VpcId", "aws_vpc", reverse=True, owned_by=True, source="ec2:DeleteVpc"
        ),
        Relation("Associations[].SubnetId", "aws_ec2_subnet", deleted_after=True),
    ),
    never_delete=(
        NeverDelete(
            "IsDefault", "it is the default network ACL of its VPC", "ec2:DeleteNetworkAcl"
        ),
        NeverDelete(
            "OwnerId != account", "it belongs to another account, which shares it", "ec2:NetworkAcl"
        ),
    ),
    fingerprint=("VpcId", "Associations"),
    settles=("Associations",),
    sources={"settles": "ec2:NetworkAcl"},
    delete=Delete(
        Call("ec2", "delete_network_acl", NetworkAclId="{id}"),
        gone=("InvalidNetworkAclID.NotFound",),
        blocked=("DependencyViolation",),
    ),
)
