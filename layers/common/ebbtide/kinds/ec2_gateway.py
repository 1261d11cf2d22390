"""What connects a VPC: interfaces, Elastic IPs, gateways, endpoints and peerings."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Keep, Kind, LastUse, Prepare, Relation, UseMetric

_OTHERS_INTERFACE = (
    'InterfaceType && !contains(`["interface", "efa", "efa-only", "trunk", "branch"]`,'
    " InterfaceType)"
)
# Services name the owner of their interface only in its description.
_INTERFACE_OWNERS = (
    Relation(
        "Description",
        "aws_alb",
        by="arn",
        reverse=True,
        owned_by=True,
        pattern=r"^ELB ((?:app|net|gwy)/[^/]+/[0-9a-f]+)$",
        value="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{1}",
    ),
    Relation(
        "Description",
        "aws_elb",
        by="name",
        reverse=True,
        owned_by=True,
        pattern=r"^ELB ([^/]+)$",
    ),
    # Functions with the same subnet and groups share an interface; it names the first of them.
    Relation(
        "Description",
        "aws_lambda_function",
        by="name",
        reverse=True,
        owned_by=True,
        pattern=r"^AWS Lambda VPC ENI-(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    ),
    Relation(
        "Description",
        "aws_ec2_transit_gateway_attachment",
        reverse=True,
        deleted_after=True,
        pattern=r"^Network Interface for Transit Gateway Attachment (tgw-attach-\w+)$",
    ),
)

_INTERFACE_FIELDS = {
    "network_interface_status": "Status",
    "network_interface_type": "InterfaceType",
    "mac": "MacAddress",
    "private_ips": "PrivateIpAddresses[].PrivateIpAddress",
    "public_ips": "PrivateIpAddresses[].Association.PublicIp",
    "v6_ips": "Ipv6Addresses[].Ipv6Address",
    "description": "Description",
}

_INTERFACE_GATEWAY = Relation(
    "[@][?Association.PublicIp].VpcId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

NETWORK_INTERFACE = Kind(
    name="aws_ec2_network_interface",
    bases=("network_interface",),
    list=Call("ec2", "describe_network_interfaces", "NetworkInterfaces[]", MaxResults=500),
    get=Call(
        "ec2", "describe_network_interfaces", "NetworkInterfaces[]", NetworkInterfaceIds=["{id}"]
    ),
    everywhere=True,
    id="NetworkInterfaceId",
    arn="arn:{partition}:ec2:{region}:{account}:network-interface/{id}",
    tags="TagSet",
    fields=_INTERFACE_FIELDS,
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("Groups[].GroupId", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("Attachment.InstanceId", "aws_ec2_instance", reverse=True, deleted_after=True),
        _INTERFACE_GATEWAY,
        *_INTERFACE_OWNERS,
    ),
    keep=(
        Keep("RequesterManaged", "an AWS service made it and removes it"),
        Keep("Operator.Managed", "an AWS service manages this interface"),
        Keep(_OTHERS_INTERFACE, "it belongs to another resource, which removes it"),
        Keep("OwnerId != account", "it belongs to another account"),
    ),
    fingerprint=("Status", "Attachment", "Groups"),
    settles=("Status", "Attachment"),
    delete=Delete(
        Call("ec2", "delete_network_interface", NetworkInterfaceId="{id}"),
        gone=("InvalidNetworkInterfaceID.NotFound",),
        # AWS answers InvalidParameterValue while an interface is still attached.
        blocked=("InvalidNetworkInterface.InUse", "InvalidParameterValue", "DependencyViolation"),
    ),
)

ELASTIC_IP = Kind(
    name="aws_ec2_elastic_ip",
    bases=("ip_address",),
    list=Call("ec2", "describe_addresses", "Addresses[]"),
    get=Call("ec2", "describe_addresses", "Addresses[]", AllocationIds=["{id}"]),
    everywhere=True,
    id="AllocationId",
    aliases={"ip": "public_ip"},
    arn="arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}",
    fields={"ip_address": "PublicIp"},
    relations=(
        Relation("InstanceId", "aws_ec2_instance", reverse=True, deleted_after=True),
        Relation(
            "NetworkInterfaceId", "aws_ec2_network_interface", reverse=True, deleted_after=True
        ),
    ),
    keep=(Keep("ServiceManaged", "an AWS service manages this address"),),
    fingerprint=("PublicIp", "AssociationId", "NetworkInterfaceId"),
    settles=("AssociationId", "NetworkInterfaceId"),
    delete=Delete(
        Call(
            "ec2",
            "release_address",
            AllocationId="{id}",
            NetworkBorderGroup="{NetworkBorderGroup}",
        ),
        gone=("InvalidAllocationID.NotFound",),
        blocked=("InvalidIPAddress.InUse",),
        # AWS answers AuthFailure for an address in the hands of another service.
        refused=("AuthFailure", "OperationNotPermitted", "InvalidAddress.Locked"),
        note="The address itself is as good as lost: it goes back to AWS's pool.",
    ),
)

# AWS detaches an internet gateway only when no public address is mapped in its VPC any more. What
# holds one names the VPC and not the gateway, which is therefore found by its VPC as well.
INTERNET_GATEWAY = Kind(
    name="aws_ec2_internet_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_internet_gateways", "InternetGateways[]", MaxResults=500),
    get=Call(
        "ec2", "describe_internet_gateways", "InternetGateways[]", InternetGatewayIds=["{id}"]
    ),
    everywhere=True,
    id="InternetGatewayId",
    arn="arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}",
    aliases={"vpc": "attachments[].vpc_id"},
    relations=(Relation("Attachments[].VpcId", "aws_vpc", reverse=True, deleted_before=True),),
    keep=(Keep("OwnerId != account", "it belongs to another account"),),
    fingerprint=("Attachments",),
    settles=("Attachments",),
    delete=Delete(
        Call("ec2", "delete_internet_gateway", InternetGatewayId="{id}"),
        prepare=(
            Prepare(
                Call(
                    "ec2", "detach_internet_gateway", InternetGatewayId="{id}", VpcId="{each.VpcId}"
                ),
                each="Attachments[]",
                undo=Call(
                    "ec2", "attach_internet_gateway", InternetGatewayId="{id}", VpcId="{each.VpcId}"
                ),
                absent=("Gateway.NotAttached",),
            ),
        ),
        gone=("InvalidInternetGatewayID.NotFound",),
        blocked=("DependencyViolation",),
    ),
)

_NAT_INTERNET_GATEWAY = Relation(
    "[@][?ConnectivityType != 'private'].VpcId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

_NAT_USE = LastUse(
    metrics=(UseMetric("AWS/NATGateway", "BytesOutToDestination", {"NatGatewayId": "{id}"}),)
)

NAT_GATEWAY = Kind(
    name="aws_ec2_nat_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_nat_gateways", "NatGateways[]", MaxResults=500),
    get=Call("ec2", "describe_nat_gateways", "NatGateways[]", NatGatewayIds=["{id}"]),
    id="NatGatewayId",
    arn="arn:{partition}:ec2:{region}:{account}:natgateway/{id}",
    created="CreateTime",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
        _NAT_INTERNET_GATEWAY,
        Relation("NatGatewayAddresses[].AllocationId", "aws_ec2_elastic_ip", deleted_before=True),
        Relation(
            "NatGatewayAddresses[].NetworkInterfaceId", "aws_ec2_network_interface", owns=True
        ),
    ),
    ended="State == 'deleted'",
    last_use=_NAT_USE,
    fingerprint=("State", "CreateTime"),
    delete=Delete(
        Call("ec2", "delete_nat_gateway", NatGatewayId="{id}"),
        gone=("NatGatewayNotFound",),
        blocked=("DependencyViolation",),
        note="Its Elastic IPs stay allocated, and routes to it become black holes.",
    ),
)

# A service cannot go before the endpoints that consume it; AWS's own are named otherwise.
_OFFERED_SERVICE = Relation(
    "ServiceName",
    "aws_vpc_endpoint_service",
    reverse=True,
    deleted_before=True,
    pattern=r"^com\.amazonaws\.vpce\..+\.(vpce-svc-\w+)$",
)

VPC_ENDPOINT = Kind(
    name="aws_vpc_endpoint",
    bases=("endpoint",),
    list=Call("ec2", "describe_vpc_endpoints", "VpcEndpoints[]", MaxResults=500),
    get=Call("ec2", "describe_vpc_endpoints", "VpcEndpoints[]", VpcEndpointIds=["{id}"]),
    id="VpcEndpointId",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}",
    created="CreationTimestamp",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("Groups[].GroupId", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("RouteTableIds", "aws_ec2_route_table", reverse=True, deleted_before=True),
        Relation("NetworkInterfaceIds", "aws_ec2_network_interface", owns=True),
        _OFFERED_SERVICE,
    ),
    # The reference writes the states in capitals, the API answers in small letters.
    ended='contains(`["deleted", "Deleted"]`, State)',
    keep=(
        Keep("RequesterManaged", "an AWS service made it and removes it"),
        Keep("OwnerId != account", "it belongs to another account"),
    ),
    fingerprint=("State", "ServiceName", "CreationTimestamp"),
    delete=Delete(
        Call("ec2", "delete_vpc_endpoints", VpcEndpointIds=["{id}"]),
        errors="Unsuccessful[].Error",
        gone=("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"),
        blocked=("DependencyViolation",),
    ),
)

VPC_PEERING_CONNECTION = Kind(
    name="aws_vpc_peering_connection",
    bases=("peering_connection",),
    list=Call("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections[]", MaxResults=500),
    get=Call(
        "ec2",
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[]",
        VpcPeeringConnectionIds=["{id}"],
    ),
    id="VpcPeeringConnectionId",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-peering-connection/{id}",
    relations=(
        Relation("RequesterVpcInfo.VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation("AccepterVpcInfo.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    ),
    ended='contains(`["deleted", "rejected", "expired", "failed"]`, Status.Code)',
    fingerprint=("Status",),
    delete=Delete(
        Call("ec2", "delete_vpc_peering_connection", VpcPeeringConnectionId="{id}"),
        gone=("InvalidVpcPeeringConnectionID.NotFound",),
        blocked=(),
        refused=("InvalidStateTransition", "OperationNotPermitted"),
        note="The other side loses the connection too; routes to it become black holes.",
    ),
)
