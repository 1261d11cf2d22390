"""Lists the estate's existing resources directly through AWS APIs, without Ebbtide's code."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jmespath

from local.estate.ground import ACCOUNTS, GLOBAL, REGIONS, Clients, Item, Key


class Listing(NamedTuple):
    """The call that lists one kind; `path` selects the ids that the estate uses."""

    service: str
    operation: str
    path: str
    arguments: dict[str, Any]


def _listing(service: str, operation: str, path: str, **arguments: Any) -> Listing:
    return Listing(service, operation, path, arguments)


_OWN: dict[str, Any] = {"OwnerIds": ["self"]}
LISTINGS = {
    "aws_alb": _listing("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerName"),
    "aws_alb_target_group": _listing(
        "elbv2", "describe_target_groups", "TargetGroups[].TargetGroupName"
    ),
    "aws_autoscaling_group": _listing(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName"
    ),
    "aws_cloudformation_stack": _listing(
        "cloudformation",
        "describe_stacks",
        "Stacks[?StackStatus!='DELETE_COMPLETE'].StackId",
    ),
    "aws_cloudwatch_alarm": _listing("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    "aws_cloudwatch_log_group": _listing("logs", "describe_log_groups", "logGroups[].logGroupName"),
    "aws_dynamodb_table": _listing("dynamodb", "list_tables", "TableNames[]"),
    "aws_ec2_elastic_ip": _listing("ec2", "describe_addresses", "Addresses[].AllocationId"),
    "aws_ec2_image": _listing("ec2", "describe_images", "Images[].ImageId", Owners=["self"]),
    "aws_ec2_instance": _listing(
        "ec2",
        "describe_instances",
        "Reservations[].Instances[] | [?State.Name!='terminated'].InstanceId",
    ),
    "aws_ec2_internet_gateway": _listing(
        "ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId"
    ),
    "aws_ec2_keypair": _listing("ec2", "describe_key_pairs", "KeyPairs[].KeyPairId"),
    "aws_ec2_launch_template": _listing(
        "ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId"
    ),
    "aws_ec2_nat_gateway": _listing(
        "ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId"
    ),
    "aws_ec2_network_acl": _listing("ec2", "describe_network_acls", "NetworkAcls[].NetworkAclId"),
    "aws_ec2_network_interface": _listing(
        "ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId"
    ),
    "aws_ec2_route_table": _listing("ec2", "describe_route_tables", "RouteTables[].RouteTableId"),
    "aws_ec2_security_group": _listing(
        "ec2", "describe_security_groups", "SecurityGroups[].GroupId"
    ),
    "aws_ec2_snapshot": _listing("ec2", "describe_snapshots", "Snapshots[].SnapshotId", **_OWN),
    "aws_ec2_subnet": _listing("ec2", "describe_subnets", "Subnets[].SubnetId"),
    "aws_ec2_volume": _listing("ec2", "describe_volumes", "Volumes[].VolumeId"),
    "aws_elb": _listing(
        "elb", "describe_load_balancers", "LoadBalancerDescriptions[].LoadBalancerName"
    ),
    "aws_iam_instance_profile": _listing(
        "iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileId"
    ),
    "aws_iam_policy": _listing("iam", "list_policies", "Policies[].PolicyId", Scope="Local"),
    "aws_iam_role": _listing("iam", "list_roles", "Roles[].RoleId"),
    "aws_iam_user": _listing("iam", "list_users", "Users[].UserId"),
    "aws_kms_key": _listing("kms", "list_keys", "Keys[].KeyId"),
    "aws_lambda_function": _listing("lambda", "list_functions", "Functions[].FunctionName"),
    "aws_rds_cluster": _listing("rds", "describe_db_clusters", "DBClusters[].DBClusterIdentifier"),
    "aws_rds_instance": _listing(
        "rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"
    ),
    "aws_rds_snapshot": _listing(
        "rds", "describe_db_snapshots", "DBSnapshots[].DBSnapshotIdentifier"
    ),
    "aws_rds_subnet_group": _listing(
        "rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"
    ),
    "aws_s3_bucket": _listing("s3", "list_buckets", "Buckets[].Name"),
    "aws_sns_topic": _listing("sns", "list_topics", "Topics[].TopicArn"),
    "aws_sqs_queue": _listing("sqs", "list_queues", "QueueUrls[]"),
    "aws_vpc": _listing("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    "aws_vpc_endpoint": _listing("ec2", "describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId"),
    "aws_vpc_peering_connection": _listing(
        "ec2",
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[?Status.Code=='active'].VpcPeeringConnectionId",
    ),
}
_GLOBAL_KINDS = frozenset(kind for kind in LISTINGS if kind.startswith(("aws_iam_", "aws_s3_")))


def existing(clients: Clients, accounts: Iterable[str] = ACCOUNTS) -> set[Key]:
    """Return the keys of all existing resources of the listed kinds in these accounts.

    Access keys and listeners are left out: AWS lists them per user and per load balancer, and they
    are deleted with these.
    """
    found: set[Key] = set()
    for account in accounts:
        for region in (GLOBAL, *REGIONS):
            for kind, listing in LISTINGS.items():
                if (region == GLOBAL) == (kind in _GLOBAL_KINDS):
                    ids = _ids(clients, listing, account, region)
                    found |= {(account, region, kind, id) for id in ids}
    return found


def is_listed(item: Item) -> bool:
    """Check whether existing() covers the kind of a resource."""
    return item.kind in LISTINGS


def _ids(clients: Clients, listing: Listing, account: str, region: str) -> list[str]:
    client = clients(listing.service, account, REGIONS[0] if region == GLOBAL else region)
    path = jmespath.compile(listing.path)
    if not client.can_paginate(listing.operation):
        return path.search(getattr(client, listing.operation)(**listing.arguments)) or []
    pages = client.get_paginator(listing.operation).paginate(**listing.arguments)
    return [id for page in pages for id in path.search(page) or []]
