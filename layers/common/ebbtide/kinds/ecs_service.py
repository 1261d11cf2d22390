"""The ECS services and tasks of clusters."""

from __future__ import annotations

from ebbtide.kinds._scaling import SCALED_SERVICES
from ebbtide.kinds.ecs import FAILURES, MISSING, REFUSED
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# ARNs in the old format lack the cluster name, which ECS needs to read the resource again.
_OLD_ARN = "its ARN has the old format, which does not name its cluster"
_IN_CLUSTER = "join('', ['/', not_null(clusterName, '?'), '/'])"

_CLUSTER = Relation(
    "clusterArn", "aws_ecs_cluster", reverse=True, deleted_before=True, part="plain"
)
_NETWORK = "networkConfiguration.awsvpcConfiguration"
_NO_FARGATE = r"^(?!FARGATE)(.+)$"

_SERVICE_RELATIONS = (
    _CLUSTER,
    # A task definition can be deleted only after every service that could start a task from it.
    Relation("taskDefinition", "aws_ecs_task_definition", reverse=True, deleted_before=True),
    Relation(
        "loadBalancers[].targetGroupArn", "aws_alb_target_group", by="arn", deleted_before=True
    ),
    Relation("loadBalancers[].loadBalancerName", "aws_elb", deleted_before=True),
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(f"{_NETWORK}.subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_NETWORK}.securityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation(
        "capacityProviderStrategy[].capacityProvider",
        "aws_ecs_capacity_provider",
        by="name",
        deleted_before=True,
        pattern=_NO_FARGATE,
        other="^FARGATE",
    ),
    Relation(
        "serviceRegistries[].registryArn",
        "aws_servicediscovery_service",
        deleted_before=True,
        pattern=r"service/(srv-\w+)$",
    ),
    Relation(
        "deployments[].serviceConnectConfiguration.namespace",
        "aws_servicediscovery_namespace",
        deleted_before=True,
        pattern=r"namespace/(ns-\w+)$",
    ),
    Relation(
        "deploymentConfiguration.alarms.alarmNames",
        "aws_cloudwatch_alarm",
        strength="needed",
        why="a bad deployment would not be rolled back",
    ),
    # What external and CodeDeploy deployments start tasks with.
    Relation(
        "taskSets[].loadBalancers[].targetGroupArn",
        "aws_alb_target_group",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "taskSets[].networkConfiguration.awsvpcConfiguration.subnets[]",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "taskSets[].networkConfiguration.awsvpcConfiguration.securityGroups[]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    # The next deployment moves the traffic to this group.
    Relation(
        "loadBalancers[].advancedConfiguration.alternateTargetGroupArn",
        "aws_alb_target_group",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "[loadBalancers[].advancedConfiguration.roleArn, deploymentConfiguration.lifecycleHooks[]"
        ".roleArn, deployments[].volumeConfigurations[].managedEBSVolume.roleArn, deployments[]"
        ".serviceConnectConfiguration.services[].tls.roleArn, deployments[]"
        ".vpcLatticeConfigurations[].roleArn][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "deploymentConfiguration.lifecycleHooks[].hookTargetArn",
        "aws_lambda_function",
        by="arn",
        strength="needed",
        why="its next deployment would fail",
    ),
    Relation(
        "[deployments[].volumeConfigurations[].managedEBSVolume.kmsKeyId, deployments[]"
        ".serviceConnectConfiguration.services[].tls.kmsKey][]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "deployments[].volumeConfigurations[].managedEBSVolume.snapshotId",
        "aws_ec2_snapshot",
        strength="needed",
        why="its tasks could not start without the volume",
    ),
    Relation("ScalableTargets[].RoleARN", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "ScalingPolicies[].Alarms[].AlarmARN",
        "aws_cloudwatch_alarm",
        by="arn",
        strength="needed",
        why="it would no longer scale",
    ),
)

_SERVICES = Call(
    "ecs",
    "describe_services",
    "services[]",
    cluster="{clusterName}",
    services=["{id}"],
    include=["TAGS"],
)

# AWS takes at most ten services at once.
_SERVICE_DETAILS = (
    Detail(
        _SERVICES,
        batch=10,
        match=("serviceArn", "serviceArn"),
        describes=True,
        missing=MISSING,
        refused=REFUSED,
    ),
    *SCALED_SERVICES,
)

_SERVICE_DELETE = Delete(
    Call("ecs", "delete_service", cluster="{clusterArn}", service="{id}", force=True),
    gone=("ServiceNotFoundException", "ClusterNotFoundException"),
    blocked=(),
    usual=300,
    note="Its tasks are stopped, and unfinished work is lost.",
)

SERVICE = Kind(
    name="aws_ecs_service",
    each="aws_ecs_cluster",
    # The default page size is 10.
    list=Call(
        "ecs", "list_services", "serviceArns[].{serviceArn: @}", cluster="{id}", maxResults=100
    ),
    get=_SERVICES,
    get_failures=FAILURES,
    inherit={"clusterName": "clusterName"},
    id_parts=r"arn:[^:]+:ecs:[^:]+:[^:]+:service/(?P<clusterName>[^/]+)/[^/]+",
    details=_SERVICE_DETAILS,
    get_details=SCALED_SERVICES,
    id="serviceArn",
    label="serviceArn",
    label_pattern=r"([^/]+)$",
    arn="serviceArn",
    tags="tags",
    created="createdAt",
    relations=_SERVICE_RELATIONS,
    # While it drains, its tasks run on, with their interfaces.
    ended="status == 'INACTIVE'",
    volatile=(
        "runningCount",
        "pendingCount",
        "deployments",
        "taskSets",
        "events",
        "ScalableTargets",
    ),
    never_delete=(
        NeverDelete(f"!contains(serviceArn, {_IN_CLUSTER})", _OLD_ARN, "ours"),
        NeverDelete(
            "resourceManagementType == 'ECS'",
            "ECS manages it for an express service",
            "ecs:Service",
        ),
    ),
    fingerprint=("serviceArn", "createdAt", "status"),
    sources={
        "usual": "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"
    },
    delete=_SERVICE_DELETE,
)

_TASK_RELATIONS = (
    _CLUSTER,
    Relation("taskDefinitionArn", "aws_ecs_task_definition", reverse=True, deleted_before=True),
    Relation("containerInstanceArn", "aws_ecs_container_instance", deleted_before=True),
    Relation(
        "capacityProviderName",
        "aws_ecs_capacity_provider",
        by="name",
        deleted_before=True,
        pattern=_NO_FARGATE,
        other="^FARGATE",
    ),
    Relation(
        "overrides.[taskRoleArn, executionRoleArn]",
        "aws_iam_role",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "attachments[].details[] | [?name == 'networkInterfaceId'].value",
        "aws_ec2_network_interface",
        owns=True,
    ),
    Relation(
        "attachments[].details[] | [?name == 'subnetId'].value",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "group",
        "aws_ecs_service",
        by="name",
        reverse=True,
        pattern=r"^service:(.+)$",
        strength="history",
        why="the service starts another task",
    ),
)

_TASKS = Call(
    "ecs", "describe_tasks", "tasks[]", cluster="{clusterName}", tasks=["{id}"], include=["TAGS"]
)

_TASK_DETAILS = (
    Detail(
        _TASKS,
        batch=100,
        match=("taskArn", "taskArn"),
        describes=True,
        missing=MISSING,
        refused=REFUSED,
    ),
)

TASK = Kind(
    name="aws_ecs_task",
    each="aws_ecs_cluster",
    list=Call("ecs", "list_tasks", "taskArns[].{taskArn: @}", cluster="{id}"),
    get=_TASKS,
    get_failures=FAILURES,
    inherit={"clusterName": "clusterName"},
    id_parts=r"arn:[^:]+:ecs:[^:]+:[^:]+:task/(?P<clusterName>[^/]+)/[^/]+",
    details=_TASK_DETAILS,
    get_details=(),
    id="taskArn",
    label="taskArn",
    label_pattern=r"([^/]+)$",
    arn="taskArn",
    tags="tags",
    created="createdAt",
    relations=_TASK_RELATIONS,
    ended="lastStatus == 'STOPPED'",
    volatile=("version", "connectivityAt"),
    never_delete=(
        NeverDelete(f"!contains(taskArn, {_IN_CLUSTER})", _OLD_ARN, "ours"),
        NeverDelete(
            "starts_with(group || '', 'service:')",
            "its service would replace it",
        ),
    ),
    fingerprint=("taskArn", "createdAt", "desiredStatus"),
    sources={"usual": "ecs:ContainerDefinition"},
    delete=Delete(
        Call("ecs", "stop_task", cluster="{clusterArn}", task="{id}", reason="Ebbtide"),
        gone=("ClusterNotFoundException",),
        blocked=(),
        usual=120,
        note="Its containers get 30 seconds to stop; unfinished work is lost.",
    ),
)
