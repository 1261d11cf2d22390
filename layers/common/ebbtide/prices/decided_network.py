"""What addresses, gateways, load balancers, firewalls, zones and endpoints cost while they idle."""

from __future__ import annotations

from ebbtide.prices.decision import Decision, Part, Priced, Value

_GONE = {"state": ("deleted", "deleting", "failed", "rejected", "expired")}
_LOAD_BALANCER = "traffic (capacity units), public addresses (counted at the network interfaces)"

NETWORK: dict[str, Decision] = {
    "aws_ec2_elastic_ip": Priced(
        {
            "use": Value("association_id && 'in-use' || 'idle'"),
            "pool": Value("public_ipv4_pool", {"amazon": "amazon", "*": "own"}, missing="amazon"),
        },
        (
            Part(
                "the hours of a public IPv4 address, used or not",
                "vpc.address/{use}",
                hourly=True,
                when={"pool": ("amazon",)},
            ),
        ),
        left_out="addresses that you brought, which are free",
        unknown_if={
            "starts_with(public_ipv4_pool || '', 'ipam-pool-')": (
                "the pool may be one of Amazon's, whose addresses have another price"
            ),
        },
    ),
    "aws_ec2_network_interface": Priced(
        {
            "public": Value(
                "private_ip_addresses[?association.public_ip && !(association.allocation_id)]",
                fold="count",
                missing=0,
            ),
        },
        (
            Part(
                "the hours of public IPv4 addresses that are no elastic ones",
                "vpc.address/in-use",
                ("public",),
                hourly=True,
            ),
        ),
        left_out="elastic addresses, which are other resources",
    ),
    "aws_ec2_nat_gateway": Priced(
        {"state": Value("state")},
        (Part("the hours of the gateway", "vpc.nat_gateway", hourly=True, unless=_GONE),),
        left_out="processed data, its elastic addresses (other resources)",
        unknown_if={"availability_mode == 'regional'": "a regional gateway bills by its zones"},
    ),
    "aws_vpc_endpoint": Priced(
        {
            "type": Value("vpc_endpoint_type"),
            "state": Value("state"),
            "zones": Value("subnet_ids", fold="count"),
        },
        (
            Part(
                "its hours, by the zone",
                "vpc.endpoint/{type}",
                ("zones",),
                hourly=True,
                when={"type": ("interface", "gatewayloadbalancer")},
                unless=_GONE,
            ),
        ),
        left_out="processed data; endpoints of gateways are free",
        unknown_if={
            "vpc_endpoint_type == 'Resource' || vpc_endpoint_type == 'ServiceNetwork'": (
                "endpoints of this type have other prices"
            ),
        },
    ),
    "aws_elb": Priced(
        {},
        (Part("its hours", "elb.hours/classic", hourly=True),),
        left_out=_LOAD_BALANCER,
    ),
    "aws_alb": Priced(
        {"type": Value("type"), "state": Value("state.code")},
        (
            Part(
                "its hours (application, network or gateway)",
                "elb.hours/{type}",
                hourly=True,
                unless={"state": ("failed",)},
            ),
        ),
        left_out=_LOAD_BALANCER,
        unknown_if={"availability_zones[?outpost_id]": "it is on an Outpost"},
    ),
    "aws_ec2_transit_gateway_attachment": Priced(
        {
            "resource": Value(
                "resource_type",
                {
                    "vpc": "vpc",
                    "vpn": "vpn",
                    "direct-connect-gateway": "direct-connect-gateway",
                    "peering": "peering",
                    "connect": "connect",
                },
            ),
            "state": Value("state"),
        },
        (
            Part(
                "the hours of the attachment",
                "vpc.transit_attachment/{resource}",
                hourly=True,
                unless={**_GONE, "resource": ("connect",)},
            ),
        ),
        left_out="processed data; the owner of what is attached pays",
    ),
    "aws_ec2_vpn_connection": Priced(
        {"state": Value("state")},
        (Part("the hours of the connection", "vpc.vpn_connection", hourly=True, unless=_GONE),),
        left_out="traffic",
        unknown_if={"enable_acceleration": "it is accelerated"},
    ),
    "aws_ec2_client_vpn_endpoint": Priced(
        {"networks": Value("target_networks", fold="count")},
        (
            Part(
                "the hours of associated networks",
                "vpc.client_vpn_association",
                ("networks",),
                hourly=True,
            ),
        ),
        left_out="connections of clients",
    ),
    "aws_network_firewall": Priced(
        {"endpoints": Value("subnet_mappings", fold="count")},
        (Part("the hours of its endpoints", "firewall.endpoint", ("endpoints",), True),),
        left_out="processed data",
        unknown_if={
            "transit_gateway_id && !subnet_mappings": "it bills by the zones of a transit gateway"
        },
    ),
    "aws_globalaccelerator_accelerator": Priced(
        {},
        (Part("its hours, enabled or not", "accelerator.hours", hourly=True),),
        left_out="traffic",
    ),
    "aws_route53_zone": Priced(
        {},
        (Part("the zone", "route53.zone"),),
        left_out=(
            "queries; a zone beyond the 25th of an account is cheaper, and one deleted within "
            "twelve hours free"
        ),
    ),
    "aws_route53_health_check": Priced(
        {
            "endpoint": Value(
                "health_check_config.type",
                {"calculated": "aws", "cloudwatch_metric": "aws", "recovery_control": "aws"},
            ),
        },
        (Part("a check of other checks or of an alarm", "route53.health_check/{endpoint}"),),
        left_out="options of the check",
        unknown_if={
            "health_check_config.type && health_check_config.type != 'CALCULATED'"
            " && health_check_config.type != 'CLOUDWATCH_METRIC'"
            " && health_check_config.type != 'RECOVERY_CONTROL'": (
                "whether it checks an endpoint at AWS, which is cheaper, is not in AWS's answer"
            ),
        },
    ),
    "aws_cloudfront_distribution": Priced(
        {
            "certificate": Value("viewer_certificate.ssl_support_method", missing="sni-only"),
        },
        (
            Part(
                "addresses of its own for a certificate",
                "cloudfront.dedicated_address",
                when={"certificate": ("vip",)},
            ),
        ),
        left_out="requests and traffic, flat-rate plans",
    ),
    "aws_waf_web_acl": Priced(
        {"rules": Value("rules", fold="count")},
        (Part("the list", "waf.acl"), Part("its rules", "waf.rule", ("rules",))),
        left_out="requests, groups of rules that are sold, control of bots and fraud",
        region="us-east-1",
    ),
    "aws_waf_rule_group": Priced(
        {"rules": Value("rules", fold="count")},
        (Part("its rules", "waf.rule", ("rules",)),),
        left_out="the group itself, which counts as a rule where it is used",
        region="us-east-1",
        most="rules bill where the group is used",
    ),
    "aws_transfer_server": Priced(
        {"protocols": Value("protocols", fold="count")},
        (
            Part(
                "the hours of its protocols, running or stopped",
                "transfer.protocol",
                ("protocols",),
                True,
            ),
        ),
        left_out="transferred data",
    ),
    "aws_lightsail_static_ip": Priced(
        {"attached": Value("is_attached", {"true": "yes", "false": "no"})},
        (
            Part(
                "the hours of an address without an instance",
                "lightsail.unused_address",
                hourly=True,
                when={"attached": ("no",)},
            ),
        ),
    ),
}
