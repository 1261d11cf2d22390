"""EC2 capacity: dedicated hosts, reservations and placement groups."""

from __future__ import annotations

from ebbtide.kinds.ec2_types import IN_CATALOGUE
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

HOST = Kind(
    name="aws_ec2_host",
    list=Call("ec2", "describe_hosts", "Hosts[]", MaxResults=500),
    get=Call("ec2", "describe_hosts", "Hosts[]", HostIds=["{id}"]),
    id="HostId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:dedicated-host/{id}",
    created="AllocationTime",
    ended='contains(`["released", "released-permanent-failure"]`, State)',
    never_delete=(
        NeverDelete(
            "OwnerId != account", "it belongs to another account, which shares it", "ec2:Host"
        ),
        NeverDelete(
            "MemberOfServiceLinkedResourceGroup", "an AWS service manages this host", "ec2:Host"
        ),
    ),
    volatile=("AvailableCapacity",),
    fingerprint=("AllocationTime", "State", "Instances"),
    settles=("Instances",),
    sources={"settles": "ec2:Host"},
    delete=Delete(
        Call("ec2", "release_hosts", HostIds=["{id}"]),
        errors="Unsuccessful[].Error",
        # Error codes inside the answer have the prefix "Client.".
        gone=("InvalidHostID.NotFound", "Client.InvalidHostID.NotFound"),
        blocked=("InvalidHost.Occupied", "Client.InvalidHost.Occupied"),
        note="AWS refuses to release a host for Mac instances until it is 24 hours old.",
    ),
)

_RESERVATION_OVER = 'contains(`["retired", "payment-failed", "queued-deleted"]`, State)'

RESERVED_INSTANCES = Kind(
    name="aws_ec2_reserved_instances",
    list=Call("ec2", "describe_reserved_instances", "ReservedInstances[]"),
    id="ReservedInstancesId",
    arn="arn:{partition}:ec2:{region}:{account}:reserved-instances/{id}",
    created="Start",
    relations=(Relation("InstanceType", "aws_ec2_instance_type", reverse=True, **IN_CATALOGUE),),
    ended=_RESERVATION_OVER,
    undeletable="A reservation is a contract with AWS: it cannot be cancelled, only expire.",
)

_CAPACITY_OVER = (
    'contains(`["expired", "cancelled", "failed", "payment-failed", "unsupported"]`, State)'
)

_CAPACITY_RESERVATION_RELATIONS = (
    Relation("InstanceType", "aws_ec2_instance_type", reverse=True, **IN_CATALOGUE),
    Relation(
        "PlacementGroupArn",
        "aws_ec2_placement_group",
        by="arn",
        strength="needed",
        why="instances could not use the capacity, which lies in the group",
    ),
)

CAPACITY_RESERVATION = Kind(
    name="aws_ec2_capacity_reservation",
    list=Call("ec2", "describe_capacity_reservations", "CapacityReservations[]", MaxResults=500),
    get=Call(
        "ec2",
        "describe_capacity_reservations",
        "CapacityReservations[]",
        CapacityReservationIds=["{id}"],
    ),
    id="CapacityReservationId",
    arn="CapacityReservationArn",
    created="CreateDate",
    relations=_CAPACITY_RESERVATION_RELATIONS,
    ended=_CAPACITY_OVER,
    never_delete=(
        NeverDelete(
            "OwnerId != account",
            "it belongs to another account, which shares it",
            "ec2:CapacityReservation",
        ),
        NeverDelete(
            "ReservationType == 'capacity-block'", "a capacity block is paid for in advance"
        ),
        NeverDelete(
            "CapacityReservationFleetId",
            "a capacity reservation fleet manages it",
            "ec2:CapacityReservation",
        ),
        NeverDelete("CommitmentInfo", "it is bound by a commitment", "ec2:CapacityReservation"),
    ),
    volatile=("AvailableInstanceCount", "CapacityAllocations"),
    fingerprint=("State", "CreateDate"),
    delete=Delete(
        Call("ec2", "cancel_capacity_reservation", CapacityReservationId="{id}"),
        gone=("InvalidCapacityReservationId.NotFound",),
        blocked=(),
        note="Its instances keep running; the capacity may not be available again.",
    ),
)

PLACEMENT_GROUP = Kind(
    name="aws_ec2_placement_group",
    list=Call("ec2", "describe_placement_groups", "PlacementGroups[]"),
    get=Call("ec2", "describe_placement_groups", "PlacementGroups[]", GroupIds=["{id}"]),
    id="GroupId",
    label="GroupName",
    arn="GroupArn",
    ended="State == 'deleted'",
    never_delete=(
        NeverDelete(
            "Operator.Managed", "an AWS service manages this group", "ec2:OperatorResponse"
        ),
        NeverDelete("GroupArn && !contains(GroupArn, account)", "it belongs to another account"),
    ),
    fingerprint=("GroupName", "Strategy", "State"),
    delete=Delete(
        Call("ec2", "delete_placement_group", GroupName="{GroupName}"),
        gone=("InvalidPlacementGroup.Unknown",),
        blocked=("InvalidPlacementGroup.InUse",),
    ),
)
