"""Network interfaces and Elastic IP addresses."""

from __future__ import annotations

from ebbtide.kinds.ec2_storage import WITH_HIDDEN
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_OTHERS_INTERFACE = (
    'InterfaceType && !contains(`["interface", "efa", "efa-only", "trunk", "branch"]`,'
    " InterfaceType)"
)

# Services name the owner of an interface only in its description.
# A description is text of people, unless a service made the interface.
_NO_BALANCER = r"^(?!ELB )"

_INTERFACE_OWNERS = (
    Relation(
        "Description",
        "aws_alb",
        by="arn",
        reverse=True,
        owned_by=True,
        pattern=r"^ELB ((?:app|net|gwy)/[^/]+/[0-9a-f]+)$",
        other=_NO_BALANCER,
        value="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{1}",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
    ),
    Relation(
        "Description",
        "aws_elb",
        by="name",
        reverse=True,
        owned_by=True,
        pattern=r"^ELB ([^/]+)$",
        other=_NO_BALANCER,
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
    ),
    # An interface that functions share names only the first one; see the functions for the others.
    Relation(
        "Description",
        "aws_lambda_function",
        by="name",
        reverse=True,
        owned_by=True,
        pattern=r"^AWS Lambda VPC ENI-(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        other=r"^(?!AWS Lambda )",
    ),
    Relation(
        "Description",
        "aws_ec2_transit_gateway_attachment",
        reverse=True,
        deleted_after=True,
        pattern=r"^Network Interface for Transit Gateway Attachment (tgw-attach-\w+)$",
        other=r"^(?!Network Interface for Transit )",
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

# What all functions with the same security groups share (see lambda_.py).
_LAMBDA_GROUPS = "[@][?interface_type == 'lambda'].join(',', sort(groups[].group_id))"

_INTERFACE_GATEWAY = Relation(
    "[@][?Association.PublicIp].VpcId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

_INTERFACE = Call(
    "ec2",
    "describe_network_interfaces",
    "NetworkInterfaces[]",
    **WITH_HIDDEN,
    NetworkInterfaceIds=["{id}"],
)

_INTERFACE_NEVER = (
    NeverDelete(
        "RequesterManaged",
        "an AWS service made it and removes it",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
    ),
    NeverDelete(
        "Operator.Managed", "an AWS service manages this interface", "ec2:OperatorResponse"
    ),
    NeverDelete(_OTHERS_INTERFACE, "it belongs to another resource, which removes it"),
    NeverDelete("OwnerId != account", "it belongs to another account", "ec2:NetworkInterface"),
    # A service's own account or a name such as amazon-elb; ours is another resource's.
    NeverDelete(
        "Attachment.InstanceOwnerId && Attachment.InstanceOwnerId != account"
        " && Attachment.Status != 'detached'",
        "somebody else attached it, such as an AWS service",
        "ec2:NetworkInterfaceAttachment",
    ),
)

NETWORK_INTERFACE = Kind(
    name="aws_ec2_network_interface",
    bases=("network_interface",),
    list=Call(
        "ec2", "describe_network_interfaces", "NetworkInterfaces[]", **WITH_HIDDEN, MaxResults=500
    ),
    get=_INTERFACE,
    everywhere=True,
    id="NetworkInterfaceId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:network-interface/{id}",
    tags="TagSet",
    aliases={"lambda_groups": _LAMBDA_GROUPS},
    fields=_INTERFACE_FIELDS,
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
        Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("Groups[].GroupId", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("Attachment.InstanceId", "aws_ec2_instance", reverse=True, deleted_after=True),
        _INTERFACE_GATEWAY,
        *_INTERFACE_OWNERS,
    ),
    never_delete=_INTERFACE_NEVER,
    fingerprint=("Status", "Attachment", "Groups"),
    settles=("Status", "Attachment"),
    sources={"settles": "ec2:NetworkInterface"},
    delete=Delete(
        Call("ec2", "delete_network_interface", NetworkInterfaceId="{id}"),
        gone=("InvalidNetworkInterfaceID.NotFound",),
        # InvalidParameterValue: the interface is still attached.
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
    never_delete=(
        NeverDelete("ServiceManaged", "an AWS service manages this address", "ec2:Address"),
    ),
    fingerprint=("PublicIp", "AssociationId", "NetworkInterfaceId"),
    settles=("AssociationId", "NetworkInterfaceId"),
    sources={"settles": "ec2:Address", "gives_back": "ec2:ReleaseAddress"},
    gives_back="its public address",
    delete=Delete(
        Call(
            "ec2",
            "release_address",
            AllocationId="{id}",
            NetworkBorderGroup="{NetworkBorderGroup}",
        ),
        gone=("InvalidAllocationID.NotFound",),
        # AuthFailure: another AWS service holds the address, as a NAT gateway does for a while
        # after it is gone.
        blocked=("InvalidIPAddress.InUse", "AuthFailure"),
        # InvalidAddress.PtrSet: it has a reverse DNS record.
        refused=("OperationNotPermitted", "InvalidAddress.Locked", "InvalidAddress.PtrSet"),
        note="The address returns to AWS's pool and can hardly be recovered.",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Elastic_Addressing_Reverse_DNS.html",
    ),
)
