"""Launch sources of an existing Auto Scaling group are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ebbtide.model.resource import Resource
from tests.faults.relations import estate
from tests.faults.relations.estate import arn
from tests.faults.relations.reading import Document, Reading, plan_of, read
from tests.support.builders import codes, days_ago, ids

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


def launch_configuration(used: Resource, group: Document | None = None) -> Reading:
    """Read a launch configuration that a group uses, unless another group is given."""
    found: Document = {
        "LaunchConfigurationName": "web-3",
        "LaunchConfigurationARN": arn("autoscaling", "launchConfiguration:1:web-3"),
        "CreatedTime": days_ago(100),
    }
    if used.kind == "aws_iam_instance_profile":
        found["IamInstanceProfile"] = used.name
    else:
        found |= source(used, "SecurityGroups")
    group = group or {**GROUP, "LaunchConfigurationName": "web-3"}
    return read(
        ["aws_autoscaling_group", "aws_autoscaling_launch_configuration"],
        {
            "autoscaling.DescribeAutoScalingGroups": {"AutoScalingGroups": [group]},
            "autoscaling.DescribeLaunchConfigurations": {"LaunchConfigurations": [found]},
        },
    )


TEMPLATE = {"LaunchTemplateId": "lt-0a1b2c3d4e5f60001", "LaunchTemplateName": "web"}


def versions(used: Resource, *holding: str) -> Callable[[Document], Document]:
    """Return the answer about a template of which only the versions `holding` name the source."""
    data: Document = (
        {"IamInstanceProfile": {"Name": used.name}}
        if used.kind == "aws_iam_instance_profile"
        else source(used, "SecurityGroupIds")
    )

    def answer(arguments: Document) -> Document:
        held = set(holding) & set(arguments["Versions"])
        found = {**TEMPLATE, "LaunchTemplateData": data if held else {"ImageId": "ami-other"}}
        return {"LaunchTemplateVersions": [found]}

    return answer


def grouped(group: Document, answer: Callable[[Document], Document]) -> Reading:
    """Read a group and its template."""
    return read(
        ["aws_autoscaling_group", "aws_ec2_launch_template"],
        {
            "autoscaling.DescribeAutoScalingGroups": {"AutoScalingGroups": [{**GROUP, **group}]},
            "ec2.DescribeLaunchTemplates": {
                "LaunchTemplates": [{**TEMPLATE, "CreateTime": days_ago(100)}]
            },
            "ec2.DescribeLaunchTemplateVersions": answer,
        },
    )


def launch_template(used: Resource) -> Reading:
    specification = {**TEMPLATE, "Version": "$Latest"}
    return grouped({"LaunchTemplate": specification}, versions(used, "$Default", "$Latest"))


def pinned_version(used: Resource) -> Reading:
    """Read a group that names a version which is neither the default nor the latest."""
    return grouped({"LaunchTemplate": {**TEMPLATE, "Version": "2"}}, versions(used, "2"))


def pinned_mixed_version(used: Resource) -> Reading:
    specification = {**TEMPLATE, "Version": "2"}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": specification}}
    return grouped({"MixedInstancesPolicy": policy}, versions(used, "2"))


USED = [
    estate.image,
    estate.snapshot,
    estate.security_group,
    estate.key_pair,
    estate.instance_profile,
]
SOURCES = [launch_configuration, launch_template, pinned_version, pinned_mixed_version]


@pytest.mark.parametrize("used", USED)
@pytest.mark.parametrize("source", SOURCES)
def test_what_a_living_group_starts_instances_from_is_refused(
    used: Callable[[], Resource], source: Callable[[Resource], Reading]
) -> None:
    plan = plan_of(source(used()), used())
    assert codes(plan.refused) == {used().id: "needed"}


@pytest.mark.parametrize("used", USED, ids=lambda used: used.__name__)
def test_what_only_an_unused_configuration_names_is_planned(used: Callable[[], Resource]) -> None:
    plan = plan_of(launch_configuration(used(), GROUP), used())
    assert ids(plan.planned) == {used().id}


@pytest.mark.parametrize("used", USED, ids=lambda used: used.__name__)
def test_what_only_a_superseded_version_names_is_planned(used: Callable[[], Resource]) -> None:
    group = {"LaunchTemplate": {**TEMPLATE, "Version": "$Default"}}
    plan = plan_of(grouped(group, versions(used(), "1", "2")), used())
    assert ids(plan.planned) == {used().id}
