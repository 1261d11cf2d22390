"""The EC2 instances and external machines that run tasks of ECS clusters."""

from __future__ import annotations

from ebbtide.kinds.ecs import FAILURES, MISSING, REFUSED
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# ARNs in the old format lack the cluster name, which ECS needs to read the resource again.
_OLD_ARN = "its ARN has the old format, which does not name its cluster"
_IN_CLUSTER = "join('', ['/', not_null(clusterName, '?'), '/'])"
_CLUSTER = Relation("clusterArn", "aws_ecs_cluster", reverse=True, deleted_before=True)

_INSTANCES = Call(
    "ecs",
    "describe_container_instances",
    "containerInstances[]",
    cluster="{clusterName}",
    containerInstances=["{id}"],
    include=["TAGS"],
)

_INSTANCE_RELATIONS = (
    Relation(
        "clusterName", "aws_ecs_cluster", by="name", reverse=True, deleted_before=True, part="plain"
    ),
    # AWS deregisters a container instance when its EC2 instance terminates.
    Relation("ec2InstanceId", "aws_ec2_instance", deleted_after=True, pattern=r"^(i-\w+)$"),
    Relation(
        "ec2InstanceId",
        "aws_ssm_instance",
        pattern=r"^(mi-\w+)$",
        strength="needed",
        why="the tasks run on the machine",
    ),
    Relation(
        "capacityProviderName",
        "aws_ecs_capacity_provider",
        by="name",
        strength="origin",
        why="the provider started it, and the cluster names the provider",
    ),
)

_INSTANCE_DELETE = Delete(
    Call(
        "ecs",
        "deregister_container_instance",
        cluster="{clusterName}",
        containerInstance="{id}",
        force=False,
    ),
    gone=("ClusterNotFoundException",),
    # InvalidParameterException: tasks still run on the instance.
    blocked=("InvalidParameterException",),
    note="Only deregisters it from the cluster; a machine that still runs may register again.",
)

_INSTANCE_DETAILS = (
    Detail(
        _INSTANCES,
        batch=100,
        match=("containerInstanceArn", "containerInstanceArn"),
        describes=True,
        missing=MISSING,
        refused=REFUSED,
    ),
)

CONTAINER_INSTANCE = Kind(
    name="aws_ecs_container_instance",
    each="aws_ecs_cluster",
    list=Call(
        "ecs",
        "list_container_instances",
        "containerInstanceArns[].{containerInstanceArn: @}",
        cluster="{id}",
    ),
    get=_INSTANCES,
    get_failures=FAILURES,
    inherit={"clusterName": "clusterName"},
    id_parts=r"arn:[^:]+:ecs:[^:]+:[^:]+:container-instance/(?P<clusterName>[^/]+)/[^/]+",
    details=_INSTANCE_DETAILS,
    get_details=(),
    id="containerInstanceArn",
    label="ec2InstanceId",
    arn="containerInstanceArn",
    tags="tags",
    created="registeredAt",
    relations=_INSTANCE_RELATIONS,
    ended="status == 'INACTIVE'",
    volatile=("version", "remainingResources", "runningTasksCount", "pendingTasksCount"),
    never_delete=(
        NeverDelete(f"!contains(containerInstanceArn, {_IN_CLUSTER})", _OLD_ARN, "ours"),
    ),
    fingerprint=("containerInstanceArn", "registeredAt", "ec2InstanceId"),
    delete=_INSTANCE_DELETE,
)
