"""VPN gateways, connections and endpoints, and transit gateways, that nothing uses."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.options.section import Duration
from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

YOUNG, WATCHED = timedelta(hours=1), timedelta(days=30)

UNUSED_CUSTOMER_GATEWAYS = declare(
    "unused_customer_gateways",
    question="Which customer gateways does no VPN connection use?",
    search="is(aws_ec2_customer_gateway) and state = available "
    f"{nothing_uses('aws_ec2_customer_gateway')}",
    reason="a customer gateway without a VPN connection",
    facts=("ip_address", "device_name"),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=("a VPN connection that somebody is about to make or make again",),
)

UNUSED_VPN_GATEWAYS = declare(
    "unused_vpn_gateways",
    question="Which virtual private gateways have neither a VPC nor a VPN connection?",
    search="is(aws_ec2_vpn_gateway) and state = available "
    'and not vpc_attachments[*].state =~ "^(attaching|attached|detaching)$" '
    f"{nothing_uses('aws_ec2_vpn_gateway')}",
    reason="a virtual private gateway without a VPC and a VPN connection",
    facts=("amazon_side_asn",),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(
        "virtual interfaces and gateways of Direct Connect that end at it; without a VPC, they "
        "reach nothing",
    ),
)

DOWN_VPN_CONNECTIONS = declare(
    "down_vpn_connections",
    question="Which VPN connections have had both tunnels down for long?",
    search="is(aws_ec2_vpn_connection) and state = available "
    "and vgw_telemetry[0].status = DOWN and vgw_telemetry[1].status = DOWN "
    "and vgw_telemetry[0].last_status_change < -{{down_for}} "
    "and vgw_telemetry[1].last_status_change < -{{down_for}}",
    reason="a VPN connection whose tunnels have been down for long",
    facts=("customer_gateway_id", "vgw_telemetry"),
    min_age=YOUNG,
    unchanged_for=timedelta(days=7),
    more={
        "down_for": (
            Duration,
            Field(default=timedelta(days=60), description="both tunnels must be down for longer"),
        )
    },
    cannot_see=(
        "connections that are switched on only if another way fails",
        "the configuration of the device at the other end, which a new connection does not fit",
    ),
)

UNASSOCIATED_CLIENT_VPNS = declare(
    "unassociated_client_vpns",
    question="Which Client VPN endpoints lead to no network, so that nobody can connect?",
    search="is(aws_ec2_client_vpn_endpoint) and status.code = pending-associate "
    "and target_networks[0] = null and associated_target_networks[0] = null "
    "and transit_gateway_configuration = null",
    reason="a Client VPN endpoint that is associated with no network",
    facts=("description", "dns_name"),
    min_age=timedelta(days=7),
    unchanged_for=WATCHED,
    cannot_see=(
        "endpoints that a script associates only for some hours, to save what an association costs",
        "the configurations that its users have",
    ),
)

UNUSED_TRANSIT_GATEWAYS = declare(
    "unused_transit_gateways",
    question="Which transit gateways have no attachment?",
    search="is(aws_ec2_transit_gateway) and state = available "
    "with(empty, -delete-> is(aws_ec2_transit_gateway_attachment, aws_ec2_vpn_connection, "
    "aws_network_firewall)) "
    "with(empty, -needed-> is(aws_ec2_route_table, aws_ram_resource_share))",
    reason="a transit gateway without an attachment",
    facts=("description",),
    min_age=timedelta(days=30),
    cannot_see=("gateways of Direct Connect and accounts that are about to attach to it",),
)

UNUSED_TRANSIT_ROUTE_TABLES = declare(
    "unused_transit_route_tables",
    question="Which route tables of transit gateways is no attachment associated with?",
    search="is(aws_ec2_transit_gateway_route_table) and state = available "
    "and default_association_route_table = false and default_propagation_route_table = false "
    f"{nothing_uses('aws_ec2_transit_gateway_route_table')}",
    reason="a route table of a transit gateway that no attachment is associated with",
    facts=("transit_gateway_id",),
    min_age=timedelta(days=30),
    unchanged_for=WATCHED,
    cannot_see=("scripts that switch attachments to the table, such as to isolate them",),
)
