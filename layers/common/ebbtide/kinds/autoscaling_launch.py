"""Launch configurations of Auto Scaling."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_UNUSED: Decision = {
    "strength": "history",
    "why": "only a group starts instances from it, and says so itself",
}

_CONFIGURATION_RELATIONS = (
    Relation("ImageId", "aws_ec2_image", **_UNUSED),
    Relation("KeyName", "aws_ec2_keypair", by="name", **_UNUSED),
    Relation("SecurityGroups", "aws_ec2_security_group", **_UNUSED),
    Relation(
        "IamInstanceProfile",
        "aws_iam_instance_profile",
        by="arn",
        pattern=r"^(arn:.+)$",
        **_UNUSED,
    ),
    Relation(
        "IamInstanceProfile",
        "aws_iam_instance_profile",
        by="name",
        pattern=r"^([^:/]+)$",
        **_UNUSED,
    ),
    Relation("BlockDeviceMappings[].Ebs.SnapshotId", "aws_ec2_snapshot", **_UNUSED),
)

LAUNCH_CONFIGURATION = Kind(
    name="aws_autoscaling_launch_configuration",
    list=Call(
        "autoscaling", "describe_launch_configurations", "LaunchConfigurations[]", MaxRecords=100
    ),
    get=Call(
        "autoscaling",
        "describe_launch_configurations",
        "LaunchConfigurations[]",
        LaunchConfigurationNames=["{id}"],
    ),
    id="LaunchConfigurationName",
    label="LaunchConfigurationName",
    arn="LaunchConfigurationARN",
    tags=None,
    created="CreatedTime",
    relations=_CONFIGURATION_RELATIONS,
    fingerprint=("LaunchConfigurationARN", "CreatedTime"),
    delete=Delete(
        Call("autoscaling", "delete_launch_configuration", LaunchConfigurationName="{id}"),
        blocked=("ResourceInUse", "ResourceContention"),
        note="New accounts cannot create launch configurations; launch templates replace them.",
    ),
)
