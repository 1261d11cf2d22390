"""CodeDeploy deployment groups: where an application is deployed, and how."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_DEPLOY = "its next deployment would fail"
_BALANCERS = "DeploymentGroup.loadBalancerInfo"

_RELATIONS = (
    Relation(
        "applicationName",
        "aws_codedeploy_application",
        reverse=True,
        owned_by=True,
        source="codedeploy:DeleteApplication",
    ),
    Relation("DeploymentGroup.serviceRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    # Between two deployments, one group of a pair belongs to no load balancer.
    Relation(
        f"{_BALANCERS}.[targetGroupInfoList[].name,"
        " targetGroupPairInfoList[].targetGroups[].name][]",
        "aws_alb_target_group",
        deleted_before=True,
    ),
    Relation(f"{_BALANCERS}.elbInfoList[].name", "aws_elb", strength="needed", why=_DEPLOY),
    Relation(
        f"{_BALANCERS}.targetGroupPairInfoList[].[prodTrafficRoute,"
        " testTrafficRoute][].listenerArns[]",
        "aws_alb_listener",
        strength="needed",
        why=_DEPLOY,
    ),
    Relation(
        "DeploymentGroup.autoScalingGroups[].name",
        "aws_autoscaling_group",
        strength="needed",
        why=_DEPLOY,
    ),
    Relation(
        "DeploymentGroup.ecsServices[].serviceName",
        "aws_ecs_service",
        by="name",
        strength="needed",
        why=_DEPLOY,
    ),
    Relation(
        "DeploymentGroup.alarmConfiguration.alarms[].name",
        "aws_cloudwatch_alarm",
        by="name",
        strength="needed",
        why="nothing would stop a bad deployment",
    ),
    Relation(
        "DeploymentGroup.triggerConfigurations[].triggerTargetArn",
        "aws_sns_topic",
        by="arn",
        strength="needed",
        why="it could notify nobody",
    ),
)

_GROUP = "deploymentGroupInfo"
_READ = Detail(
    Call(
        "codedeploy",
        "get_deployment_group",
        _GROUP,
        applicationName="{applicationName}",
        deploymentGroupName="{deploymentGroupName}",
    ),
    into="DeploymentGroup",
    describes=True,
)

DEPLOYMENT_GROUP = Kind(
    name="aws_codedeploy_deployment_group",
    each="aws_codedeploy_application",
    list=Call(
        "codedeploy",
        "list_deployment_groups",
        "deploymentGroups[].{deploymentGroupName: @}",
        applicationName="{id}",
    ),
    inherit={"applicationName": "applicationName"},
    id_parts=r"(?P<applicationName>[^/]+)/.+",
    get=Call(
        "codedeploy",
        "get_deployment_group",
        f"{{deploymentGroupName: {_GROUP}.deploymentGroupName, DeploymentGroup: {_GROUP}}}",
        applicationName="{applicationName}",
        deploymentGroupName="{name}",
    ),
    details=(_READ,),
    get_details=(),
    id="join('/', [applicationName, deploymentGroupName])",
    label="deploymentGroupName",
    arn="arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{id}",
    unique=("DeploymentGroup.deploymentGroupId",),
    tags=None,
    relations=_RELATIONS,
    volatile=("DeploymentGroup",),
    fingerprint=("deploymentGroupName",),
    sources={
        "fingerprint": "codedeploy:DeploymentGroupInfo",
        "unique": "codedeploy:DeploymentGroupInfo",
    },
    delete=Delete(
        Call(
            "codedeploy",
            "delete_deployment_group",
            applicationName="{applicationName}",
            deploymentGroupName="{deploymentGroupName}",
        ),
        gone=("DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException"),
        blocked=(),
        refused=("InvalidRoleException",),
        note="Its hooks in Auto Scaling groups go with it; what is deployed stays.",
    ),
)
