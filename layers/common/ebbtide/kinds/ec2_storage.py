"""EBS volumes and snapshots, and machine images."""

from __future__ import annotations

from typing import Any

from ebbtide.kinds.ec2_types import IN_CATALOGUE
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

# An account can hide what AWS services manage in it; hidden resources work and cost as before
# (ec2:ModifyManagedResourceVisibility).
WITH_HIDDEN: dict[str, Any] = {"IncludeManagedResources": True}

_VOLUME_USE = LastUse(
    metrics=(
        UseMetric("AWS/EBS", "VolumeReadOps", {"VolumeId": "{id}"}),
        UseMetric("AWS/EBS", "VolumeWriteOps", {"VolumeId": "{id}"}),
    )
)

_VOLUME_NEVER = (
    NeverDelete("Operator.Managed", "an AWS service manages this volume", "ec2:OperatorResponse"),
    NeverDelete(
        "Attachments[?InstanceOwningService]",
        "an AWS service has attached it",
        "ec2:VolumeAttachment",
    ),
)

VOLUME = Kind(
    name="aws_ec2_volume",
    bases=("volume",),
    list=Call("ec2", "describe_volumes", "Volumes[]", **WITH_HIDDEN, MaxResults=500),
    get=Call("ec2", "describe_volumes", "Volumes[]", **WITH_HIDDEN, VolumeIds=["{id}"]),
    everywhere=True,
    id="VolumeId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:volume/{id}",
    created="CreateTime",
    fields={
        "volume_size": "Size",
        "volume_type": "VolumeType",
        "volume_status": "State",
        "volume_iops": "Iops",
        "volume_throughput": "Throughput",
        "volume_encrypted": "Encrypted",
    },
    relations=(
        Relation("Attachments[].InstanceId", "aws_ec2_instance", reverse=True, deleted_after=True),
        Relation(
            "SnapshotId",
            "aws_ec2_snapshot",
            strength="origin",
            why="a volume has its own copy of the data",
        ),
        Relation("VolumeType", "aws_ec2_volume_type", reverse=True, **IN_CATALOGUE),
        Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    ),
    never_delete=_VOLUME_NEVER,
    last_use=_VOLUME_USE,
    fingerprint=("State", "Attachments", "CreateTime"),
    settles=("State", "Attachments"),
    sources={"settles": "ec2:Volume"},
    delete=Delete(
        Call("ec2", "delete_volume", VolumeId="{id}"),
        gone=("InvalidVolume.NotFound",),
        blocked=("VolumeInUse",),
        note="Only a snapshot brings it back, or the Recycle Bin if a retention rule covers it.",
    ),
)

# Asked only before a deletion: one call per snapshot or image in each run would be most of a run.
_SNAPSHOT_SHARES = Detail(
    Call(
        "ec2",
        "describe_snapshot_attribute",
        "CreateVolumePermissions[]",
        SnapshotId="{SnapshotId}",
        Attribute="createVolumePermission",
    ),
    into="CreateVolumePermissions",
)
_IMAGE_SHARES = Detail(
    Call(
        "ec2",
        "describe_image_attribute",
        "LaunchPermissions[]",
        ImageId="{ImageId}",
        Attribute="launchPermission",
    ),
    into="LaunchPermissions",
)

_LOCKS = Detail(
    Call("ec2", "describe_locked_snapshots", "Snapshots[]", MaxResults=500),
    into="Locks",
    match=("SnapshotId", "SnapshotId"),
    once=True,
)
_OWN_LOCK = Detail(
    Call("ec2", "describe_locked_snapshots", "Snapshots[]", SnapshotIds=["{SnapshotId}"]),
    into="Locks",
)

_SNAPSHOT_NEVER = (
    NeverDelete("OwnerId != account", "it belongs to another account", "ec2:Snapshot"),
    NeverDelete(
        "CreateVolumePermissions",
        "it is shared with other accounts",
        "ec2:DescribeSnapshotAttribute",
    ),
    NeverDelete(
        "Locks[?LockState != 'expired']",
        "a lock protects it from deletion",
        "ec2:LockedSnapshotsInfo",
        protects=True,
    ),
)

SNAPSHOT = Kind(
    name="aws_ec2_snapshot",
    bases=("snapshot",),
    list=Call("ec2", "describe_snapshots", "Snapshots[]", OwnerIds=["self"], MaxResults=500),
    get=Call("ec2", "describe_snapshots", "Snapshots[]", SnapshotIds=["{id}"]),
    details=(_LOCKS,),
    get_details=(_SNAPSHOT_SHARES, _OWN_LOCK),
    everywhere=True,
    id="SnapshotId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:snapshot/{id}",
    created="StartTime",
    fields={
        "snapshot_status": "State",
        "volume_size": "VolumeSize",
        "volume_id": "VolumeId",
        "description": "Description",
        "encrypted": "Encrypted",
        "owner_id": "OwnerId",
    },
    relations=(
        # A copied snapshot names vol-ffffffff, which does not exist.
        Relation(
            "VolumeId",
            "aws_ec2_volume",
            strength="origin",
            why="a snapshot has its own copy of the data",
        ),
        Relation("KmsKeyId", "aws_kms_key", by="arn", deleted_before=True),
    ),
    volatile=("Progress",),
    never_delete=_SNAPSHOT_NEVER,
    fingerprint=("State", "StartTime", "VolumeId"),
    delete=Delete(
        Call("ec2", "delete_snapshot", SnapshotId="{id}"),
        gone=("InvalidSnapshot.NotFound",),
        blocked=("InvalidSnapshot.InUse",),
        note="Only the Recycle Bin brings it back, if a retention rule covers it.",
    ),
)

# Deprecated and disabled images are hidden by default but still use their snapshots.
_HIDDEN_TOO: dict[str, Any] = {"IncludeDeprecated": True, "IncludeDisabled": True}

IMAGE = Kind(
    name="aws_ec2_image",
    list=Call("ec2", "describe_images", "Images[]", Owners=["self"], **_HIDDEN_TOO, MaxResults=500),
    get=Call("ec2", "describe_images", "Images[]", ImageIds=["{id}"], **_HIDDEN_TOO),
    get_details=(_IMAGE_SHARES,),
    everywhere=True,
    id="ImageId",
    label="Name",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:image/{id}",
    created="CreationDate",
    relations=(
        Relation(
            "BlockDeviceMappings[].Ebs.SnapshotId",
            "aws_ec2_snapshot",
            deleted_before=True,
        ),
    ),
    ended="State == 'deregistered'",
    volatile=("LastLaunchedTime",),
    never_delete=(
        NeverDelete("OwnerId != account", "it belongs to another account", "ec2:Image"),
        NeverDelete(
            "LaunchPermissions",
            "it is shared with other accounts or with an organization",
            "ec2:DescribeImageAttribute",
        ),
        NeverDelete("Public", "it is public, so other accounts may use it", "ours"),
        NeverDelete(
            "DeregistrationProtection && DeregistrationProtection != 'disabled'",
            "it is protected against deregistration",
            "ec2:Image",
            protects=True,
        ),
    ),
    fingerprint=("State", "CreationDate"),
    delete=Delete(
        Call("ec2", "deregister_image", ImageId="{id}"),
        gone=("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
        blocked=(),
        note="Its snapshots stay until they are cleaned up as well.",
    ),
)
