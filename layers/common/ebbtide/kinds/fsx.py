"""FSx file systems of all four types."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    # The network interfaces have the security groups.
    Relation("NetworkInterfaceIds", "aws_ec2_network_interface", owns=True),
    Relation("KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "LustreConfiguration.DataRepositoryConfiguration.ImportPath",
        "aws_s3_bucket",
        pattern=r"^s3://([^/]+)",
        strength="needed",
        why="files that were not read yet could not be loaded",
    ),
    Relation(
        "WindowsConfiguration.SelfManagedActiveDirectoryConfiguration"
        ".DomainJoinServiceAccountSecret",
        "aws_secretsmanager_secret",
        by="arn",
        strength="needed",
        why="it could not join its domain again",
    ),
    Relation(
        "WindowsConfiguration.ActiveDirectoryId",
        "aws_directory_service_directory",
        strength="needed",
        why="its users could not log in",
    ),
    Relation(
        "[WindowsConfiguration.AuditLogConfiguration.AuditLogDestination, LustreConfiguration"
        ".LogConfiguration.Destination]",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:\d+:log-group:[^:]+)",
        strength="needed",
        why="its events would not be logged",
    ),
    Relation(
        "OpenZFSConfiguration.RouteTableIds",
        "aws_ec2_route_table",
        strength="needed",
        why="its endpoint could not be reached",
    ),
)

_LASTING = 'contains(`["PERSISTENT_1", "PERSISTENT_2"]`, LustreConfiguration.DeploymentType)'
# A final backup is named by a tag. Its own tags go along where AWS would copy them if the backup
# had none of ours; a backup has at most 50.
_FINAL = "[{Key: 'Name', Value: join('', ['ebbtide-final-', FileSystemId])}]"
_OWN = "Tags[?Key != 'Name' && !starts_with(Key, 'aws:')]"
_COPIES = "[WindowsConfiguration, LustreConfiguration, OpenZFSConfiguration][].CopyTagsToBackups"
_BACKUP = {
    "SkipFinalBackup": False,
    "FinalBackupTags": f"{{[{_FINAL}, contains({_COPIES}, `true`) && {_OWN} || `[]`][] | [:50]}}",
}
_ACTIONS = ("fsx:DeleteFileSystem", "fsx:CreateBackup", "fsx:TagResource")


_DELETE = Delete(
    # AWS cannot back up scratch file systems.
    Call("fsx", "delete_file_system", FileSystemId="{id}"),
    instead={
        "FileSystemType == 'WINDOWS'": Call(
            "fsx",
            "delete_file_system",
            action=_ACTIONS,
            FileSystemId="{id}",
            WindowsConfiguration=_BACKUP,
        ),
        "FileSystemType == 'OPENZFS'": Call(
            "fsx",
            "delete_file_system",
            action=_ACTIONS,
            FileSystemId="{id}",
            OpenZFSConfiguration=_BACKUP,
        ),
        f"FileSystemType == 'LUSTRE' && {_LASTING}": Call(
            "fsx",
            "delete_file_system",
            action=_ACTIONS,
            FileSystemId="{id}",
            LustreConfiguration=_BACKUP,
        ),
    },
    gone=("FileSystemNotFound",),
    blocked=(),
    refused=("BadRequest", "IncompatibleParameterError", "ServiceLimitExceeded"),
    usual=900,
    note=(
        "Leaves a final backup, tagged Name=ebbtide-final-..., except for scratch Lustre, of which"
        " AWS makes none; automatic backups are lost. AWS refuses OpenZFS with child volumes."
    ),
)

_NEVER = (
    NeverDelete("OwnerId && OwnerId != account", "it belongs to another account", "fsx:FileSystem"),
    NeverDelete(
        "FileSystemType == 'ONTAP'",
        "its volumes and virtual machines hold the data and must be deleted by hand",
        "fsx:DeleteFileSystem",
    ),
    NeverDelete(
        f"{_LASTING} && LustreConfiguration.DataRepositoryConfiguration",
        "AWS makes no backup of one that is linked to a bucket, which may lack the last changes",
        "fsx:DeleteFileSystem",
    ),
)

FILE_SYSTEM = Kind(
    name="aws_fsx_file_system",
    bases=("network_share",),
    list=Call("fsx", "describe_file_systems", "FileSystems[]"),
    get=Call("fsx", "describe_file_systems", "FileSystems[]", FileSystemIds=["{id}"]),
    id="FileSystemId",
    arn="ResourceARN",
    created="CreationTime",
    fields={
        "share_size": "StorageCapacity",
        "share_type": "FileSystemType",
        "share_status": "Lifecycle",
        # FSx encrypts every file system at rest.
        "share_encrypted": "`true`",
    },
    relations=_RELATIONS,
    volatile=("AdministrativeActions",),
    never_delete=_NEVER,
    fingerprint=("CreationTime", "FileSystemType", "Lifecycle", "StorageCapacity"),
    sources={"usual": "ours"},
    delete=_DELETE,
)
