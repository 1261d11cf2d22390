"""VPC peerings, transit gateways, their attachments and route tables."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

TRANSIT_GATEWAY = Kind(
    name="aws_ec2_transit_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_transit_gateways", "TransitGateways[]", MaxResults=500),
    get=Call("ec2", "describe_transit_gateways", "TransitGateways[]", TransitGatewayIds=["{id}"]),
    id="TransitGatewayId",
    arn="TransitGatewayArn",
    created="CreationTime",
    ended="State == 'deleted'",
    never_delete=(
        NeverDelete(
            "OwnerId != account",
            "it belongs to another account, which shares it",
            "ec2:TransitGateway",
        ),
    ),
    fingerprint=("State", "CreationTime"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("ec2", "delete_transit_gateway", TransitGatewayId="{id}"),
        gone=("InvalidTransitGatewayID.NotFound",),
        # IncorrectState: the transit gateway still has attachments.
        blocked=("IncorrectState",),
        usual=600,
        note="Its default route table goes with it; routes to it become black holes.",
    ),
)

# The general list has every type of attachment but not their subnets.
_ATTACHMENT_DETAILS = (
    Detail(
        Call(
            "ec2",
            "describe_transit_gateway_vpc_attachments",
            "TransitGatewayVpcAttachments[]",
            TransitGatewayAttachmentIds=["{TransitGatewayAttachmentId}"],
        ),
        into="Vpc",
        when="ResourceType == 'vpc'",
        batch=100,
        match=("TransitGatewayAttachmentId", "TransitGatewayAttachmentId"),
        describes=True,
    ),
)

# The tunnels of an attachment of type connect, which must go before it.
_PEERS = Detail(
    Call(
        "ec2",
        "describe_transit_gateway_connect_peers",
        "TransitGatewayConnectPeers[]",
        Filters=[
            {"Name": "transit-gateway-attachment-id", "Values": ["{TransitGatewayAttachmentId}"]}
        ],
        MaxResults=500,
    ),
    into="ConnectPeers",
    when="ResourceType == 'connect'",
)
_TUNNEL = "each.ConnectPeerConfiguration"
_DELETE_PEERS = Prepare(
    Call(
        "ec2",
        "delete_transit_gateway_connect_peer",
        TransitGatewayConnectPeerId="{each.TransitGatewayConnectPeerId}",
    ),
    each='ConnectPeers[?contains(`["pending", "available"]`, State)]',
    undo=Call(
        "ec2",
        "create_transit_gateway_connect_peer",
        TransitGatewayAttachmentId="{id}",
        TransitGatewayAddress=f"{{{_TUNNEL}.TransitGatewayAddress}}",
        PeerAddress=f"{{{_TUNNEL}.PeerAddress}}",
        InsideCidrBlocks=f"{{{_TUNNEL}.InsideCidrBlocks}}",
        BgpOptions={"PeerAsn": f"{{{_TUNNEL}.BgpConfigurations[0].PeerAsn}}"},
    ),
    absent=("InvalidTransitGatewayConnectPeerID.NotFound",),
    until="!(ConnectPeers[?State != 'deleted'])",
    source="ec2:DeleteTransitGatewayConnect",
)

_ATTACHMENT_DELETE = Delete(
    Call("ec2", "delete_transit_gateway_vpc_attachment", TransitGatewayAttachmentId="{id}"),
    instead={
        "ResourceType == 'peering'": Call(
            "ec2", "delete_transit_gateway_peering_attachment", TransitGatewayAttachmentId="{id}"
        ),
        "ResourceType == 'connect'": Call(
            "ec2", "delete_transit_gateway_connect", TransitGatewayAttachmentId="{id}"
        ),
    },
    prepare=(_DELETE_PEERS,),
    gone=("InvalidTransitGatewayAttachmentID.NotFound",),
    blocked=("IncorrectState",),
    usual=300,
    note="Routes through it become black holes, for a peering those of the other side, too.",
)

_ATTACHMENT_RELATIONS = (
    Relation(
        "TransitGatewayId",
        "aws_ec2_transit_gateway",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation("ResourceId", "aws_vpc", reverse=True, deleted_before=True, pattern=r"^(vpc-\w+)$"),
    Relation("Vpc.SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    # AWS creates this one with the connection and deletes it with the connection.
    Relation(
        "ResourceId",
        "aws_ec2_vpn_connection",
        reverse=True,
        owned_by=True,
        pattern=r"^(vpn-\w+)$",
    ),
    Relation(
        "ResourceId",
        "aws_ec2_client_vpn_endpoint",
        reverse=True,
        pattern=r"^(cvpn-endpoint-\w+)$",
        strength="origin",
        why="the endpoint made the attachment, which nothing else can delete",
    ),
    Relation(
        "Association.TransitGatewayRouteTableId",
        "aws_ec2_transit_gateway_route_table",
        reverse=True,
        deleted_before=True,
    ),
)

ATTACHMENT = Kind(
    name="aws_ec2_transit_gateway_attachment",
    list=Call(
        "ec2",
        "describe_transit_gateway_attachments",
        "TransitGatewayAttachments[]",
        MaxResults=500,
    ),
    get=Call(
        "ec2",
        "describe_transit_gateway_attachments",
        "TransitGatewayAttachments[]",
        TransitGatewayAttachmentIds=["{id}"],
    ),
    details=_ATTACHMENT_DETAILS,
    get_details=(*_ATTACHMENT_DETAILS, _PEERS),
    id="TransitGatewayAttachmentId",
    arn="arn:{partition}:ec2:{region}:{ResourceOwnerId || account}:transit-gateway-attachment/{id}",
    created="CreationTime",
    relations=_ATTACHMENT_RELATIONS,
    ended='contains(`["deleted", "failed", "rejected"]`, State)',
    never_delete=(
        NeverDelete(
            '!contains(`["vpc", "peering", "connect"]`, ResourceType)',
            "it goes with what is attached, and has no deletion of its own",
            "ec2:TransitGatewayAttachment",
        ),
        NeverDelete(
            "ResourceOwnerId != account",
            "it belongs to another account",
            "ec2:TransitGatewayAttachment",
        ),
    ),
    fingerprint=("State", "CreationTime", "ResourceId"),
    sources={"usual": "ours"},
    delete=_ATTACHMENT_DELETE,
)

_IS_DEFAULT = "DefaultAssociationRouteTable || DefaultPropagationRouteTable"

_TABLE_RELATIONS = (
    Relation(
        f"[@][?!({_IS_DEFAULT})].TransitGatewayId",
        "aws_ec2_transit_gateway",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    # AWS deletes a default route table with its transit gateway.
    Relation(
        f"[@][?{_IS_DEFAULT}].TransitGatewayId",
        "aws_ec2_transit_gateway",
        reverse=True,
        owned_by=True,
    ),
)

ROUTE_TABLE = Kind(
    name="aws_ec2_transit_gateway_route_table",
    bases=("routing_table",),
    list=Call(
        "ec2",
        "describe_transit_gateway_route_tables",
        "TransitGatewayRouteTables[]",
        MaxResults=500,
    ),
    get=Call(
        "ec2",
        "describe_transit_gateway_route_tables",
        "TransitGatewayRouteTables[]",
        TransitGatewayRouteTableIds=["{id}"],
    ),
    id="TransitGatewayRouteTableId",
    arn="arn:{partition}:ec2:{region}:{account}:transit-gateway-route-table/{id}",
    created="CreationTime",
    relations=_TABLE_RELATIONS,
    ended="State == 'deleted'",
    never_delete=(
        NeverDelete(
            _IS_DEFAULT,
            "it is a default route table of its transit gateway",
            "ec2:DeleteTransitGatewayRouteTable",
        ),
    ),
    fingerprint=("State", "CreationTime"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("ec2", "delete_transit_gateway_route_table", TransitGatewayRouteTableId="{id}"),
        gone=("InvalidRouteTableID.NotFound", "InvalidRouteTableId.NotFound"),
        blocked=("IncorrectState",),
        usual=120,
        note="Its routes and propagations go with it.",
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
        Relation(
            "RequesterVpcInfo.VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"
        ),
        Relation(
            "AccepterVpcInfo.VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"
        ),
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
