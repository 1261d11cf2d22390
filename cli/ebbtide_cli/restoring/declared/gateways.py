"""How gateways, endpoints and addresses come back."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.declared.network import tagged
from ebbtide_cli.restoring.model import TOKEN, Follow, Restoration, same

INTERNET_GATEWAY = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_internet_gateway",
        "InternetGateway.InternetGatewayId",
        TagSpecifications=tagged("internet-gateway"),
    ),
    new="InternetGatewayId",
    then=(
        Follow(
            Call("ec2", "attach_internet_gateway", InternetGatewayId="{new}", VpcId="{each}"),
            each="Attachments[].VpcId",
            done=("Resource.AlreadyAssociated",),
        ),
    ),
    lost="The routes to it.",
)
EGRESS_ONLY_GATEWAY = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_egress_only_internet_gateway",
        "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
        VpcId="{Attachments[0].VpcId}",
        ClientToken=TOKEN,
        TagSpecifications=tagged("egress-only-internet-gateway"),
    ),
    new="EgressOnlyInternetGatewayId",
    lost="The routes to it.",
)
CUSTOMER_GATEWAY = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_customer_gateway",
        "CustomerGateway.CustomerGatewayId",
        BgpAsn="{to_number(BgpAsn)}",
        **same("IpAddress", "Type", "CertificateArn", "DeviceName"),
        TagSpecifications=tagged("customer-gateway"),
    ),
    new="CustomerGatewayId",
    lost="Its VPN connections.",
)
ELASTIC_IP = Restoration(
    way="create",
    call=Call(
        "ec2",
        "allocate_address",
        "AllocationId",
        Domain="vpc",
        Address="{PublicIp}",
        NetworkBorderGroup="{NetworkBorderGroup}",
        TagSpecifications=tagged("elastic-ip"),
    ),
    new="AllocationId",
    lost="The address itself, once AWS has given it to somebody else: then the call fails.",
)
NAT_GATEWAY = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_nat_gateway",
        "NatGateway.NatGatewayId",
        **same("SubnetId", "ConnectivityType"),
        AllocationId="{NatGatewayAddresses[0].AllocationId}",
        ClientToken=TOKEN,
        TagSpecifications=tagged("natgateway"),
    ),
    new="NatGatewayId",
    lost="Its private and secondary addresses, and the routes to it.",
)
ENDPOINT = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_vpc_endpoint",
        "VpcEndpoint.VpcEndpointId",
        **same("VpcEndpointType", "VpcId", "ServiceName", "PolicyDocument", "RouteTableIds"),
        **same("SubnetIds", "IpAddressType"),
        SecurityGroupIds="{Groups[].GroupId}",
        PrivateDnsEnabled="{VpcEndpointType == 'Interface' && PrivateDnsEnabled}",
        ClientToken=TOKEN,
        TagSpecifications=tagged("vpc-endpoint"),
    ),
    new="VpcEndpointId",
    lost="The addresses of its interfaces, and its names in DNS.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_ec2_internet_gateway": INTERNET_GATEWAY,
    "aws_ec2_egress_only_internet_gateway": EGRESS_ONLY_GATEWAY,
    "aws_ec2_customer_gateway": CUSTOMER_GATEWAY,
    "aws_ec2_elastic_ip": ELASTIC_IP,
    "aws_ec2_nat_gateway": NAT_GATEWAY,
    "aws_vpc_endpoint": ENDPOINT,
}
