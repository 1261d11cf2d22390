"""How many resources the calls that describe by id take at once. Data only.

A figure is the `max` that botocore's model states for the argument, or else what AWS's reference
says in words. EC2 says it for few of its calls: 100 instances (DescribeInstanceStatus) and 1,000
flow logs; the smaller one counts for all. Calls without a figure describe one resource at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.kind import Kind

_EC2 = 100

# By boto3's names of the service and the method.
MOST: Mapping[tuple[str, str], int] = {
    # "By default, you can only specify up to 50 names" (DescribeAutoScalingGroups).
    ("autoscaling", "describe_auto_scaling_groups"): 50,
    # "Array Members: Maximum number of 50 items" (DescribeLaunchConfigurations).
    ("autoscaling", "describe_launch_configurations"): 50,
    # "A list of up to 100 ... entries" (DescribeJobQueues, DescribeComputeEnvironments).
    ("batch", "describe_compute_environments"): 100,
    ("batch", "describe_job_queues"): 100,
    ("cloudwatch", "describe_alarms"): 100,
    ("codebuild", "batch_get_projects"): 100,
    # "The maximum number of application names you can specify is 100" (BatchGetApplications).
    ("codedeploy", "batch_get_applications"): 100,
    ("config", "describe_config_rules"): 25,
    ("ecr", "describe_repositories"): 100,
    ("ecr-public", "describe_repositories"): 100,
    # "A list of up to 100 cluster names" (DescribeClusters), "Up to 100 capacity providers can be
    # described" (DescribeCapacityProviders).
    ("ecs", "describe_capacity_providers"): 100,
    ("ecs", "describe_clusters"): 100,
    # "You can specify up to 20 load balancers in a single call" (DescribeLoadBalancers).
    ("elbv2", "describe_load_balancers"): 20,
    ("fsx", "describe_backups"): 50,
    ("fsx", "describe_file_systems"): 50,
    ("opensearchserverless", "batch_get_collection"): 100,
    ("workspaces", "describe_workspace_directories"): 25,
    ("workspaces", "describe_workspaces"): 25,
}


def ids_argument(kind: Kind) -> str | None:
    """Return the argument of the describing call that takes ids of several resources; None if none.

    All other arguments must be the same for all resources, and the item must name its resource
    without values that only its id holds.
    """
    if kind.get is None or kind.id_parts is not None:
        return None
    named = [name for name, value in kind.get.args.items() if "{" in repr(_texts(value))]
    if len(named) != 1:
        return None
    value = kind.get.args[named[0]]
    is_one = isinstance(value, list) and value in (["{id}"], ["{arn}"], ["{name}"])
    return named[0] if is_one else None


def _texts(value: object) -> list[str]:
    """Return the texts in an argument."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def most_at_once(kind: Kind) -> int:
    """Return how many resources of a kind one call describes; 1 if each needs its own."""
    if kind.get is None or ids_argument(kind) is None:
        return 1
    usual = _EC2 if kind.get.service == "ec2" else 1
    return MOST.get((kind.get.service, kind.get.operation), usual)
