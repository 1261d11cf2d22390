"""Gateways of a VPC: internet, egress-only and NAT gateways."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

# AWS detaches an internet gateway only when its VPC has no mapped public address left. Resources
# with such an address name the VPC, so the gateway is related to them through its VPC.
INTERNET_GATEWAY = Kind(
    name="aws_ec2_internet_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_internet_gateways", "InternetGateways[]", MaxResults=500),
    get=Call(
        "ec2", "describe_internet_gateways", "InternetGateways[]", InternetGatewayIds=["{id}"]
    ),
    everywhere=True,
    id="InternetGatewayId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:internet-gateway/{id}",
    aliases={"vpc": "attachments[].vpc_id"},
    relations=(
        Relation(
            "Attachments[].VpcId",
            "aws_vpc",
            reverse=True,
            deleted_before=True,
            stays_with=True,
            part="plain",
        ),
    ),
    never_delete=(
        NeverDelete("OwnerId != account", "it belongs to another account", "ec2:InternetGateway"),
    ),
    fingerprint=("Attachments",),
    settles=("Attachments",),
    sources={"settles": "ec2:DetachInternetGateway"},
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

EGRESS_ONLY_GATEWAY = Kind(
    name="aws_ec2_egress_only_internet_gateway",
    bases=("gateway",),
    list=Call(
        "ec2",
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[]",
        MaxResults=255,
    ),
    get=Call(
        "ec2",
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[]",
        EgressOnlyInternetGatewayIds=["{id}"],
    ),
    id="EgressOnlyInternetGatewayId",
    arn="arn:{partition}:ec2:{region}:{account}:egress-only-internet-gateway/{id}",
    relations=(
        Relation("Attachments[].VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
    ),
    fingerprint=("Attachments",),
    delete=Delete(
        Call("ec2", "delete_egress_only_internet_gateway", EgressOnlyInternetGatewayId="{id}"),
        gone=("InvalidGatewayID.NotFound",),
        blocked=("DependencyViolation",),
        note="Routes to it become black holes.",
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
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
        Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
        _NAT_INTERNET_GATEWAY,
        Relation("NatGatewayAddresses[].AllocationId", "aws_ec2_elastic_ip", deleted_before=True),
        Relation(
            "NatGatewayAddresses[].NetworkInterfaceId",
            "aws_ec2_network_interface",
            owns=True,
            source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
        ),
    ),
    ended="State == 'deleted'",
    last_use=_NAT_USE,
    fingerprint=("State", "CreateTime"),
    gives_back="the way out of private subnets",
    sources={"gives_back": "ec2:DeleteNatGateway"},
    delete=Delete(
        Call("ec2", "delete_nat_gateway", NatGatewayId="{id}"),
        gone=("NatGatewayNotFound",),
        blocked=("DependencyViolation",),
        usual=300,
        note="Its Elastic IPs stay allocated, and routes to it become black holes.",
    ),
)
