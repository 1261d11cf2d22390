"""EC2 launch templates."""

from __future__ import annotations

from ebbtide.kinds.ec2_storage import WITH_HIDDEN
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_START: Decision = {"strength": "needed", "why": "no instance could start from the template"}

# AWS deletes what a launch template names without complaint: none of these orders a deletion.
_TEMPLATE_RELATIONS = (
    Relation("Versions[].LaunchTemplateData.ImageId", "aws_ec2_image", **_NO_START),
    Relation("Versions[].LaunchTemplateData.KeyName", "aws_ec2_keypair", by="name", **_NO_START),
    Relation(
        "Versions[].LaunchTemplateData.[SecurityGroupIds, NetworkInterfaces[].Groups[]][][]",
        "aws_ec2_security_group",
        **_NO_START,
    ),
    Relation(
        "Versions[].LaunchTemplateData.IamInstanceProfile.Arn",
        "aws_iam_instance_profile",
        by="arn",
        **_NO_START,
    ),
    Relation(
        "Versions[].LaunchTemplateData.IamInstanceProfile.Name",
        "aws_iam_instance_profile",
        by="name",
        **_NO_START,
    ),
    Relation(
        "Versions[].LaunchTemplateData.BlockDeviceMappings[].Ebs.SnapshotId",
        "aws_ec2_snapshot",
        **_NO_START,
    ),
    Relation(
        "Versions[].LaunchTemplateData.BlockDeviceMappings[].Ebs.KmsKeyId",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "Versions[].LaunchTemplateData.NetworkInterfaces[].SubnetId",
        "aws_ec2_subnet",
        strength="needed",
        why="it could not start an instance",
    ),
    Relation(
        "Versions[].LaunchTemplateData.NetworkInterfaces[].NetworkInterfaceId",
        "aws_ec2_network_interface",
        strength="needed",
        why="it could not start an instance",
    ),
    Relation(
        "Versions[].LaunchTemplateData.Placement.GroupName",
        "aws_ec2_placement_group",
        by="name",
        strength="needed",
        why="it could not start an instance",
    ),
    Relation(
        "Versions[].LaunchTemplateData.SecurityGroups[]",
        "aws_ec2_security_group",
        by="name",
        strength="needed",
        why="it could not start an instance",
    ),
)

# One call per template: a call for the versions of all templates would silently leave out one
# whose default version cannot be read.
_VERSIONS = (
    Detail(
        Call(
            "ec2",
            "describe_launch_template_versions",
            "LaunchTemplateVersions[]",
            LaunchTemplateId="{LaunchTemplateId}",
            Versions=["$Default", "$Latest"],
            **WITH_HIDDEN,
        ),
        into="Versions",
    ),
)

LAUNCH_TEMPLATE = Kind(
    name="aws_ec2_launch_template",
    list=Call(
        "ec2", "describe_launch_templates", "LaunchTemplates[]", **WITH_HIDDEN, MaxResults=200
    ),
    get=Call(
        "ec2",
        "describe_launch_templates",
        "LaunchTemplates[]",
        **WITH_HIDDEN,
        LaunchTemplateIds=["{id}"],
    ),
    details=_VERSIONS,
    id="LaunchTemplateId",
    label="LaunchTemplateName",
    arn="arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
    created="CreateTime",
    relations=_TEMPLATE_RELATIONS,
    never_delete=(
        NeverDelete(
            "Operator.Managed",
            "an AWS service manages this launch template",
            "ec2:OperatorResponse",
        ),
    ),
    fingerprint=("CreateTime", "DefaultVersionNumber", "LatestVersionNumber"),
    delete=Delete(
        Call("ec2", "delete_launch_template", LaunchTemplateId="{id}"),
        gone=("InvalidLaunchTemplateId.NotFound",),
        blocked=(),
        note="All versions go; the restore description keeps the default and the latest version.",
    ),
)
