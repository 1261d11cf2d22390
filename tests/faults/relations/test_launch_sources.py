"""Launch sources of an existing Auto Scaling group are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ebbtide.model.resource import Resource
from tests.faults.relations import estate
from tests.faults.relations.estate import arn
from tests.faults.relations.reading import Document, Reading, plan_of, read
from tests.support.builders import codes, days_ago

GROUP = {
    "AutoScalingGroupName": "web",
    "AutoScalingGroupARN": arn("autoscaling", "autoScalingGroup:1:autoScalingGroupName/web"),
    "MinSize": 0,
    "MaxSize": 4,
    "DesiredCapacity": 0,
    "CreatedTime": days_ago(100),
    "Instances": [],
    "Tags": [],
}


def source(used: Resource, group_member: str) -> Document:
    """Return the members of a launch configuration or template that name its source."""
    named: dict[str, Document] = {
        "aws_ec2_image": {"ImageId": used.id},
        "aws_ec2_snapshot": {
            "BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": used.id}}]
        },
        "aws_ec2_security_group": {group_member: [used.id]},
        "aws_ec2_keypair": {"KeyName": used.name},
    }
    return named[used.kind]


def launch_configuration(used: Resource) -> Reading:
    found: Document = {
        "LaunchConfigurationName": "web-3",
        "LaunchConfigurationARN": arn("autoscaling", "launchConfiguration:1:web-3"),
        "CreatedTime": days_ago(100),
    }
    if used.kind == "aws_iam_instance_profile":
        found["IamInstanceProfile"] = used.name
    else:
        found |= source(used, "SecurityGroups")
    group = {**GROUP, "LaunchConfigurationName": "web-3"}
    return read(
        ["aws_autoscaling_group", "aws_autoscaling_launch_configuration"],
        {
            "autoscaling.DescribeAutoScalingGroups": {"AutoScalingGroups": [group]},
            "autoscaling.DescribeLaunchConfigurations": {"LaunchConfigurations": [found]},
        },
    )


def launch_template(used: Resource) -> Reading:
    data: Document = (
        {"IamInstanceProfile": {"Name": used.name}}
        if used.kind == "aws_iam_instance_profile"
        else source(used, "SecurityGroupIds")
    )
    named = {"LaunchTemplateId": "lt-0a1b2c3d4e5f60001", "LaunchTemplateName": "web"}
    group = {**GROUP, "LaunchTemplate": {**named, "Version": "$Latest"}}
    return read(
        ["aws_autoscaling_group", "aws_ec2_launch_template"],
        {
            "autoscaling.DescribeAutoScalingGroups": {"AutoScalingGroups": [group]},
            "ec2.DescribeLaunchTemplates": {
                "LaunchTemplates": [{**named, "CreateTime": days_ago(100)}]
            },
            "ec2.DescribeLaunchTemplateVersions": {
                "LaunchTemplateVersions": [{**named, "LaunchTemplateData": data}]
            },
        },
    )


USED = [
    estate.image,
    estate.snapshot,
    estate.security_group,
    estate.key_pair,
    estate.instance_profile,
]
SOURCES = [launch_configuration, launch_template]


@pytest.mark.parametrize("used", USED)
@pytest.mark.parametrize("source", SOURCES)
def test_what_a_living_group_starts_instances_from_is_refused(
    used: Callable[[], Resource], source: Callable[[Resource], Reading]
) -> None:
    plan = plan_of(source(used()), used())
    assert codes(plan.refused) == {used().id: "needed"}
