"""The idle target group of a blue/green pair is in use, although no load balancer names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.relations.estate import arn, target_group
from tests.faults.relations.reading import Document, Reading, plan_of, read
from tests.support.builders import ids

RULE = "rules: {load_balancers: {enabled: true, min_age: 7d}}"
IDLE = target_group("green", target_type="ip", load_balancer_arns=[], backends=[])


def deployment_group() -> Reading:
    pair = {"targetGroups": [{"name": "blue"}, {"name": IDLE.id}]}
    group = {
        "applicationName": "shop",
        "deploymentGroupName": "production",
        "serviceRoleArn": "arn:aws:iam::111122223333:role/deploy",
        "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
    }
    return read(
        ["aws_codedeploy_application", "aws_codedeploy_deployment_group"],
        {
            "codedeploy.ListApplications": {"applications": ["shop"]},
            "codedeploy.BatchGetApplications": {
                "applicationsInfo": [{"applicationName": "shop", "computePlatform": "ECS"}]
            },
            "codedeploy.ListDeploymentGroups": {
                "applicationName": "shop",
                "deploymentGroups": ["production"],
            },
            "codedeploy.BatchGetDeploymentGroups": {"deploymentGroupsInfo": [group]},
            "codedeploy.GetDeploymentGroup": {"deploymentGroupInfo": group},
        },
    )


def service(**members: object) -> Reading:
    cluster = {"clusterArn": arn("ecs", "cluster/shop"), "clusterName": "shop", "status": "ACTIVE"}
    found: Document = {
        "serviceArn": arn("ecs", "service/shop/web"),
        "serviceName": "web",
        "clusterArn": cluster["clusterArn"],
        "status": "ACTIVE",
        **members,
    }
    return read(
        ["aws_ecs_cluster", "aws_ecs_service"],
        {
            "ecs.ListClusters": {"clusterArns": [cluster["clusterArn"]]},
            "ecs.DescribeClusters": {"clusters": [cluster]},
            "ecs.ListServices": {"serviceArns": [found["serviceArn"]]},
            "ecs.DescribeServices": {"services": [found]},
        },
    )


def serving() -> Reading:
    """Read a service that currently uses the group."""
    return service(loadBalancers=[{"targetGroupArn": IDLE.arn}])


def task_set() -> Reading:
    """Read a service with a task set for the group, as external and CodeDeploy controllers keep."""
    return service(taskSets=[{"id": "ecs-svc/1", "loadBalancers": [{"targetGroupArn": IDLE.arn}]}])


def alternate() -> Reading:
    """Read a service whose ECS blue/green deployment names the group as the alternate one."""
    other = {"alternateTargetGroupArn": IDLE.arn}
    blue = arn("elasticloadbalancing", "targetgroup/blue/0a1b2c3d4e5f6072")
    return service(loadBalancers=[{"targetGroupArn": blue, "advancedConfiguration": other}])


@pytest.mark.parametrize(
    "user",
    [
        serving,
        deployment_group,
        task_set,
        alternate,
    ],
)
def test_a_target_group_that_waits_for_the_next_deployment_stays(
    user: Callable[[], Reading],
) -> None:
    assert ids(plan_of(user(), IDLE, config=RULE).planned) == set()


def test_a_target_group_that_nothing_names_is_planned() -> None:
    assert ids(plan_of(Reading(), IDLE, config=RULE).planned) == {IDLE.id}
