"""How VPCs and what orders their traffic come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import PAIRS, TOKEN, Follow, Restoration, same


def tagged(kind: str) -> list[dict[str, Any]]:
    """Return the tags of a new resource in the form of EC2."""
    return [{"ResourceType": kind, "Tags": PAIRS}]


_NEW_ID = "Whatever names it by its id must be changed."

VPC = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_vpc",
        "Vpc.VpcId",
        **same("CidrBlock", "InstanceTenancy"),
        TagSpecifications=tagged("vpc"),
    ),
    new="VpcId",
    then=(
        Follow(
            Call("ec2", "associate_vpc_cidr_block", VpcId="{new}", CidrBlock="{each}"),
            each="without(CidrBlockAssociationSet[].CidrBlock, [CidrBlock])",
            done=("CidrConflict",),
        ),
        Follow(
            Call("ec2", "associate_dhcp_options", VpcId="{new}", **same("DhcpOptionsId")),
            when="DhcpOptionsId",
        ),
    ),
    lost=f"Its settings of DNS, its IPv6 blocks, and what lay in it. {_NEW_ID}",
)
SUBNET = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_subnet",
        "Subnet.SubnetId",
        **same("VpcId", "CidrBlock", "AvailabilityZone", "OutpostArn"),
        TagSpecifications=tagged("subnet"),
    ),
    new="SubnetId",
    then=(
        Follow(
            Call(
                "ec2",
                "modify_subnet_attribute",
                SubnetId="{new}",
                MapPublicIpOnLaunch={"Value": True},
            ),
            when="MapPublicIpOnLaunch",
        ),
    ),
    lost="Its IPv6 block, and its associations with a route table and a network ACL. " + _NEW_ID,
)
ROUTE_TABLE = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_route_table",
        "RouteTable.RouteTableId",
        **same("VpcId"),
        ClientToken=TOKEN,
        TagSpecifications=tagged("route-table"),
    ),
    new="RouteTableId",
    then=(
        Follow(
            Call(
                "ec2",
                "create_route",
                RouteTableId="{new}",
                DestinationCidrBlock="{each.DestinationCidrBlock}",
                DestinationIpv6CidrBlock="{each.DestinationIpv6CidrBlock}",
                DestinationPrefixListId="{each.DestinationPrefixListId}",
                GatewayId="{each.GatewayId}",
                NatGatewayId="{each.NatGatewayId}",
                TransitGatewayId="{each.TransitGatewayId}",
                EgressOnlyInternetGatewayId="{each.EgressOnlyInternetGatewayId}",
                VpcPeeringConnectionId="{each.VpcPeeringConnectionId}",
                NetworkInterfaceId="{each.NetworkInterfaceId}",
                LocalGatewayId="{each.LocalGatewayId}",
                CarrierGatewayId="{each.CarrierGatewayId}",
                CoreNetworkArn="{each.CoreNetworkArn}",
            ),
            # AWS makes the routes of gateway endpoints and those that a gateway propagates.
            each="Routes[?Origin == 'CreateRoute' && !starts_with(GatewayId || '', 'vpce-')]",
            done=("RouteAlreadyExists",),
        ),
        Follow(
            Call(
                "ec2",
                "associate_route_table",
                RouteTableId="{new}",
                SubnetId="{each.SubnetId}",
                GatewayId="{each.GatewayId}",
            ),
            each="Associations[?!Main]",
            done=("Resource.AlreadyAssociated",),
        ),
        Follow(
            Call(
                "ec2",
                "enable_vgw_route_propagation",
                RouteTableId="{new}",
                GatewayId="{each.GatewayId}",
            ),
            each="PropagatingVgws[]",
        ),
    ),
    lost="That it was the main route table of its VPC.",
)
NETWORK_ACL = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_network_acl",
        "NetworkAcl.NetworkAclId",
        **same("VpcId"),
        ClientToken=TOKEN,
        TagSpecifications=tagged("network-acl"),
    ),
    new="NetworkAclId",
    then=(
        Follow(
            Call(
                "ec2",
                "create_network_acl_entry",
                NetworkAclId="{new}",
                RuleNumber="{each.RuleNumber}",
                Protocol="{each.Protocol}",
                RuleAction="{each.RuleAction}",
                Egress="{each.Egress}",
                CidrBlock="{each.CidrBlock}",
                Ipv6CidrBlock="{each.Ipv6CidrBlock}",
                IcmpTypeCode="{each.IcmpTypeCode}",
                PortRange="{each.PortRange}",
            ),
            # The last rule belongs to AWS, and exists twice if there are IPv6 addresses.
            each="Entries[?RuleNumber < `32767`]",
            done=("NetworkAclEntryAlreadyExists",),
        ),
    ),
    lost="Its associations with subnets.",
)
_ALL_TRAFFIC = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
SECURITY_GROUP = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_security_group",
        "GroupId",
        **same("GroupName", "Description", "VpcId"),
        TagSpecifications=tagged("security-group"),
    ),
    new="GroupId",
    then=(
        # AWS lets a new group send everything.
        Follow(
            Call(
                "ec2", "revoke_security_group_egress", GroupId="{new}", IpPermissions=[_ALL_TRAFFIC]
            ),
            done=("InvalidPermission.NotFound",),
        ),
        Follow(
            Call(
                "ec2",
                "authorize_security_group_egress",
                GroupId="{new}",
                IpPermissions=["{each}"],
            ),
            each="IpPermissionsEgress[]",
            done=("InvalidPermission.Duplicate",),
        ),
        Follow(
            Call(
                "ec2",
                "authorize_security_group_ingress",
                GroupId="{new}",
                IpPermissions=["{each}"],
            ),
            each="IpPermissions[]",
            done=("InvalidPermission.Duplicate",),
        ),
    ),
    lost=f"The tags of its rules, and the rules of other groups that named it. {_NEW_ID}",
)
DHCP_OPTIONS = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_dhcp_options",
        "DhcpOptions.DhcpOptionsId",
        DhcpConfigurations="{DhcpConfigurations[].{Key: Key, Values: Values[].Value}}",
        TagSpecifications=tagged("dhcp-options"),
    ),
    new="DhcpOptionsId",
    lost="The VPCs that used it.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_vpc": VPC,
    "aws_ec2_subnet": SUBNET,
    "aws_ec2_route_table": ROUTE_TABLE,
    "aws_ec2_network_acl": NETWORK_ACL,
    "aws_ec2_security_group": SECURITY_GROUP,
    "aws_ec2_dhcp_options": DHCP_OPTIONS,
}
