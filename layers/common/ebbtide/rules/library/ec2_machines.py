"""Instances that do nothing, and groups and hosts without instances."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

STOPPED_INSTANCES = declare(
    "stopped_instances",
    question="Which instances have been stopped for long?",
    search="is(aws_ec2_instance) and instance_status = stopped "
    "with(empty, <-owns- is(aws_autoscaling_group)) "
    f"{nothing_uses('aws_ec2_instance')}",
    reason="an instance that has been stopped for long",
    facts=("instance_type", "state_transition_reason"),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "somebody who starts it a few times a year, such as for a report or a test of recovery",
        "data on its disks: those that are deleted with the instance go with it",
    ),
)

EMPTY_SCALING_GROUPS = declare(
    "empty_scaling_groups",
    question="Which Auto Scaling groups have no instances and may not start any?",
    search="is(aws_autoscaling_group) and max_size = 0 and instances[0] = null "
    "and warm_pool_configuration = null "
    "with(empty, -owns-> is(aws_ec2_instance)) "
    f"{nothing_uses('aws_autoscaling_group')}",
    reason="a group without instances whose size is limited to 0",
    facts=("min_size", "max_size", "desired_capacity"),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "scheduled actions and scripts that resize the group less often than unchanged_for",
        "deployments that switch between two groups, of which one waits with size 0",
    ),
)

EMPTY_HOSTS = declare(
    "empty_hosts",
    question="Which dedicated hosts run no instance?",
    search="is(aws_ec2_host) and state = available and instances[0] = null "
    "and host_reservation_id = null and outpost_arn = null "
    "and member_of_service_linked_resource_group != true "
    f"{nothing_uses('aws_ec2_host')}",
    reason="a dedicated host without instances",
    facts=("host_properties", "auto_placement"),
    min_age=timedelta(days=7),
    unchanged_for=timedelta(days=7),
    cannot_see=(
        "licences that are bound to the host's sockets and cores",
        "stopped instances of other accounts that want to start on the host again",
    ),
)
