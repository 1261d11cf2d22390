"""Gateways, peerings and endpoints of VPCs that lead nowhere."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

# AWS reports no creation time of most of them.
YOUNG, WATCHED = timedelta(hours=1), timedelta(days=30)

UNROUTED_NAT_GATEWAYS = declare(
    "unrouted_nat_gateways",
    question="Which NAT gateways does no route lead to?",
    search=f"is(aws_ec2_nat_gateway) and state = available {nothing_uses('aws_ec2_nat_gateway')}",
    reason="a NAT gateway to which no route leads",
    facts=("connectivity_type", "vpc_id", "subnet_id"),
    min_age=timedelta(days=7),
    unchanged_for=timedelta(days=7),
    cannot_see=(
        "scripts that switch routes to the gateway when another one fails",
        "allow lists of partners that name its address",
    ),
)

DETACHED_INTERNET_GATEWAYS = declare(
    "detached_internet_gateways",
    question="Which internet gateways are attached to no VPC?",
    search="is(aws_ec2_internet_gateway) and attachments[0] = null "
    f"{nothing_uses('aws_ec2_internet_gateway')}",
    reason="an internet gateway that is attached to no VPC",
    min_age=YOUNG,
    unchanged_for=timedelta(days=7),
    cannot_see=("scripts that attach it to a VPC for a short time, such as for updates",),
)

UNROUTED_EGRESS_GATEWAYS = declare(
    "unrouted_egress_gateways",
    question="Which egress-only internet gateways does no route lead to?",
    search="is(aws_ec2_egress_only_internet_gateway) "
    f"{nothing_uses('aws_ec2_egress_only_internet_gateway')}",
    reason="an egress-only internet gateway to which no route leads",
    facts=("attachments",),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=("scripts that add a route to it for a short time, such as for updates",),
)

UNROUTED_PEERINGS = declare(
    "unrouted_peerings",
    question="Which VPC peering connections does no route lead to?",
    search="is(aws_vpc_peering_connection) and status.code = active "
    f"{nothing_uses('aws_vpc_peering_connection')}",
    reason="a peering connection to which no route leads, so that no answer can come back",
    facts=("requester_vpc_info", "accepter_vpc_info"),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(
        "routes of the other side, if that is another account: it can only send, and gets no "
        "answer",
        "route tables of other accounts in VPCs with shared subnets",
    ),
)

UNCONNECTED_ENDPOINTS = declare(
    "unconnected_endpoints",
    question="Which VPC endpoints failed, were rejected, or are in no subnet and no route table?",
    search='is(aws_vpc_endpoint) and (state =~ "^(rejected|failed|expired)$" or '
    '(state =~ "^available$" and route_table_ids[0] = null and subnet_ids[0] = null '
    "and network_interface_ids[0] = null and vpc_endpoint_type in [Interface, Gateway, "
    "GatewayLoadBalancer])) and requester_managed = false "
    f"{nothing_uses('aws_vpc_endpoint')}",
    reason="an endpoint through which no traffic can go",
    facts=("state", "service_name", "vpc_endpoint_type"),
    min_age=timedelta(days=7),
    unchanged_for=timedelta(days=7),
    cannot_see=(
        "policies of buckets and other resources that name the endpoint",
        "scripts that add the endpoint to a subnet or route table later",
    ),
)
