"""VPN connections, their gateways, and Client VPN endpoints."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, Relation

VPN_GATEWAY = Kind(
    name="aws_ec2_vpn_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_vpn_gateways", "VpnGateways[]"),
    get=Call("ec2", "describe_vpn_gateways", "VpnGateways[]", VpnGatewayIds=["{id}"]),
    id="VpnGatewayId",
    arn="arn:{partition}:ec2:{region}:{account}:vpn-gateway/{id}",
    relations=(
        Relation(
            "VpcAttachments[?State != 'detached'].VpcId",
            "aws_vpc",
            reverse=True,
            deleted_before=True,
        ),
    ),
    ended="State == 'deleted'",
    fingerprint=("State", "VpcAttachments"),
    settles=("VpcAttachments",),
    sources={"settles": "ec2:DetachVpnGateway", "usual": "ours"},
    delete=Delete(
        Call("ec2", "delete_vpn_gateway", VpnGatewayId="{id}"),
        prepare=(
            Prepare(
                Call("ec2", "detach_vpn_gateway", VpnGatewayId="{id}", VpcId="{each.VpcId}"),
                each="VpcAttachments[?State == 'attached']",
                undo=Call("ec2", "attach_vpn_gateway", VpnGatewayId="{id}", VpcId="{each.VpcId}"),
                absent=("InvalidVpnGatewayAttachment.NotFound",),
            ),
        ),
        gone=("InvalidVpnGatewayID.NotFound",),
        # IncorrectState: detaching takes about a minute.
        blocked=("IncorrectState", "DependencyViolation"),
        usual=120,
        note="Routes to it become black holes.",
    ),
)

CUSTOMER_GATEWAY = Kind(
    name="aws_ec2_customer_gateway",
    bases=("gateway",),
    list=Call("ec2", "describe_customer_gateways", "CustomerGateways[]"),
    get=Call(
        "ec2", "describe_customer_gateways", "CustomerGateways[]", CustomerGatewayIds=["{id}"]
    ),
    id="CustomerGatewayId",
    arn="arn:{partition}:ec2:{region}:{account}:customer-gateway/{id}",
    relations=(
        Relation(
            "CertificateArn",
            "aws_acm_certificate",
            strength="needed",
            why="connections could not authenticate with the certificate",
        ),
    ),
    ended="State == 'deleted'",
    fingerprint=("State", "IpAddress", "BgpAsn"),
    delete=Delete(
        Call("ec2", "delete_customer_gateway", CustomerGatewayId="{id}"),
        gone=("InvalidCustomerGatewayID.NotFound",),
        blocked=("IncorrectState", "DependencyViolation"),
    ),
)

# Only these fields: the rest of the answer holds the pre-shared keys.
_CONNECTION = (
    "VpnConnections[].{VpnConnectionId: VpnConnectionId, State: State, Type: Type,"
    " Category: Category, CustomerGatewayId: CustomerGatewayId, VpnGatewayId: VpnGatewayId,"
    " TransitGatewayId: TransitGatewayId, CoreNetworkArn: CoreNetworkArn,"
    " GatewayAssociationState: GatewayAssociationState, PreSharedKeyArn: PreSharedKeyArn,"
    " StaticRoutesOnly: Options.StaticRoutesOnly, EnableAcceleration: Options.EnableAcceleration,"
    " LogGroupArns: Options.TunnelOptions[].LogOptions.CloudWatchLogOptions.LogGroupArn,"
    " Routes: Routes, VgwTelemetry: VgwTelemetry, Tags: Tags}"
)

VPN_CONNECTION = Kind(
    name="aws_ec2_vpn_connection",
    bases=("tunnel",),
    list=Call("ec2", "describe_vpn_connections", _CONNECTION),
    get=Call("ec2", "describe_vpn_connections", _CONNECTION, VpnConnectionIds=["{id}"]),
    id="VpnConnectionId",
    arn="arn:{partition}:ec2:{region}:{account}:vpn-connection/{id}",
    relations=(
        Relation(
            "CustomerGatewayId", "aws_ec2_customer_gateway", reverse=True, deleted_before=True
        ),
        Relation("VpnGatewayId", "aws_ec2_vpn_gateway", reverse=True, deleted_before=True),
        Relation("TransitGatewayId", "aws_ec2_transit_gateway", reverse=True, deleted_before=True),
        Relation(
            "PreSharedKeyArn",
            "aws_secretsmanager_secret",
            strength="needed",
            why="the tunnels could not read their keys",
        ),
        Relation(
            "LogGroupArns",
            "aws_cloudwatch_log_group",
            pattern=r":log-group:([^:]+)",
            strength="needed",
            why="the tunnels could not write their logs",
        ),
    ),
    ended="State == 'deleted'",
    volatile=("VgwTelemetry",),
    fingerprint=("State", "CustomerGatewayId"),
    delete=Delete(
        Call("ec2", "delete_vpn_connection", VpnConnectionId="{id}"),
        gone=("InvalidVpnConnectionID.NotFound",),
        blocked=("IncorrectState",),
        usual=300,
        note="A new connection has other addresses and keys: the other end needs a new setup.",
    ),
)

_ENDPOINT_DETAILS = (
    Detail(
        Call(
            "ec2",
            "describe_client_vpn_target_networks",
            "ClientVpnTargetNetworks[]",
            ClientVpnEndpointId="{ClientVpnEndpointId}",
        ),
        into="TargetNetworks",
    ),
)

_ENDPOINT_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True),
    Relation(
        "TargetNetworks[?Status.Code != 'disassociated'].TargetNetworkId",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation("ServerCertificateArn", "aws_acm_certificate", deleted_before=True),
    Relation(
        "AuthenticationOptions[].MutualAuthentication.ClientRootCertificateChain",
        "aws_acm_certificate",
        deleted_before=True,
    ),
    Relation(
        "AuthenticationOptions[].FederatedAuthentication.SamlProviderArn",
        "aws_iam_saml_provider",
        strength="needed",
        why="clients could not sign in",
    ),
    Relation(
        "ConnectionLogOptions.CloudwatchLogGroup",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="the endpoint could not log connections",
    ),
    Relation(
        "ClientConnectOptions.LambdaFunctionArn",
        "aws_lambda_function",
        by="arn",
        strength="needed",
        why="every new connection would be refused",
    ),
)

_DISASSOCIATE = Prepare(
    Call(
        "ec2",
        "disassociate_client_vpn_target_network",
        ClientVpnEndpointId="{id}",
        AssociationId="{each.AssociationId}",
    ),
    each='TargetNetworks[?!contains(`["disassociating", "disassociated"]`, Status.Code)]',
    undo=Call(
        "ec2",
        "associate_client_vpn_target_network",
        ClientVpnEndpointId="{id}",
        SubnetId="{each.TargetNetworkId}",
    ),
    absent=("InvalidClientVpnAssociationIdNotFound",),
    until="!(TargetNetworks[?Status.Code != 'disassociated'])",
    source="ec2:DeleteClientVpnEndpoint",
)

CLIENT_ENDPOINT = Kind(
    name="aws_ec2_client_vpn_endpoint",
    bases=("endpoint",),
    list=Call("ec2", "describe_client_vpn_endpoints", "ClientVpnEndpoints[]", MaxResults=500),
    get=Call(
        "ec2",
        "describe_client_vpn_endpoints",
        "ClientVpnEndpoints[]",
        ClientVpnEndpointIds=["{id}"],
    ),
    details=_ENDPOINT_DETAILS,
    id="ClientVpnEndpointId",
    arn="arn:{partition}:ec2:{region}:{account}:client-vpn-endpoint/{id}",
    created="CreationTime",
    relations=_ENDPOINT_RELATIONS,
    ended="Status.Code == 'deleted'",
    fingerprint=("Status", "CreationTime"),
    settles=("Status",),
    sources={"usual": "ours", "settles": "ec2:ClientVpnEndpointStatus"},
    delete=Delete(
        Call("ec2", "delete_client_vpn_endpoint", ClientVpnEndpointId="{id}"),
        prepare=(_DISASSOCIATE,),
        gone=("InvalidClientVpnEndpointId.NotFound",),
        blocked=("IncorrectState", "DependencyViolation"),
        usual=300,
        note="Its users' client configurations stop working.",
    ),
)
