"""EC2 instances and key pairs."""

from __future__ import annotations

from ebbtide.kinds.ec2_storage import WITH_HIDDEN
from ebbtide.kinds.ec2_types import IN_CATALOGUE
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.use_metric import UseMetric

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

# Two calls per instance, so not for those that have ended, nor for spot instances, which nobody can
# protect. Auto Scaling terminates its instances in spite of a protection, so those are asked about
# only before the group is deleted, and with it all of them.
_ALIVE = (
    "InstanceLifecycle != 'spot' && State.Name != 'shutting-down' && State.Name != 'terminated'"
)
_UNGROUPED = f"{_ALIVE} && !(Tags[?Key == 'aws:autoscaling:groupName'])"
_TERMINATION = Call(
    "ec2",
    "describe_instance_attribute",
    "DisableApiTermination",
    InstanceId="{InstanceId}",
    Attribute="disableApiTermination",
)
_STOP = Call(
    "ec2",
    "describe_instance_attribute",
    "DisableApiStop",
    InstanceId="{InstanceId}",
    Attribute="disableApiStop",
)
_SPOT_REQUESTS = Detail(
    Call("ec2", "describe_spot_instance_requests", "SpotInstanceRequests[]", MaxResults=500),
    into="SpotRequests",
    when="SpotInstanceRequestId",
    match=("SpotInstanceRequestId", "SpotInstanceRequestId"),
    once=True,
)
_OWN_SPOT_REQUEST = Detail(
    Call(
        "ec2",
        "describe_spot_instance_requests",
        "SpotInstanceRequests[]",
        Filters=[{"Name": "spot-instance-request-id", "Values": ["{SpotInstanceRequestId}"]}],
        MaxResults=5,
    ),
    into="SpotRequests",
    when="SpotInstanceRequestId",
)

_PROTECTION_PAGE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
_INSTANCE_NEVER = (
    NeverDelete("Operator.Managed", "an AWS service manages this instance", "ec2:OperatorResponse"),
    NeverDelete(
        "DisableApiTermination.Value",
        "its termination protection is on",
        f"{_PROTECTION_PAGE}Using_ChangingDisableAPITermination.html",
        protects=True,
    ),
    NeverDelete(
        "DisableApiStop.Value",
        "its stop protection is on",
        f"{_PROTECTION_PAGE}ec2-stop-protection.html",
        protects=True,
    ),
    # A request that is not known may be persistent; one that AWS no longer lists has ended.
    NeverDelete(
        "SpotInstanceRequestId && (type(SpotRequests) != 'array'"
        " || SpotRequests[?Type != 'one-time'"
        ' && !contains(`["closed", "cancelled", "failed"]`, State)])',
        "its spot request would start another instance",
        "ec2:CancelSpotInstanceRequests",
    ),
)

_INSTANCE_USAGE = (
    UseMetric("AWS/EC2", "CPUUtilization", {"InstanceId": "{id}"}, statistic="Average"),
    UseMetric("AWS/EC2", "NetworkIn", {"InstanceId": "{id}"}),
    UseMetric("AWS/EC2", "NetworkOut", {"InstanceId": "{id}"}),
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
    details=(
        Detail(_TERMINATION, into="DisableApiTermination", when=_UNGROUPED, never_empty=True),
        Detail(_STOP, into="DisableApiStop", when=_UNGROUPED, never_empty=True),
        _SPOT_REQUESTS,
    ),
    get_details=(
        Detail(_TERMINATION, into="DisableApiTermination", when=_ALIVE, never_empty=True),
        Detail(_STOP, into="DisableApiStop", when=_ALIVE, never_empty=True),
        _OWN_SPOT_REQUEST,
    ),
    everywhere=True,
    id="InstanceId",
    arn="arn:{partition}:ec2:{region}:{account}:instance/{id}",
    created="LaunchTime",
    fields={"instance_type": "InstanceType", "instance_status": "State.Name"},
    computed={"instance_cores": "instance_cores", "instance_memory": "instance_memory"},
    relations=_INSTANCE_RELATIONS,
    ended="State.Name == 'terminated'",
    usage=_INSTANCE_USAGE,
    never_delete=_INSTANCE_NEVER,
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
