"""Rates of what connects: addresses, gateways, endpoints, load balancers, firewalls, zones."""

from __future__ import annotations

from ebbtide.prices.rate import Rate

_ELB = "AWSELB"
_HOURS = r"LoadBalancerUsage"

NETWORK = (
    Rate("vpc.address/in-use", "Hrs", "AmazonVPC", usage=r"PublicIPv4:InUseAddress"),
    Rate("vpc.address/idle", "Hrs", "AmazonVPC", usage=r"PublicIPv4:IdleAddress"),
    Rate("vpc.nat_gateway", "Hrs", "AmazonEC2", "NAT Gateway", r"NatGateway-Hours"),
    Rate("vpc.endpoint/interface", "Hrs", "AmazonVPC", usage=r"VpcEndpoint-Hours"),
    Rate("vpc.endpoint/gatewayloadbalancer", "Hrs", "AmazonVPC", usage=r"VpcEndpoint-GWLBE-Hours"),
    Rate(
        "vpc.transit_attachment/{of}",
        "hour",
        "AmazonVPC",
        usage=r"TransitGateway-Hours",
        words={
            "of": (
                ("operation",),
                {
                    "TransitGatewayVPC": "vpc",
                    "TransitGatewayVPN": "vpn",
                    "TransitGatewayDirectConnect": "direct-connect-gateway",
                    "TransitGatewayPeering": "peering",
                },
            )
        },
    ),
    Rate("vpc.vpn_connection", "Hrs", "AmazonVPC", usage=r"VPN-Usage-Hours:ipsec\.1"),
    Rate("vpc.client_vpn_association", "hours", "AmazonVPC", usage=r"ClientVPN-EndpointHours"),
    Rate("elb.hours/classic", "Hrs", _ELB, "Load Balancer", _HOURS, "LoadBalancing"),
    Rate(
        "elb.hours/application",
        "Hrs",
        _ELB,
        "Load Balancer-Application",
        _HOURS,
        "LoadBalancing:Application",
    ),
    Rate(
        "elb.hours/network", "Hrs", _ELB, "Load Balancer-Network", _HOURS, "LoadBalancing:Network"
    ),
    Rate(
        "elb.hours/gateway", "Hrs", _ELB, "Load Balancer-Gateway", _HOURS, "LoadBalancing:Gateway"
    ),
    Rate("firewall.endpoint", "Hrs", "AWSNetworkFirewall", usage=r"Endpoint-Hour(?:s)?"),
    # The Price List had no product of it; the shipped table has the published price.
    Rate(
        "accelerator.hours",
        "Hours",
        "AWSGlobalAccelerator",
        everywhere=True,
        usage=r"(?:Global)?Accelerator-?Hours?",
    ),
    Rate("route53.zone", "HostedZone", "AmazonRoute53", everywhere=True, usage=r"HostedZone"),
    Rate(
        "route53.health_check/aws",
        "HealthChecks",
        "AmazonRoute53",
        everywhere=True,
        usage=r"Health-Check-AWS",
    ),
    Rate(
        "route53.health_check/other",
        "HealthChecks",
        "AmazonRoute53",
        everywhere=True,
        usage=r"Health-Check-Non-AWS",
    ),
    Rate(
        "route53.health_check_option/aws",
        "HealthChecks",
        "AmazonRoute53",
        everywhere=True,
        usage=r"Health-Check-Option-AWS",
    ),
    Rate(
        "route53.health_check_option/other",
        "HealthChecks",
        "AmazonRoute53",
        everywhere=True,
        usage=r"Health-Check-Option-Non-AWS",
    ),
    Rate(
        "cloudfront.dedicated_address",
        "Month",
        "AmazonCloudFront",
        everywhere=True,
        usage=r"SSL-Cert-Custom",
    ),
    Rate("waf.acl", "Month", "awswaf", usage=r"WebACLV2"),
    Rate("waf.rule", "Month", "awswaf", usage=r"RuleV2"),
    Rate(
        "transfer.protocol", "Hourly", "AWSTransfer", usage=r"ProtocolHours", operation=r"SFTP:S3"
    ),
    Rate("lightsail.unused_address", "Hrs", "AmazonLightsail", usage=r"UnusedStaticIP"),
)
