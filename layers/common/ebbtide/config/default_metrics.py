"""The metrics of resources that every deployment has, defined as users define theirs.

The first group has the names of Resoto's metrics, so that its dashboards need only the prefix; what
differs from Resoto, and why, is in docs/metric-searches.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.config.metrics import MetricDefinition, MetricUnit
from ebbtide.model.owner_tag import OWNER_TAG

_PLACE = "account.id as account, region"
_TYPE = "instance_type as type"
_GIB = "* 1073741824"


def _define(
    help: str, matches: str, value: str = "sum(1)", *groups: str, unit: MetricUnit = "Count"
) -> MetricDefinition:
    search = f"aggregate({', '.join((_PLACE, *groups))}: {value}): {matches}"
    return MetricDefinition(search=search, help=help, unit=unit)


def _count(help: str, matches: str, *groups: str) -> MetricDefinition:
    return _define(help, matches, "sum(1)", *groups)


OF_RESOTO: Mapping[str, MetricDefinition] = {
    "access_keys_total": _count(
        "Access keys of users and keys of KMS", "is(access_key)", "access_key_status as status"
    ),
    "accounts_total": MetricDefinition(
        search="aggregate(cloud: sum(1)): is(account)", help="Accounts that were read"
    ),
    "autoscaling_groups_total": _count("Auto Scaling groups", "is(autoscaling_group)"),
    "buckets_total": _count("Buckets of object storage", "is(bucket)"),
    "certificates_total": _count("Certificates", "is(certificate)"),
    "cores_total": _define(
        "Virtual CPUs of running instances",
        "is(instance) and instance_status = running",
        "sum(instance_cores)",
        _TYPE,
    ),
    "databases_bytes": _define(
        "Allocated storage of databases, where AWS tells it",
        "is(database)",
        f"sum(volume_size {_GIB})",
        "db_type",
        "instance_type",
        unit="Bytes",
    ),
    "databases_total": _count(
        "Databases, clusters of databases and tables", "is(database)", "db_type", "instance_type"
    ),
    "endpoints_total": _count("Endpoints of networks", "is(endpoint)"),
    "gateways_total": _count("Gateways of networks", "is(gateway)"),
    "groups_total": _count("Groups of users", "is(group)"),
    "health_checks_total": _count("Health checks", "is(health_check)"),
    "instance_profiles_total": _count("Instance profiles", "is(instance_profile)"),
    "instances_hourly_cost_estimate": _define(
        "List price of running instances per hour",
        "is(instance) and instance_status = running",
        "sum(/price.monthly / 730)",
        _TYPE,
        unit="USD",
    ),
    "instances_quotas_total": _define(
        "Virtual CPUs of running instances that the quotas of EC2 allow",
        'is(aws_service_quota) and quota_name =~ "^Running .* instances$"',
        "sum(quota)",
        "quota_name as type",
    ),
    "instances_total": _count(
        "Instances in any state", "is(instance)", _TYPE, "instance_status as status"
    ),
    "ip_addresses_total": _count("Static public addresses", "is(ip_address)"),
    "keypairs_total": _count("Key pairs of instances", "is(keypair)"),
    "load_balancers_total": _count("Load balancers", "is(load_balancer)", "lb_type as type"),
    "memory_bytes": _define(
        "Memory of running instances",
        "is(instance) and instance_status = running",
        f"sum(instance_memory {_GIB})",
        _TYPE,
        unit="Bytes",
    ),
    "network_acls_total": _count("Access control lists of networks", "is(network_acl)"),
    "network_interfaces_total": _count(
        "Network interfaces", "is(network_interface)", "network_interface_status as status"
    ),
    "networks_total": _count("Virtual private clouds", "is(network)"),
    "peering_connections_total": _count(
        "Connections between two networks", "is(peering_connection)"
    ),
    "policies_total": _count("Policies of IAM and of network firewalls", "is(policy)"),
    "reserved_instances_total": _define(
        "Instances that are reserved and paid for",
        "is(aws_ec2_reserved_instances) and state = active",
        "sum(instance_count)",
        _TYPE,
    ),
    "roles_total": _count("Roles of IAM", "is(role)"),
    "routing_tables_total": _count("Route tables", "is(routing_table)"),
    "security_groups_total": _count("Security groups", "is(security_group)"),
    "snapshots_total": _count("Snapshots", "is(snapshot)", "snapshot_status as status"),
    "snapshots_volumes_bytes": _define(
        "Size of what the snapshots are of, where AWS tells it",
        "is(snapshot)",
        f"sum(volume_size {_GIB})",
        "snapshot_status as status",
        unit="Bytes",
    ),
    "stacks_total": _count("Stacks of CloudFormation", "is(stack)"),
    "subnets_total": _count("Subnets", "is(subnet)"),
    "tunnels_total": _count("Connections to other networks by VPN", "is(tunnel)"),
    "users_total": _count("Users of IAM and of Cognito, and root users", "is(user)"),
    "volume_bytes": _define(
        "Size of block storage volumes",
        "is(volume)",
        f"sum(volume_size {_GIB})",
        "volume_type as type",
        "volume_status as status",
        unit="Bytes",
    ),
    "volumes_monthly_cost_estimate": _define(
        "List price of block storage volumes per month, by their size",
        "is(volume)",
        "sum(/price.monthly)",
        "volume_type as type",
        "volume_status as status",
        unit="USD",
    ),
    "volumes_total": _count(
        "Block storage volumes", "is(volume)", "volume_type as type", "volume_status as status"
    ),
}

OURS: Mapping[str, MetricDefinition] = {
    "resources": _count("Resources in the snapshot", "all", "kind"),
    "resources_stale": _count(
        "Resources carried over from an earlier snapshot, because this run could not read them",
        "/metadata.stale_since != null",
        "kind",
    ),
    "resources_orphaned": _count(
        "Resources whose owners were looked for and are gone",
        "/metadata.orphaned_since != null",
        "kind",
    ),
    "monthly_cost": MetricDefinition(
        search=f"aggregate(account.id as account, kind, tags.{OWNER_TAG} as owner: "
        "sum(/price.monthly)): all",
        help="List price per month of what bills while idle",
        unit="USD",
    ),
}

DEFAULTS: Mapping[str, MetricDefinition] = {**OURS, **OF_RESOTO}
