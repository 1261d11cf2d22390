"""EFS file systems, their mount targets and access points."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_REPLICATIONS = Detail(
    Call("efs", "describe_replication_configurations", "Replications[]"),
    into="Replications",
    match=("SourceFileSystemId", "FileSystemId"),
    once=True,
)
_OWN_REPLICATIONS = Detail(
    Call(
        "efs",
        "describe_replication_configurations",
        "Replications[]",
        FileSystemId="{FileSystemId}",
    ),
    into="Replications",
    absent=("ReplicationNotFound",),
)

FILE_SYSTEM = Kind(
    name="aws_efs_file_system",
    bases=("network_share",),
    list=Call("efs", "describe_file_systems", "FileSystems[]"),
    get=Call("efs", "describe_file_systems", "FileSystems[]", FileSystemId="{id}"),
    details=(_REPLICATIONS,),
    get_details=(_OWN_REPLICATIONS,),
    id="FileSystemId",
    arn="FileSystemArn",
    created="CreationTime",
    fields={
        "share_size": "SizeInBytes.Value",
        "share_type": "PerformanceMode",
        "share_status": "LifeCycleState",
        "share_encrypted": "Encrypted",
    },
    relations=(Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),),
    ended="LifeCycleState == 'deleted'",
    volatile=("SizeInBytes",),
    last_use=LastUse(
        metrics=(UseMetric("AWS/EFS", "ClientConnections", {"FileSystemId": "{id}"}),)
    ),
    never_delete=(
        NeverDelete(
            "OwnerId != account", "it belongs to another account", "efs:FileSystemDescription"
        ),
        NeverDelete(
            "FileSystemProtection.ReplicationOverwriteProtection == 'REPLICATING'",
            "it is the replica of another file system",
            "efs:FileSystemProtectionDescription",
        ),
        NeverDelete("Replications", "it is replicated", "efs:DeleteFileSystem"),
    ),
    fingerprint=("CreationTime", "CreationToken", "LifeCycleState"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("efs", "delete_file_system", FileSystemId="{id}"),
        gone=("FileSystemNotFound",),
        blocked=("FileSystemInUse",),
        usual=120,
        note="Its files are lost unless AWS Backup has a copy.",
    ),
)

_TARGET_RELATIONS = (
    Relation(
        "FileSystemId", "aws_efs_file_system", reverse=True, deleted_before=True, part="plain"
    ),
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "NetworkInterfaceId",
        "aws_ec2_network_interface",
        reverse=True,
        owns=True,
        source="efs:DeleteMountTarget",
    ),
    Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
)

_TARGET_GROUPS = Detail(
    Call(
        "efs",
        "describe_mount_target_security_groups",
        "SecurityGroups[]",
        MountTargetId="{MountTargetId}",
    ),
    into="SecurityGroups",
    # AWS answers IncorrectMountTargetState before and after.
    when="LifeCycleState == 'available'",
)

MOUNT_TARGET = Kind(
    name="aws_efs_mount_target",
    each="aws_efs_file_system",
    list=Call("efs", "describe_mount_targets", "MountTargets[]", FileSystemId="{FileSystemId}"),
    get=Call("efs", "describe_mount_targets", "MountTargets[]", MountTargetId="{id}"),
    details=(_TARGET_GROUPS,),
    id="MountTargetId",
    tags=None,
    relations=_TARGET_RELATIONS,
    ended="LifeCycleState == 'deleted'",
    never_delete=(
        NeverDelete(
            "OwnerId && OwnerId != account",
            "it belongs to another account",
            "efs:MountTargetDescription",
        ),
    ),
    fingerprint=("FileSystemId", "SubnetId", "NetworkInterfaceId", "LifeCycleState"),
    sources={"usual": "ours"},
    delete=Delete(
        Call(
            "efs",
            "delete_mount_target",
            action=("elasticfilesystem:DeleteMountTarget", "ec2:DeleteNetworkInterface"),
            MountTargetId="{id}",
        ),
        gone=("MountTargetNotFound",),
        blocked=("DependencyTimeout",),
        usual=300,
        note="Breaks the mounts of all clients in its Availability Zone; files stay.",
    ),
)

ACCESS_POINT = Kind(
    name="aws_efs_access_point",
    list=Call("efs", "describe_access_points", "AccessPoints[]"),
    get=Call("efs", "describe_access_points", "AccessPoints[]", AccessPointId="{id}"),
    id="AccessPointId",
    arn="AccessPointArn",
    relations=(
        Relation(
            "FileSystemId", "aws_efs_file_system", reverse=True, deleted_before=True, part="plain"
        ),
    ),
    ended="LifeCycleState == 'deleted'",
    never_delete=(
        NeverDelete(
            "OwnerId && OwnerId != account",
            "it belongs to another account",
            "efs:AccessPointDescription",
        ),
    ),
    fingerprint=("FileSystemId", "ClientToken", "RootDirectory"),
    delete=Delete(
        Call("efs", "delete_access_point", AccessPointId="{id}"),
        gone=("AccessPointNotFound",),
        blocked=(),
        note="Files below its root directory stay.",
    ),
)
