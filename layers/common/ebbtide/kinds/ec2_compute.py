"""EC2 instances, key pairs and launch templates."""

from __future__ import annotations

from ebbtide.kinds.ec2_storage import WITH_HIDDEN
from ebbtide.kinds.ec2_types import IN_CATALOGUE
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.kind import Call, Decision, Delete, Detail, Kind, NeverDelete, Relation
from ebbtide.model.use_metric import UseMetric

_NO_START: Decision = {"strength": "needed", "why": "no instance could start from the template"}

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
    Relation(
        "KeyName",
        "aws_ec2_keypair",
        by="name",
        strength="origin",
        why="an instance has its own copy of the public key",
        source="ec2:DeleteKeyPair",
    ),
    Relation(
        "ImageId",
        "aws_ec2_image",
        reverse=True,
        strength="origin",
        why="an instance keeps working without its image",
    ),
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
    Relation("InstanceType", "aws_ec2_instance_type", reverse=True, **IN_CATALOGUE),
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
    Relation(
        "CapacityReservationId",
        "aws_ec2_capacity_reservation",
        reverse=True,
        strength="origin",
        why="a running instance keeps running without the reservation",
        source="ec2:CancelCapacityReservation",
    ),
    Relation(
        "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
        "aws_ec2_capacity_reservation",
        reverse=True,
        strength="needed",
        why="an instance that targets the reservation could not start again",
        source="ec2:CancelCapacityReservation",
    ),
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
    list=Call(
        "ec2", "describe_instances", "Reservations[].Instances[]", **WITH_HIDDEN, MaxResults=500
    ),
    get=Call(
        "ec2",
        "describe_instances",
        "Reservations[].Instances[]",
        **WITH_HIDDEN,
        InstanceIds=["{id}"],
    ),
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
        usual=300,
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
