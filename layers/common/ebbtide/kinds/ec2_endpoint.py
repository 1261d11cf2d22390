"""VPC endpoints and endpoint services."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

# A service can be deleted only after its endpoints; the names of AWS's own services differ.
_OFFERED_SERVICE = Relation(
    "ServiceName",
    "aws_vpc_endpoint_service",
    reverse=True,
    deleted_before=True,
    pattern=r"\.vpce\..+\.(vpce-svc-\w+)$",
    # The services of AWS and of the marketplace have names without the id of an endpoint service.
    other=r"^(?!.*vpce-svc-)",
)

VPC_ENDPOINT = Kind(
    name="aws_vpc_endpoint",
    bases=("endpoint",),
    list=Call("ec2", "describe_vpc_endpoints", "VpcEndpoints[]", MaxResults=500),
    get=Call("ec2", "describe_vpc_endpoints", "VpcEndpoints[]", VpcEndpointIds=["{id}"]),
    id="VpcEndpointId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:vpc-endpoint/{id}",
    created="CreationTimestamp",
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
        Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("Groups[].GroupId", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("RouteTableIds", "aws_ec2_route_table", reverse=True, deleted_before=True),
        Relation(
            "NetworkInterfaceIds",
            "aws_ec2_network_interface",
            owns=True,
            source="ec2:DeleteVpcEndpoints",
        ),
        _OFFERED_SERVICE,
    ),
    # The API reference capitalizes the states, but the API answers in lower case.
    ended='contains(`["deleted", "Deleted"]`, State)',
    never_delete=(
        NeverDelete("RequesterManaged", "an AWS service made it and removes it", "ec2:VpcEndpoint"),
        NeverDelete("OwnerId != account", "it belongs to another account", "ec2:VpcEndpoint"),
    ),
    fingerprint=("State", "ServiceName", "CreationTimestamp"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("ec2", "delete_vpc_endpoints", VpcEndpointIds=["{id}"]),
        errors="Unsuccessful[].Error",
        gone=("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"),
        blocked=("DependencyViolation",),
        usual=300,
    ),
)

_CONNECTIONS = Detail(
    Call(
        "ec2",
        "describe_vpc_endpoint_connections",
        "VpcEndpointConnections[]",
        Filters=[{"Name": "service-id", "Values": ["{ServiceId}"]}],
        MaxResults=500,
    ),
    into="Connections",
)
# The API reference capitalizes these states, too.
_CONNECTED = (
    'Connections[?contains(`["PendingAcceptance", "pendingAcceptance", "Pending", "pending",'
    ' "Available", "available", "Partial", "partial"]`, VpcEndpointState)]'
)
_REJECT = Prepare(
    Call(
        "ec2",
        "reject_vpc_endpoint_connections",
        ServiceId="{id}",
        VpcEndpointIds=["{each.VpcEndpointId}"],
    ),
    each=_CONNECTED,
    undo=Call(
        "ec2",
        "accept_vpc_endpoint_connections",
        ServiceId="{id}",
        VpcEndpointIds=["{each.VpcEndpointId}"],
    ),
    errors="Unsuccessful[].Error",
    until=f"!({_CONNECTED})",
    source="ec2:DeleteVpcEndpointServiceConfigurations",
)

ENDPOINT_SERVICE = Kind(
    name="aws_vpc_endpoint_service",
    list=Call(
        "ec2",
        "describe_vpc_endpoint_service_configurations",
        "ServiceConfigurations[]",
        MaxResults=500,
    ),
    get=Call(
        "ec2",
        "describe_vpc_endpoint_service_configurations",
        "ServiceConfigurations[]",
        ServiceIds=["{id}"],
    ),
    get_details=(_CONNECTIONS,),
    id="ServiceId",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/{id}",
    relations=(
        Relation("NetworkLoadBalancerArns", "aws_alb", by="arn", deleted_before=True),
        Relation("GatewayLoadBalancerArns", "aws_alb", by="arn", deleted_before=True),
    ),
    ended="ServiceState == 'Deleted'",
    fingerprint=("ServiceName", "ServiceState"),
    delete=Delete(
        Call("ec2", "delete_vpc_endpoint_service_configurations", ServiceIds=["{id}"]),
        prepare=(_REJECT,),
        errors="Unsuccessful[].Error",
        gone=("InvalidVpcEndpointServiceId.NotFound", "InvalidVpcEndpointService.NotFound"),
        blocked=("ExistingVpcEndpointConnections", "DependencyViolation"),
        note="Its consumers are cut off first, those of other accounts too. A new service gets"
        " another name.",
    ),
)
