"""Parts of VPCs that nothing uses: interfaces, groups, subnets, tables, lists, options."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

# AWS reports no creation time of most of them.
YOUNG, WATCHED = timedelta(hours=1), timedelta(days=30)
MADE_READY = "parts of a network that was made ready for something that comes later"

UNATTACHED_INTERFACES = declare(
    "unattached_interfaces",
    question="Which network interfaces are attached to nothing?",
    search="is(aws_ec2_network_interface) and status = available and interface_type = interface "
    "and association = null and requester_managed = false "
    f"{nothing_uses('aws_ec2_network_interface')}",
    reason="a network interface that is attached to nothing",
    facts=("description", "private_ip_address", "mac_address"),
    min_age=YOUNG,
    unchanged_for=timedelta(days=14),
    cannot_see=(
        "interfaces that are kept for their address or MAC address, such as for a licence or to "
        "move them to another instance after a failure",
        "DNS records and allow lists elsewhere that name the address",
    ),
)

UNUSED_SECURITY_GROUPS = declare(
    "unused_security_groups",
    question="Which security groups does nothing have, and no other group refer to?",
    search="is(aws_ec2_security_group) and group_name != default "
    f"{nothing_uses('aws_ec2_security_group')} "
    "with(empty, <-- is(aws_autoscaling_launch_configuration))",
    reason="a security group that nothing has and no other group refers to",
    facts=("group_name", "description", "vpc_id"),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(
        "groups of peered VPCs and transit gateways in other accounts that refer to it",
        "connections of Glue, Spot Fleets and scripts that name it although nothing runs now",
        MADE_READY,
    ),
)

UNUSED_SUBNETS = declare(
    "unused_subnets",
    question="Which subnets hold nothing and are named by nothing?",
    search="is(aws_ec2_subnet) and state = available and default_for_az = false "
    f"{nothing_uses('aws_ec2_subnet')}",
    reason="a subnet without anything in it",
    facts=("cidr_block", "availability_zone", "vpc_id"),
    min_age=YOUNG,
    unchanged_for=timedelta(days=90),
    cannot_see=(
        MADE_READY,
        "scripts and fleets that start something in the subnet only now and then",
    ),
)

UNUSED_ROUTE_TABLES = declare(
    "unused_route_tables",
    question="Which route tables are associated with no subnet and no gateway?",
    search="is(aws_ec2_route_table) and associations[0] = null and propagating_vgws[0] = null "
    f"{nothing_uses('aws_ec2_route_table')}",
    reason="a route table that is associated with nothing",
    facts=("vpc_id",),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(MADE_READY, "scripts that switch subnets to the table after a failure"),
)

UNUSED_NETWORK_ACLS = declare(
    "unused_network_acls",
    question="Which network ACLs are associated with no subnet?",
    search="is(aws_ec2_network_acl) and is_default = false and associations[0] = null "
    f"{nothing_uses('aws_ec2_network_acl')}",
    reason="a network ACL without subnets",
    facts=("vpc_id",),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(MADE_READY, "scripts that switch subnets to it, such as to isolate them"),
)

UNUSED_DHCP_OPTIONS = declare(
    "unused_dhcp_options",
    question="Which sets of DHCP options does no VPC use?",
    search=f"is(aws_ec2_dhcp_options) {nothing_uses('aws_ec2_dhcp_options')}",
    reason="a set of DHCP options that no VPC uses",
    facts=("dhcp_configurations",),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=("templates and scripts that give the set to VPCs they are about to make",),
)

UNUSED_PREFIX_LISTS = declare(
    "unused_prefix_lists",
    question="Which prefix lists does no route table, group or firewall name?",
    search=f"is(aws_ec2_prefix_list) and owner_id != AWS {nothing_uses('aws_ec2_prefix_list')}",
    reason="a prefix list that nothing names",
    facts=("prefix_list_name", "max_entries"),
    min_age=YOUNG,
    unchanged_for=WATCHED,
    cannot_see=(
        "routes of transit gateways and outposts that name the list",
        "scripts that only read its entries",
    ),
)
