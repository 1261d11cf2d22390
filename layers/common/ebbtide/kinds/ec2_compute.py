"""EC2 instances, key pairs and launch templates."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.kind import Call, Delete, Detail, Kind, NeverDelete, Relation, UseMetric

_INSTANCE_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "SecurityGroups[].GroupId", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation(
        "[@][?PublicIpAddress].VpcId",
        "aws_ec2_internet_gateway",
        by="vpc",
        reverse=True,
        deleted_before=True,
    ),
    Relation("KeyName", "aws_ec2_keypair", by="name", deleted_before=True),
    Relation("ImageId", "aws_ec2_image", reverse=True),
    Relation(
        "IamInstanceProfile.Arn",
        "aws_iam_instance_profile",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "BlockDeviceMappings[?Ebs.DeleteOnTermination].Ebs.VolumeId",
        "aws_ec2_volume",
        owns=True,
        source="ec2:TerminateInstances",
    ),
    Relation(
        "NetworkInterfaces[?Attachment.DeleteOnTermination].NetworkInterfaceId",
        "aws_ec2_network_interface",
        owns=True,
        source="ec2:InstanceNetworkInterfaceAttachment",
    ),
    Relation("InstanceType", "aws_ec2_instance_type", reverse=True),
    Relation(
        "Placement.HostId",
        "aws_ec2_host",
        reverse=True,
        deleted_before=True,
        source="ec2:ReleaseHosts",
    ),
    Relation(
        "Placement.GroupName",
        "aws_ec2_placement_group",
        by="name",
        reverse=True,
        deleted_before=True,
    ),
    Relation("CapacityReservationId", "aws_ec2_capacity_reservation", reverse=True),
    Relation(
        "Tags[?Key == 'eks:cluster-name'].Value",
        "aws_eks_cluster",
        by="name",
        reverse=True,
        strength="history",
        why="it stays an instance without its cluster",
    ),
    Relation(
        "Tags[?Key == 'aws:ec2launchtemplate:id'].Value",
        "aws_ec2_launch_template",
        strength="origin",
        why="a running instance keeps what it started with",
    ),
)

INSTANCE = Kind(
    name="aws_ec2_instance",
    bases=("instance",),
    list=Call("ec2", "describe_instances", "Reservations[].Instances[]", MaxResults=500),
    get=Call("ec2", "describe_instances", "Reservations[].Instances[]", InstanceIds=["{id}"]),
    everywhere=True,
    id="InstanceId",
    arn="arn:{partition}:ec2:{region}:{account}:instance/{id}",
    created="LaunchTime",
    fields={"instance_type": "InstanceType", "instance_status": "State.Name"},
    computed={"instance_cores": "instance_cores", "instance_memory": "instance_memory"},
    relations=_INSTANCE_RELATIONS,
    ended="State.Name == 'terminated'",
    usage=(
        UseMetric("AWS/EC2", "CPUUtilization", {"InstanceId": "{id}"}, statistic="Average"),
        UseMetric("AWS/EC2", "NetworkIn", {"InstanceId": "{id}"}),
        UseMetric("AWS/EC2", "NetworkOut", {"InstanceId": "{id}"}),
    ),
    never_delete=(
        NeverDelete(
            "Operator.Managed", "an AWS service manages this instance", "ec2:OperatorResponse"
        ),
    ),
    fingerprint=("State", "LaunchTime"),
    delete=Delete(
        Call("ec2", "terminate_instances", InstanceIds=["{id}"]),
        gone=("InvalidInstanceID.NotFound",),
        blocked=(),
        note="Volumes without DeleteOnTermination and Elastic IPs outlive the instance.",
    ),
)

KEYPAIR = Kind(
    name="aws_ec2_keypair",
    bases=("keypair",),
    list=Call("ec2", "describe_key_pairs", "KeyPairs[]"),
    get=Call("ec2", "describe_key_pairs", "KeyPairs[]", KeyPairIds=["{id}"]),
    id="KeyPairId",
    label="KeyName",
    arn="arn:{partition}:ec2:{region}:{account}:key-pair/{id}",
    created="CreateTime",
    fields={"fingerprint": "KeyFingerprint"},
    fingerprint=("KeyFingerprint",),
    delete=Delete(
        Call("ec2", "delete_key_pair", KeyPairId="{id}"),
        gone=("InvalidKeyPair.NotFound",),
        blocked=(),
        note="Only somebody who still has the public key can import it again.",
    ),
)

# AWS deletes what a launch template names without complaint: none of these orders a deletion.
_TEMPLATE_RELATIONS = (
    Relation("Versions[].LaunchTemplateData.ImageId", "aws_ec2_image"),
    Relation("Versions[].LaunchTemplateData.KeyName", "aws_ec2_keypair", by="name"),
    Relation(
        "Versions[].LaunchTemplateData.[SecurityGroupIds, NetworkInterfaces[].Groups[]][][]",
        "aws_ec2_security_group",
    ),
    Relation(
        "Versions[].LaunchTemplateData.IamInstanceProfile.Arn",
        "aws_iam_instance_profile",
        by="arn",
    ),
    Relation(
        "Versions[].LaunchTemplateData.IamInstanceProfile.Name",
        "aws_iam_instance_profile",
        by="name",
    ),
    Relation(
        "Versions[].LaunchTemplateData.BlockDeviceMappings[].Ebs.SnapshotId", "aws_ec2_snapshot"
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
LAUNCH_TEMPLATE = Kind(
    name="aws_ec2_launch_template",
    list=Call("ec2", "describe_launch_templates", "LaunchTemplates[]", MaxResults=200),
    get=Call("ec2", "describe_launch_templates", "LaunchTemplates[]", LaunchTemplateIds=["{id}"]),
    details=(
        Detail(
            Call(
                "ec2",
                "describe_launch_template_versions",
                "LaunchTemplateVersions[]",
                LaunchTemplateId="{LaunchTemplateId}",
                Versions=["$Default", "$Latest"],
            ),
            into="Versions",
        ),
    ),
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
